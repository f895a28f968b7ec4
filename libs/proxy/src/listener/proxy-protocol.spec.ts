import { afterEach, describe, expect, it } from '@jest/globals';
import { machineAddress } from '../net/machine-address';
import { connect, type Socket } from 'node:net';
import { type Listener, type ProxyProtocolRules } from '@lateen/proxy-config';
import {
  assignment,
  cluster,
  dataPlane,
  endpoint,
  eventually,
  forwardTo,
  get,
  listener,
  manager,
  portOf,
  route,
  snapshot,
  Wire,
} from '../testing';
import { ProxyExtensions } from './proxy-extensions';
import { parseProxyProtocol, type ProxyProtocolHeader } from './proxy-protocol';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const v2 = (...parts: readonly string[]): Buffer => Buffer.from(SIGNATURE + parts.join(''), 'hex');
const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const V4 = 'c0000201c6336402' + '9c40' + '01bb';
const V6 = '20010db8000000000000000000000001' + '20010db8000000010000000000000002' + '9c40' + '01bb';
const from4 = { source: { address: '192.0.2.1', port: 40000 }, destination: { address: '198.51.100.2', port: 443 } };
const from6 = { source: { address: '2001:db8::1', port: 40000 }, destination: { address: '2001:db8:0:1::2', port: 443 } };
const header = (version: 1 | 2, length: number, addresses?: typeof from4, extensions = 0): ProxyProtocolHeader => ({
  kind: 'header',
  version,
  length,
  extensions,
  addresses,
});

