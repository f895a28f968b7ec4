import { afterEach, describe, expect, it } from '@jest/globals';
import { type AddressInfo } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import {
  type Cidr,
  compileFilterChains,
  type FilterChain,
  type FilterChainMatch,
  type Listener,
  type NetworkFilter,
  type TcpProxy,
} from '@lateen/proxy-config';
import { assignment, cluster, dataPlane, endpoint, eventually, listener, MemoryLog, portOf, snapshot, Wire } from '../testing';
import { testAuthority } from '@lateen/proxy-config/testing';

const wire = new Wire();
afterEach(() => wire.stop());

const authority = testAuthority('passthrough');
const LOG = '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %REQUESTED_SERVER_NAME%\n';

const to = (name: string): TcpProxy => ({
  kind: 'tcp_proxy',
  statPrefix: 'tcp',
  clusters: [{ name, weight: 1 }],
  totalWeight: 1,
  idleTimeoutMs: 0,
  maxDownstreamConnectionDurationMs: 0,
  maxConnectAttempts: 1,
  accessLogs: [],
});

function chain(match: Partial<FilterChainMatch>, ...filters: readonly NetworkFilter[]): FilterChain {
  const any = {
    prefixRanges: [],
    serverNames: [],
    applicationProtocols: [],
    sourceType: 'any',
    sourcePrefixRanges: [],
    sourcePorts: [],
  } as const;
  return { name: '', match: { ...any, ...match }, transportSocketConnectTimeoutMs: 0, filters };
}

