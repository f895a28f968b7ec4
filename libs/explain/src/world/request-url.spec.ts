import { describe, expect, it } from '@jest/globals';
import { parseRequestUrl, RequestError } from './request-url';

describe('a URL', () => {
  it.each([
    {
      url: 'http://reviews:9080/reviews/0',
      want: { scheme: 'http', host: 'reviews', port: 9080, portWritten: true, authority: 'reviews:9080', path: '/reviews/0' },
    },
    { url: 'reviews/a', want: { scheme: 'http', host: 'reviews', port: 80, portWritten: false, authority: 'reviews', path: '/a' } },
    {
      url: 'HTTPS://Example.com',
      want: { scheme: 'https', host: 'example.com', port: 443, portWritten: false, authority: 'Example.com', path: '/' },
    },
    {
      url: 'http://[::1]:8080?a=b',
      want: { scheme: 'http', host: '::1', port: 8080, portWritten: true, authority: '[::1]:8080', path: '/?a=b' },
    },
    {
      url: 'http://a/x/../%2e%2F//b?c#d',
      want: { scheme: 'http', host: 'a', port: 80, portWritten: false, authority: 'a', path: '/x/../%2e%2F//b?c' },
    },
  ])('$url is not tidied up', ({ url, want }) => expect(parseRequestUrl(url)).toEqual(want));

  it.each([
    '',
    'ftp://a/',
    'http://',
    'http://a:0/',
    'http://a:65536/',
    'http://u@a/',
    'http://a b/',
    'http://a/b c',
    'http://[bad',
    'http://[bad]/',
    'http://a]/',
    'http://[::1',
    'http://[1.2]/',
    'http://<a>/',
    'http://a%zz/',
    'http://a\\b/',
  ])('"%s" is none', (url) => expect(() => parseRequestUrl(url)).toThrow(RequestError));
});