describe('a PROXY header', () => {
  const cases: readonly { name: string; bytes: Buffer; want: ProxyProtocolHeader }[] = [
    { name: 'v1, IPv4', bytes: text('PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\nrest'), want: header(1, 45, from4) },
    { name: 'v1, IPv6', bytes: text('PROXY TCP6 2001:db8::1 2001:db8:0:1::2 40000 443\r\n'), want: header(1, 50, from6) },
    { name: 'v1, unknown', bytes: text('PROXY UNKNOWN\r\n'), want: header(1, 15) },
    { name: 'v1, unknown and whatever', bytes: text('PROXY UNKNOWN ff:: x 1 y\r\n'), want: header(1, 26) },
    { name: 'v1, the longest', bytes: text(`PROXY UNKNOWN ${'x'.repeat(91)}\r\n`), want: header(1, 107) },
    { name: 'v2, IPv4', bytes: v2('2111000c', V4), want: header(2, 28, from4) },
    { name: 'v2, IPv6', bytes: v2('21210024', V6), want: header(2, 52, from6) },
    { name: 'v2, datagrams', bytes: v2('2112000c', V4), want: header(2, 28, from4) },
    { name: 'v2, extensions still on their way', bytes: v2('2111ffff', V4, '04'), want: header(2, 65_551, from4, 65_523) },
    { name: 'v2, local', bytes: v2('20000000'), want: header(2, 16) },
    { name: 'v2, local with addresses', bytes: v2('2011000c', V4), want: header(2, 28) },
    {
      name: 'v2, IPv4 in IPv6 form',
      bytes: v2('21210024', `${'00'.repeat(10)}ffffc0000201`, `${'00'.repeat(10)}ffffc6336402`, '9c4001bb'),
      want: header(2, 52, from4),
    },
  ];
  it.each(cases)('$name', ({ bytes, want }) => expect(parseProxyProtocol(bytes)).toEqual(want));

  it.each(cases)('$name, cut anywhere before its addresses end, is waited for', ({ bytes, want }) => {
    const known = want.kind === 'header' && want.version === 2 ? Math.min(want.length, want.addresses === undefined ? 16 : 28) : 15;
    for (let length = 0; length < known - 1; length++) expect(parseProxyProtocol(bytes.subarray(0, length)).kind).toBe('incomplete');
  });

  const refused: readonly { name: string; bytes: Buffer; reason: RegExp }[] = [
    { name: 'v1, too long', bytes: text(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`), reason: /too long/ },
    { name: 'v1, no carriage return', bytes: text('PROXY UNKNOWN\n'), reason: /CRLF/ },
    { name: 'v1, another family', bytes: text('PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n'), reason: /family/ },
    { name: 'v1, no family', bytes: text('PROXY \r\n'), reason: /family/ },
    { name: 'v1, an address of the other family', bytes: text('PROXY TCP4 ::1 ::2 1 2\r\n'), reason: /address/ },
    { name: 'v1, an address with a scope', bytes: text('PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n'), reason: /address/ },
    { name: 'v1, a name', bytes: text('PROXY TCP4 localhost 192.0.2.1 1 2\r\n'), reason: /address/ },
    { name: 'v1, a port out of range', bytes: text('PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n'), reason: /port/ },
    { name: 'v1, a port in another form', bytes: text('PROXY TCP4 192.0.2.1 192.0.2.2 +1 02\r\n'), reason: /port/ },
    { name: 'v1, one port', bytes: text('PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n'), reason: /port/ },
    { name: 'v1, three ports', bytes: text('PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n'), reason: /port/ },
    { name: 'v1, two spaces', bytes: text('PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n'), reason: /address/ },
    { name: 'v2, version 1', bytes: v2('1111000c', V4), reason: /version is 1/ },
    { name: 'v2, command 2', bytes: v2('2211000c', V4), reason: /command is 2/ },
    { name: 'v1, a source that is a group', bytes: text('PROXY TCP4 224.0.0.1 192.0.2.1 1 2\r\n'), reason: /no host/ },
    { name: 'v1, a destination that is any address', bytes: text('PROXY TCP6 2001:db8::1 :: 1 2\r\n'), reason: /no host/ },
    { name: 'v2, a source that is all hosts', bytes: v2('2111000c', 'ffffffff', V4.slice(8)), reason: /no host/ },
    { name: 'v2, a source that is a group of IPv6', bytes: v2('21210024', 'ff02', V6.slice(4)), reason: /no host/ },
    { name: 'v2, a unix socket', bytes: v2('213100d8', '00'.repeat(216)), reason: /family is 3/ },
    { name: 'v2, unspecified', bytes: v2('21000003', '040000'), reason: /family is 0/ },
    { name: 'v2, no transport', bytes: v2('2110000c', V4), reason: /transport 0/ },
    { name: 'v2, family 4', bytes: v2('2141000c', V4), reason: /family is 4/ },
    { name: 'v2, transport 3', bytes: v2('2113000c', V4), reason: /transport 3/ },
    { name: 'v2, too short for its addresses', bytes: v2('2121000c', V4), reason: /too short/ },
  ];
  it.each(refused)('is refused: $name', ({ bytes, reason }) =>
    expect(parseProxyProtocol(bytes)).toMatchObject({ kind: 'malformed', reason: expect.stringMatching(reason) }),
  );

  it.each(['GET / HTTP/1.1', 'PROXYING', 'PRI * HTTP/2.0\r\n', '\x16\x03\x01', '\r\n\r\nx'])('is none: %j', (bytes) =>
    expect(parseProxyProtocol(text(bytes))).toEqual({ kind: 'none' }),
  );
});

describe('extensions of a PROXY header', () => {
  it.each<[name: string, hex: string, whole: boolean]>([
    ['one', '04000161', true],
    ['an empty one', '040000', true],
    ['two', `010002${'61'.repeat(2)}ea0000`, true],
    ['a long one', `040100${'00'.repeat(256)}`, true],
    ['a type alone', '04', false],
    ['half a length', '0400', false],
    ['longer than what is left', '0400026100'.slice(0, 8), false],
    ['the second longer than what is left', '04000005000100'.slice(0, 12), false],
  ])('%s (%s): whole is %s', (_name, hex, whole) => {
    const bytes = Buffer.from(hex, 'hex');
    for (let step = 1; step <= bytes.length; step++) {
      const extensions = new ProxyExtensions(bytes.length);
      let fine = true;
      for (let pos = 0; pos < bytes.length; pos += step) fine &&= extensions.read(bytes, pos, Math.min(pos + step, bytes.length));
      expect(fine).toBe(whole);
    }
  });
});

const wire = new Wire();
afterEach(() => wire.stop());

/** A listener for clients that begin with a PROXY header, and tells its application where they come from. */
async function proxied(rules: Partial<ProxyProtocolRules> = {}, changes: Partial<Listener> = {}) {
  const backend = await wire.backend();
  const plane = dataPlane();
  wire.onStop(() => plane.stop(0));
  const config = manager([route('/', forwardTo('app'))], { useRemoteAddress: true });
  const inbound = listener(
    'l',
    { filters: [{ kind: 'http', manager: config }] },
    {
      listenerFilters: [
        { kind: 'http_inspector', disabledOn: () => false },
        { kind: 'proxy_protocol', disabledOn: () => false, proxyProtocol: { allowWithout: false, disallowedVersions: [], ...rules } },
      ],
      listenerFiltersTimeoutMs: 60,
      ...changes,
    },
  );
  await plane.apply(
    snapshot({ listeners: [inbound], clusters: [cluster('app')], endpoints: [assignment('app', [endpoint(backend.port)])] }),
  );
  const stat = (name: string): number => new Map(plane.stats()).get(name) ?? -1;
  return { port: portOf(plane, 'l'), backend, stat };
}

const clientOf = (request: string | undefined): string | undefined => /\r\nx-forwarded-for: (.*)\r\n/.exec(request ?? '')?.[1];

/** Sends bytes as they are; resolves with all that comes until the end, or the first response. */
async function send(port: number, ...parts: readonly (Buffer | string)[]): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1' });
  wire.onStop(() => socket.destroy());
  socket.setNoDelay(true);
  let got = '';
  return await new Promise((resolve) => {
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
      if (got.endsWith('ok')) resolve(got);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
    void (async () => {
      for (const part of parts) {
        socket.write(part);
        await new Promise((next) => setTimeout(next, 3));
      }
    })();
  });
}

describe('a client that begins with a PROXY header', () => {
  const v1 = 'PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\n';
  const cases: readonly { name: string; parts: readonly (Buffer | string)[]; from: string }[] = [
    { name: 'v1', parts: [v1 + get()], from: '192.0.2.1' },
    { name: 'v1, byte by byte', parts: [...v1, get()], from: '192.0.2.1' },
    { name: 'v2', parts: [Buffer.concat([v2('21210024', V6), text(get())])], from: '2001:db8::1' },
    { name: 'v2 with extensions in pieces', parts: [v2('2111000f', V4), Buffer.from([4]), text(`\0\0${get()}`)], from: '192.0.2.1' },
    { name: 'v2 with 64 KB of extensions', parts: [v2('2111ffff', V4), Buffer.alloc(65_523), get()], from: '192.0.2.1' },
    { name: 'v2, local: it is itself', parts: [v2('20000000'), get()], from: machineAddress() },
    { name: 'v1, unknown: it is itself', parts: [`PROXY UNKNOWN\r\n${get()}`], from: machineAddress() },
  ];
  it.each(cases)('$name', async ({ parts, from }) => {
    const { port, backend, stat } = await proxied({}, { listenerFiltersTimeoutMs: 5000 });
    expect(await send(port, ...parts)).toMatch(/^HTTP\/1\.1 200/);
    expect(clientOf(backend.requests[0])).toBe(from);
    expect(stat('proxy_proto.versions.v1.found') + stat('proxy_proto.versions.v2.found')).toBe(1);
  });

  const refused: readonly {
    name: string;
    parts: readonly (Buffer | string)[];
    rules?: Partial<ProxyProtocolRules>;
    stat: string;
  }[] = [
    { name: 'without', parts: [get()], stat: 'proxy_proto.not_found_disallowed' },
    { name: 'malformed v1', parts: [`PROXY TCP4 x y 1 2\r\n${get()}`], stat: 'proxy_proto.versions.v1.error' },
    { name: 'malformed v2', parts: [v2('2911000c', V4), get()], stat: 'proxy_proto.versions.v2.error' },
    { name: 'a version not taken', parts: [v1 + get()], rules: { disallowedVersions: [1] }, stat: 'proxy_proto.versions.v1.disallowed' },
    { name: 'that stalls', parts: ['PROXY TCP4 '], stat: 'listener.127.0.0.1_0.downstream_pre_cx_timeout' },
    {
      name: 'that stalls, optional',
      parts: ['PROXY '],
      rules: { allowWithout: true },
      stat: 'listener.127.0.0.1_0.downstream_pre_cx_timeout',
    },
    { name: 'whose extensions stall', parts: [v2('2111000f', V4)], stat: 'listener.127.0.0.1_0.downstream_pre_cx_timeout' },
  ];
  it.each(refused)('is closed: $name', async ({ parts, rules, stat }) => {
    const server = await proxied(rules);
    expect(await send(server.port, ...parts)).toBe('');
    await eventually(() => server.stat(stat) === 1);
    expect(server.backend.requests).toHaveLength(0);
  });

  it('may leave it out where that is allowed', async () => {
    const { port, backend, stat } = await proxied({ allowWithout: true });
    expect(await send(port, get())).toMatch(/^HTTP\/1\.1 200/);
    expect(clientOf(backend.requests[0])).toBe(machineAddress());
    expect(stat('proxy_proto.not_found_allowed')).toBe(1);
  });
});
