import { afterEach, describe, expect, it } from '@jest/globals';
import { forwardTo, route, Wire } from '../testing';
import { normalizePath, type PathRules } from '@lateen/routing';

const wire = new Wire();
afterEach(() => wire.stop());

/** Istio's `meshConfig.pathNormalization.normalization` as connection manager settings. */
const MODES = {
  NONE: { normalizePath: false, mergeSlashes: false, pathWithEscapedSlashes: 'keep' },
  BASE: { normalizePath: true, mergeSlashes: false, pathWithEscapedSlashes: 'keep' },
  MERGE_SLASHES: { normalizePath: true, mergeSlashes: true, pathWithEscapedSlashes: 'keep' },
  DECODE_AND_MERGE_SLASHES: { normalizePath: true, mergeSlashes: true, pathWithEscapedSlashes: 'unescapeAndForward' },
} as const satisfies Record<string, PathRules>;
type Mode = keyof typeof MODES;

/** A path, and what it becomes; a mode that is left out gives what the one before gives. */
const TABLE: readonly (readonly [path: string, base: string, merged?: string, decoded?: string])[] = [
  ['/app', '/app'],
  ['/app/../admin', '/admin'],
  ['/app/./admin', '/app/admin'],
  ['/app/%2E./admin', '/admin'],
  ['/app/%2e%2e/admin', '/admin'],
  ['/xyz%30..//abc', '/xyz0..//abc', '/xyz0../abc'],
  ['/app\\admin', '/app/admin'],
  ['/app\\..\\admin', '/admin'],
  ['/app/\\/\\/\\admin', '/app//////admin', '/app/admin'],
  ['//admin', '//admin', '/admin'],
  ['/%2Fapp%5cadmin%5Cabc', '/%2Fapp%5cadmin%5Cabc', '/%2Fapp%5cadmin%5Cabc', '/app/admin/abc'],
  ['/%5Capp%2f%5c%2F%2e%2e%2fadmin%5c\\abc', '/%5Capp%2f%5c%2F..%2fadmin%5c/abc', '/%5Capp%2f%5c%2F..%2fadmin%5c/abc', '/app/admin/abc'],
  ['/x%2F..%2Fadmin', '/x%2F..%2Fadmin', '/x%2F..%2Fadmin', '/admin'],
  ['/app//../admin', '/app/admin', '/app/admin'],
  ['/app//../../admin', '/admin'],
  ['/%c0%2fadmin', '/%c0%2fadmin', '/%c0%2fadmin', '/%c0/admin'],
  ['/..', '/'],
  ['/x/..;/admin', '/admin'],
  ['/x/..;a=b/admin', '/admin'],
  ['/x/%2e%2e;/admin', '/admin'],
  ['/x/.;/admin', '/x/admin'],
  ['/x/..;', '/'],
  ['/x/..;%2fadmin', '/', '/', '/admin'],
  ['/a/..', '/'],
  ['/a/b/.', '/a/b/'],
  ['/../../..', '/'],
  ['/a?b=/../c', '/a?b=/../c'],
  ['/a?b=%2e%2e', '/a?b=%2e%2e'],
];

/** Never changed, in any mode. */
const UNCHANGED = [
  '/0x2e0x2e/admin',
  '/%252e%252e/admin',
  '/%c0%ae%c0%ae/admin',
  '/.../admin',
  '/a..;/admin',
  '/...;/admin',
  '/;/admin',
  '/admin;a=b',
  '/ADMIN',
  '/%25c0%25ae/admin',
  '/%u002e%u002e/admin',
  '/a..b',
  '/..a',
  '/a%20b',
];

const rows = TABLE.flatMap(([path, base, merged = base, decoded = merged]) => [
  { mode: 'BASE' as Mode, path, want: base },
  { mode: 'MERGE_SLASHES' as Mode, path, want: merged },
  { mode: 'DECODE_AND_MERGE_SLASHES' as Mode, path, want: decoded },
]);

