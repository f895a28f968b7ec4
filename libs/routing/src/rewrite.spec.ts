import { describe, expect, it } from '@jest/globals';
import { literalPrefixOf, compileRegex } from './regex';
import { prefixRewrite, redirectLocation, regexRewrite, type RedirectParts } from './rewrite';
import { regex } from './string-matcher';
import { parseSubstitutionFormat, substitutionFormatText } from './substitution-format';

describe('rewrites', () => {
  const regexMatch = { kind: 'regex', matcher: regex('/x/[0-9]+'), literalPrefix: '/x/' } as const;
  it.each([
    {
      name: 'prefix',
      rewrite: prefixRewrite({ kind: 'prefix', value: '/old/', caseSensitive: true }, '/new/'),
      path: '/old/a?q=/old/',
      want: '/new/a?q=/old/',
    },
    {
      name: 'exact keeps the query',
      rewrite: prefixRewrite({ kind: 'exact', value: '/a', caseSensitive: true }, '/b'),
      path: '/a?q',
      want: '/b?q',
    },
    {
      name: 'separated prefix',
      rewrite: prefixRewrite({ kind: 'separatedPrefix', value: '/old', caseSensitive: false }, '/new'),
      path: '/OLD/a?q',
      want: '/new/a?q',
    },
    ...[
      { path: '/x/12', want: '/y' },
      { path: '/x/12?q=/x/3', want: '/y?q=/x/3' },
      { path: '/x/12#f?q', want: '/y#f?q' },
    ].map(({ path, want }) => ({ name: `the whole path of a regex match: ${path}`, rewrite: prefixRewrite(regexMatch, '/y'), path, want })),
    { name: 'the whole path of a CONNECT that has one', rewrite: prefixRewrite({ kind: 'connect' }, '/y'), path: '/x?q', want: '/y?q' },
    { name: 'nothing of a CONNECT without a path', rewrite: prefixRewrite({ kind: 'connect' }, '/y'), path: '', want: '' },
    { name: 'regex', rewrite: regexRewrite('^/re/(.*)$', '/\\1'), path: '/re/x?y=/re/', want: '/x?y=/re/' },
    { name: 'regex replaces every match', rewrite: regexRewrite('a', '$1\\0'), path: '/aba', want: '/$1ab$1a' },
  ])('$name', ({ rewrite, path, want }) => expect(rewrite(path)).toBe(want));
});

describe('redirects', () => {
  const cases: readonly { name: string; parts: Partial<RedirectParts>; from?: readonly [string, string, string]; want: string }[] = [
    { name: 'https drops port 80', parts: { scheme: 'https' }, from: ['http', 'a:80', '/x?y'], want: 'https://a/x?y' },
    { name: 'https keeps another port', parts: { scheme: 'https' }, from: ['http', 'a:8080', '/x'], want: 'https://a:8080/x' },
    { name: 'a host drops the port', parts: { host: 'new.example.com' }, want: 'http://new.example.com/x?y' },
    { name: 'a port', parts: { port: 8443 }, want: 'http://a:8443/x?y' },
    { name: 'a path keeps the query', parts: { path: '/here' }, want: 'http://a:8080/here?y' },
    { name: 'a path with a query', parts: { path: '/here?z' }, want: 'http://a:8080/here?z' },
    { name: 'an empty path is none', parts: { path: '' }, want: 'http://a:8080/x?y' },
    { name: 'no query', parts: { stripQuery: true }, want: 'http://a:8080/x' },
  ];
  it.each(cases)('$name', ({ parts, from = ['http', 'a:8080', '/x?y'], want }) => {
    expect(redirectLocation({ stripQuery: false, ...parts })(...from)).toBe(want);
  });
});

describe('regexes', () => {
  it.each([
    { pattern: '/items/[0-9]+', want: '/items/' },
    { pattern: '/a\\.b/.*', want: '/a.b/' },
    { pattern: '/ab*', want: '/a' },
    { pattern: '/ab+c', want: '/ab' },
    { pattern: '/a|/b', want: '' },
    { pattern: '/(a|b)', want: '/' },
    { pattern: '(?i)/a', want: '' },
    { pattern: '^/x$', want: '/x' },
    { pattern: '/a{2}', want: '/' },
    { pattern: '/\\d', want: '/' },
    { pattern: '/[|]a', want: '/' },
    { pattern: '\\Q|\\E', want: '' },
  ])('$pattern begins with "$want"', ({ pattern, want }) => expect(literalPrefixOf(pattern)).toBe(want));

  it.each(['.*', '.+', 'abc', 'abc.*', '.*abc', '.*abc.*'])('the shortcut for %s means what RE2 means', (pattern) => {
    const slow = compileRegex(`(?:${pattern})`);
    for (const text of ['', 'abc', 'xabc', 'abcx', 'xabcx', 'a\nabc', '\n', 'ab'])
      expect([text, compileRegex(pattern).testWhole(text)]).toEqual([text, slow.testWhole(text)]);
  });

  it('refuses what RE2 refuses, quoting it', () => expect(() => compileRegex('(?=a)')).toThrow('"(?=a)"'));
});

describe('parseSubstitutionFormat', () => {
  it('splits text and operators', () =>
    expect(parseSubstitutionFormat('a %REQ(X?:PATH):5%%%b%PROTOCOL%%START_TIME(%Y-%m)%')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'operator', command: 'REQ', argument: 'X?:PATH', maxLength: 5 },
      { kind: 'text', text: '%b' },
      { kind: 'operator', command: 'PROTOCOL' },
      { kind: 'operator', command: 'START_TIME', argument: '%Y-%m' },
    ]));
  it.each(['a %REQ(X?:PATH):5%%%b%PROTOCOL%%START_TIME(%Y-%m)%', 'no operator', '%%', ''])('is written as it was read: %j', (format) =>
    expect(substitutionFormatText(parseSubstitutionFormat(format))).toBe(format),
  );
  it('refuses a stray percent sign', () => expect(() => parseSubstitutionFormat('50% of')).toThrow('"% of"'));
});