/** A TLS server that shows a certificate for its name and greets with it. */
async function tlsServer(name: string): Promise<number> {
  const { certificate, privateKey } = authority.leaf(name);
  const server = createTlsServer({ cert: certificate, key: privateKey }, (socket) => {
    wire.onStop(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write(name);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  wire.onStop(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A proxy of one listener over clusters by name. */
async function proxy(chains: readonly FilterChain[], clusters: Readonly<Record<string, number>>, changes: Partial<Listener> = {}) {
  const log = new MemoryLog();
  const plane = dataPlane({
    accessLogger: log.logger,
    originalDestination: () => ({ address: '10.1.2.3', port: 7000 }),
  });
  wire.onStop(() => plane.stop(0));
  const tcp = listener(
    'tcp',
    {},
    {
      filterChains: chains,
      selectFilterChain: compileFilterChains(chains, undefined),
      listenerFilters: [{ kind: 'tls_inspector', disabledOn: () => false }],
      accessLogs: [{ path: 'memory', format: { kind: 'text', format: LOG }, filter: { kind: 'responseFlag', flags: ['NR'] } }],
      ...changes,
    },
  );
  await plane.apply(
    snapshot({
      listeners: [tcp],
      clusters: Object.keys(clusters).map((name) => cluster(name)),
      endpoints: Object.entries(clusters).map(([name, port]) => assignment(name, [endpoint(port)])),
    }),
  );
  return { port: portOf(plane, 'tcp'), log: () => log.lines() };
}

/** What a TLS client gets, and whose certificate it was shown; nothing when it was closed. */
async function greeting(port: number, servername: string): Promise<string> {
  return await new Promise((resolve) => {
    const socket = connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false });
    wire.onStop(() => socket.destroy());
    socket.on('data', (bytes) => resolve(`${bytes.toString()} by ${socket.getPeerCertificate().subjectaltname}`));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(''));
  });
}

describe('TLS that is passed on unopened', () => {
  it('goes where its server name says; a name nobody serves is closed and logged', async () => {
    const [a, b] = await Promise.all([tlsServer('a.example'), tlsServer('x.b.example')]);
    const { port, log } = await proxy([chain({ serverNames: ['a.example'] }, to('a')), chain({ serverNames: ['*.b.example'] }, to('b'))], {
      a,
      b,
    });
    expect(await greeting(port, 'a.example')).toBe('a.example by DNS:a.example');
    expect(await greeting(port, 'A.Example')).toBe('a.example by DNS:a.example');
    expect(await greeting(port, 'y.b.example')).toBe('x.b.example by DNS:x.b.example');
    expect(await greeting(port, 'c.example')).toBe('');
    await eventually(() => log().length === 1);
    expect(log()).toEqual(['NR filter_chain_not_found c.example']);
  });

  it('goes to the cluster its server name is, between networks', async () => {
    const name = 'outbound_.443_._.a.default.svc.cluster.local';
    const a = await tlsServer('a.example');
    const { port } = await proxy([chain({}, { kind: 'sni_cluster' }, to('BlackHoleCluster'))], { [name]: a });
    expect(await greeting(port, name)).toBe('a.example by DNS:a.example');
    expect(await greeting(port, 'outbound_.443_._.b.default.svc.cluster.local')).toBe('');
  });
});

describe('TCP', () => {
  const greeter = (text: string) => wire.server((socket) => void socket.write(text));
  const network = (text: string, starts: string): Cidr => ({ text, prefixLength: 8, contains: (address) => address.startsWith(starts) });

  it.each([
    { name: 'by port', matches: [{ destinationPort: 7000 }, { destinationPort: 7001 }], want: 'one' },
    {
      name: 'by network',
      matches: [{ prefixRanges: [network('11.0.0.0/8', '11.')] }, { prefixRanges: [network('10.0.0.0/8', '10.')] }],
      want: 'two',
    },
    { name: 'nowhere', matches: [{ destinationPort: 1 }, { destinationPort: 2 }], want: '' },
  ])('goes where it was going: $name', async ({ matches, want }) => {
    const [one, two] = await Promise.all([greeter('one'), greeter('two')]);
    const { port } = await proxy(
      [chain(matches[0]!, to('one')), chain(matches[1]!, to('two'))],
      { one: one.port, two: two.port },
      {
        listenerFilters: [{ kind: 'original_dst', disabledOn: () => false }],
      },
    );
    const client = await wire.connect(port);
    await client.until(() => client.received !== '');
    expect(client.received).toBe(want);
  });
});

describe('a listener that looks for TLS and HTTP', () => {
  const sniffing: Partial<Listener> = {
    listenerFilters: [
      { kind: 'tls_inspector', disabledOn: () => false },
      { kind: 'http_inspector', disabledOn: () => false },
    ],
    listenerFiltersTimeoutMs: 5000,
  };
  const cases: readonly { name: string; sent: string; soon: boolean }[] = [
    { name: 'a byte no method and no TLS record begins with', sent: '\x03', soon: true },
    { name: 'lower case', sent: 'e', soon: true },
    { name: 'a record of TLS that no hello comes behind', sent: '\x17', soon: true },
    { name: 'a byte an alert of TLS begins with', sent: '\x15', soon: false },
    { name: 'a letter a method may begin with', sent: 'E', soon: false },
    { name: 'a byte TLS may begin with', sent: '\x16', soon: false },
    { name: 'a command that ends like no method', sent: 'EHLO\r\n', soon: true },
  ];
  it.each(cases)('passes a client on at once where one byte tells: $name', async ({ sent, soon }) => {
    const server = await wire.server((socket) => void socket.pipe(socket));
    const { port } = await proxy([chain({}, to('a'))], { a: server.port }, soon ? sniffing : { ...sniffing, listenerFiltersTimeoutMs: 80 });
    const began = performance.now();
    const client = await wire.connect(port);
    client.send(sent);
    await client.until(() => client.received === sent);
    expect(client.received).toBe(sent);
    if (soon) expect(performance.now() - began).toBeLessThan(2500);
    else expect(performance.now() - began).toBeGreaterThanOrEqual(75);
  });

  it.each(['EHLO x\r\n', 'E'])('does not wait for what comes byte by byte once it is known: %j', async (first) => {
    const server = await wire.server((socket) => void socket.pipe(socket));
    const { port } = await proxy([chain({}, to('a'))], { a: server.port }, sniffing);
    const client = await wire.connect(port);
    for (const byte of `${first}\r\n\0`) {
      client.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await client.until(() => client.received === `${first}\r\n\0`);
    expect(client.received).toBe(`${first}\r\n\0`);
  });
});