describe("Istio's path normalization", () => {
  it.each(rows)('$mode: $path', ({ mode, path, want }) => expect(normalizePath(path, MODES[mode])).toEqual({ kind: 'path', path: want }));

  it.each(UNCHANGED.flatMap((path) => (Object.keys(MODES) as Mode[]).map((mode) => ({ mode, path }))))(
    '$mode leaves $path',
    ({ mode, path }) => expect(normalizePath(path, MODES[mode])).toEqual({ kind: 'path', path }),
  );

  it.each(['/app/../admin', '/app\\admin', '//a', '/%2e%2e/a', '/%2Fa'])('NONE leaves %s', (path) =>
    expect(normalizePath(path, MODES.NONE)).toEqual({ kind: 'path', path }),
  );

  it.each(['/app#foo', '/app?x=#y'])('%s has a fragment, which is refused', (path) => {
    for (const mode of Object.values(MODES)) expect(normalizePath(path, mode)).toEqual({ kind: 'refused' });
  });

  it.each(Object.keys(MODES) as Mode[])('%s refuses an escaped NUL', (mode) =>
    expect(normalizePath('/a%00b', MODES[mode])).toEqual({ kind: 'refused' }),
  );

  it('decodes unreserved characters, once, and no others', () => {
    for (let code = 1; code < 256; code++) {
      const escape = `%${code.toString(16).padStart(2, '0')}`;
      const char = String.fromCharCode(code);
      const unreserved = /[A-Za-z0-9_~.-]/.test(char);
      expect(normalizePath(`/x${escape}y`, MODES.BASE)).toEqual({ kind: 'path', path: `/x${unreserved ? char : escape}y` });
      const slash = code === 0x2f || code === 0x5c;
      expect(normalizePath(`/x${escape}y`, MODES.DECODE_AND_MERGE_SLASHES)).toEqual({
        kind: 'path',
        path: `/x${slash ? '/' : unreserved ? char : escape}y`,
      });
    }
  });

  it('redirects or refuses escaped slashes when so configured', () => {
    expect(normalizePath('/a%2fb?c', { ...MODES.MERGE_SLASHES, pathWithEscapedSlashes: 'unescapeAndRedirect' })).toEqual({
      kind: 'redirect',
      path: '/a/b?c',
    });
    expect(normalizePath('/ab', { ...MODES.MERGE_SLASHES, pathWithEscapedSlashes: 'unescapeAndRedirect' })).toEqual({
      kind: 'path',
      path: '/ab',
    });
    expect(normalizePath('/a%5Cb', { ...MODES.BASE, pathWithEscapedSlashes: 'reject' })).toEqual({ kind: 'refused' });
  });
});

describe('the normalized path', () => {
  it.each([
    { mode: 'BASE' as Mode, path: '/public/../admin', want: 403 },
    { mode: 'BASE' as Mode, path: '/admin#x', want: 400 },
    { mode: 'BASE' as Mode, path: '/admin/x?y', want: 403 },
    { mode: 'MERGE_SLASHES' as Mode, path: '//admin', want: 403 },
    { mode: 'DECODE_AND_MERGE_SLASHES' as Mode, path: '/%2fadmin', want: 403 },
    { mode: 'DECODE_AND_MERGE_SLASHES' as Mode, path: '/x%2F..%2Fadmin', want: 403 },
    { mode: 'BASE' as Mode, path: '/public', want: 200 },
    { mode: 'BASE' as Mode, path: '/%00', want: 400 },
  ])('is what is matched: $mode $path', async ({ mode, path, want }) => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/admin', { kind: 'directResponse', status: 403, body: '' }), route('/', forwardTo('backend'))],
      { manager: MODES[mode] },
    );
    expect((await wire.request(proxy.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)).status).toBe(want);
  });

  it('is what is forwarded', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], { manager: MODES.MERGE_SLASHES });
    await wire.request(proxy.port, 'GET /a/../b//c?q=/../ HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(backend.requests[0]).toMatch(/^GET \/b\/c\?q=\/\.\.\/ HTTP/);
  });

  it('may be told to the client first', async () => {
    const proxy = await wire.proxyTo([], [], { manager: { ...MODES.MERGE_SLASHES, pathWithEscapedSlashes: 'unescapeAndRedirect' } });
    expect(await wire.request(proxy.port, 'GET /a%2Fb?c HTTP/1.1\r\nHost: a\r\n\r\n')).toMatchObject({
      status: 307,
      headers: { location: '/a/b?c' },
    });
  });
});
