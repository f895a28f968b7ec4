import { describe, expect, it } from '@jest/globals';
import { Output } from '../../net/output';
import { type Field, headerBlock } from '../../testing/header-block';
import { RequestHead, ResponseHead } from '../head';
import { encodeRequestHead, encodeResponseHead } from '../http1/encode';
import { DEFAULT_HEAD_LIMITS } from '../http1/parse-fields';
import { HpackDecoder } from './hpack/decoder';
import { readRequestHead } from './read-request-head';
import { readResponseHead } from './read-response-head';

/** What an HTTP/1 peer gets for a request over HTTP/2; `refused` when it gets nothing. */
function requestOnHttp1(fields: readonly Field[]): string {
  const head = new RequestHead();
  const block = headerBlock(fields);
  if (readRequestHead(new HpackDecoder(4096), head, block, 0, block.length, DEFAULT_HEAD_LIMITS) !== 0) return 'refused';
  const output = new Output();
  encodeRequestHead(output, head, { contentLength: head.contentLength, chunked: false }, undefined);
  return Buffer.from(output.view()).latin1Slice();
}

function responseOnHttp1(fields: readonly Field[]): string {
  const head = new ResponseHead();
  const block = headerBlock([[':status', '200'], ...fields]);
  if (readResponseHead(new HpackDecoder(4096), head, block, 0, block.length, DEFAULT_HEAD_LIMITS) !== 0) return 'refused';
  const output = new Output();
  encodeResponseHead(output, head, { contentLength: head.contentLength, chunked: head.contentLength < 0 }, false, undefined, '');
  return Buffer.from(output.view()).latin1Slice();
}

const start = (method: string, path: string, authority?: string): readonly Field[] => [
  [':method', method],
  [':scheme', 'http'],
  [':path', path],
  ...(authority === undefined ? [] : [[':authority', authority] as const]),
];
const GET = start('GET', '/', 'h');

describe('what HTTP/2 can say and HTTP/1 would read in another way', () => {
  const cases: readonly [name: string, fields: readonly Field[], want: string][] = [
    ['a plain request', GET, 'GET / HTTP/1.1\r\nhost: h\r\n\r\n'],
    ['a length', [...GET, ['content-length', '3']], 'GET / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\n'],
    [
      'two equal lengths',
      [...GET, ['content-length', '3'], ['content-length', '3']],
      'GET / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\n',
    ],
    ['a second host', [...GET, ['host', 'internal']], 'GET / HTTP/1.1\r\nhost: h\r\n\r\n'],
    ['a second host with a request in it', [...GET, ['host', 'internal\r\n\r\nGET /admin HTTP/1.1']], 'refused'],
    ['only host', [...start('GET', '/'), ['host', 'h']], 'GET / HTTP/1.1\r\nhost: h\r\n\r\n'],
    [
      'cookie crumbs',
      [...GET, ['cookie', 'a=1'], ['x', '1'], ['cookie', 'b=2']],
      'GET / HTTP/1.1\r\nhost: h\r\nx: 1\r\ncookie: a=1; b=2\r\n\r\n',
    ],
    ['trailer', [...GET, ['trailer', 'x']], 'GET / HTTP/1.1\r\nhost: h\r\n\r\n'],
    ['two lengths', [...GET, ['content-length', '3'], ['content-length', '4']], 'refused'],
    ['chunked', [...GET, ['transfer-encoding', 'chunked']], 'refused'],
    ['chunked with a length', [...GET, ['content-length', '3'], ['transfer-encoding', 'chunked']], 'refused'],
    ['chunked in another spelling', [...GET, ['transfer_encoding', 'chunked']], 'refused'],
    ['chunked by a name with a space', [...GET, ['transfer-encoding ', 'chunked']], 'refused'],
    ['chunked in a name', [...GET, ['x\r\ntransfer-encoding', 'chunked']], 'refused'],
    ['chunked in a name with its colon', [...GET, ['transfer-encoding: chunked\r\nx', 'y']], 'refused'],
    ['chunked in a value', [...GET, ['x', 'y\r\ntransfer-encoding: chunked']], 'refused'],
    ['chunked after a bare line feed', [...GET, ['x', 'y\ntransfer-encoding: chunked']], 'refused'],
    ['chunked after a bare carriage return', [...GET, ['x', 'y\rtransfer-encoding: chunked']], 'refused'],
    ['a request in the method', start('GET /admin HTTP/1.1\r\nhost: h\r\n\r\nPOST', '/', 'h'), 'refused'],
    ['a request in the path', start('GET', '/ HTTP/1.1\r\nhost: h\r\n\r\nGET /admin', 'h'), 'refused'],
    ['a version in the path', start('GET', '/ HTTP/1.0', 'h'), 'refused'],
    ['a path that is absolute', start('GET', 'http://internal/', 'h'), 'refused'],
    ['a path that is an authority', start('GET', 'internal:80', 'h'), 'refused'],
    ['fields in the authority', start('GET', '/', 'h\r\nx-admin: 1'), 'refused'],
    ['a path in the authority', start('GET', '/', 'h/admin?'), 'refused'],
    ['user info in the authority', start('GET', '/', 'h@internal'), 'refused'],
    [
      'a request in the scheme',
      [
        [':method', 'GET'],
        [':scheme', 'http://internal/?'],
        [':path', '/'],
        [':authority', 'h'],
      ],
      'refused',
    ],
    ['connection', [...GET, ['connection', 'x-forwarded-for']], 'refused'],
    ['an upgrade', [...GET, ['upgrade', 'websocket']], 'refused'],
    ['an upgrade to h2c', [...GET, ['upgrade', 'h2c'], ['http2-settings', 'AAA']], 'refused'],
    ['a folded line', [...GET, ['x', 'y\r\n z']], 'refused'],
    ['an empty name', [...GET, ['', 'x']], 'refused'],
    ['a pseudo-field as a name', [...GET, ['x', '1'], [':path', '/admin']], 'refused'],
  ];
  it.each(cases)('%s', (_, fields, want) => expect(requestOnHttp1(fields)).toBe(want));

  const responses: readonly [name: string, fields: readonly Field[], want: string][] = [
    ['an answer without a length', [['x', '1']], 'HTTP/1.1 200 OK\r\nx: 1\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['an answer with one', [['content-length', '3']], 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n'],
    ['chunked', [['transfer-encoding', 'chunked']], 'refused'],
    ['a second answer in a value', [['x', 'y\r\n\r\nHTTP/1.1 200 OK']], 'refused'],
    ['close', [['connection', 'close']], 'refused'],
  ];
  it.each(responses)('response: %s', (_, fields, want) => expect(responseOnHttp1(fields)).toBe(want));
});
