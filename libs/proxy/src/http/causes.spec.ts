import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { systemClock } from '@lateen/base';
import { type Cause } from '@lateen/observation';
import { compileRouteTable, type ForwardAction } from '@lateen/routing';
import { AccessLogger, causeOf, type StreamRecord } from '@lateen/telemetry';
import { type Cluster } from '@lateen/proxy-config';
import { testAuthority } from '@lateen/proxy-config/testing';
import { type Answer, cluster, eventually, forwardTo, get, ok, retry, route, routesFor, Wire, type WireOptions } from '../testing';
import { meshSecrets, outboundTls } from '../testing/mesh-tls';

const wire = new Wire();
afterEach(() => wire.stop());

/** Keeps the cause of every stream instead of writing lines. */
class CauseLog extends AccessLogger {
  readonly causes: (Cause | undefined)[] = [];

  constructor() {
    super({ clock: systemClock, context: { hostname: 'test', environment: {} } });
  }

  override compile(): (record: StreamRecord) => void {
    return (record) => void this.causes.push(causeOf(record));
  }
}

const REVIEWS = 'outbound|9080||reviews.default.svc.cluster.local';
const REVIEWS_V1 = 'outbound|9080|v1|reviews.default.svc.cluster.local';
const silent: Answer = () => undefined;
const hangUp: Answer = (_request, socket) => void socket.end();
const all = { numerator: 100, denominator: 100 } as const;

/** A proxy in front of one cluster, whose causes are kept. */
async function proxyOf(options: {
  readonly ports: readonly number[];
  readonly name?: string;
  readonly action?: Partial<ForwardAction>;
  readonly cluster?: Partial<Cluster>;
  readonly prefix?: string;
  readonly route?: Parameters<typeof route>[2];
  readonly manager?: WireOptions['manager'];
  readonly direction?: 'inbound' | 'outbound';
  readonly secrets?: WireOptions['secrets'];
}) {
  const log = new CauseLog();
  const name = options.name ?? REVIEWS;
  const proxy = await wire.proxy({
    routes: [route(options.prefix ?? '/', forwardTo(name, options.action), options.route)],
    clusters: [{ config: cluster(name, options.cluster), ports: options.ports }],
    dataPlane: { accessLogger: log },
    ...(options.manager === undefined ? {} : { manager: options.manager }),
    ...(options.direction === undefined ? {} : { direction: options.direction }),
    ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
  });
  return { ...proxy, causes: log.causes };
}

const to = (name: string): Partial<ForwardAction> => ({
  clusters: [{ name, weight: 1, headers: { request: [], response: [] }, perFilter: {} }],
});

describe('a request that fails says why', () => {
  const cases: readonly {
    name: string;
    options?: Omit<Parameters<typeof proxyOf>[0], 'ports'>;
    answer?: Answer;
    ports?: readonly number[];
    sent?: string;
    code: string;
    sentence: RegExp;
    evidence?: readonly string[];
  }[] = [
    {
      name: 'no rule',
      options: { prefix: '/other' },
      code: 'no_rule_matched',
      sentence: /^No rule for host "a\.example" matches GET \/: virtual host "all" has rules, but none takes this path/,
      evidence: ['response flag NR', 'details route_not_found'],
    },
    {
      name: 'no such subset',
      options: { action: to('outbound|9080|v9|reviews.default.svc.cluster.local') },
      code: 'subset_not_found',
      sentence: /^The route sends to subset "v9" of reviews\.default\.svc\.cluster\.local, which no DestinationRule/,
      evidence: ['cluster outbound|9080|v9|reviews.default.svc.cluster.local'],
    },
    {
      name: 'no such service',
      options: { action: to('outbound|80||gone.default.svc.cluster.local') },
      code: 'cluster_not_found',
      sentence: /^The route sends to gone\.default\.svc\.cluster\.local:80, which this proxy does not know/,
    },
    {
      name: 'no cluster header',
      options: { action: { clusters: [], clusterHeader: 'x-cluster' } },
      code: 'cluster_not_found',
      sentence: /takes its cluster from a header that the request does not have/,
    },
    { name: 'no endpoints', ports: [], code: 'no_endpoints', sentence: /^reviews\.default\.svc\.cluster\.local:9080 has no endpoints/ },
    {
      name: 'a name that does not resolve',
      ports: [],
      options: { cluster: { type: 'strict_dns', dns: { refreshMs: 5000, respectTtl: false, family: 'auto', names: ['api.exmaple.com'] } } },
      code: 'name_not_resolved',
      sentence: /has no endpoints: DNS gives the proxy no address for "api\.exmaple\.com"/,
      evidence: ['response flag UH', 'looked up api.exmaple.com'],
    },
    {
      name: 'no endpoint in the subset',
      ports: [],
      options: { name: REVIEWS_V1 },
      code: 'subset_without_endpoints',
      sentence: /has the labels of subset "v1"\.$/,
    },
    {
      name: 'nobody listens',
      ports: [1],
      code: 'connection_refused',
      sentence: /^reviews\.default\.svc\.cluster\.local:9080 at 127\.0\.0\.1:1 refused the connection/,
      evidence: ['transport: delayed connect error: Connection refused', 'endpoint 127.0.0.1:1'],
    },
    {
      name: 'the app does not listen',
      ports: [1],
      options: { name: 'inbound|9080||', direction: 'inbound' },
      code: 'app_not_listening',
      sentence: /^The app does not listen on 127\.0\.0\.1:1/,
    },
    {
      name: 'no answer in time',
      answer: silent,
      options: { action: { timeoutMs: 40 } },
      code: 'route_timeout',
      sentence: /did not finish its answer within the route's timeout of 40 ms\.$/,
      evidence: ['route timeout 40 ms'],
    },
    {
      name: 'no answer in time for a try',
      answer: silent,
      options: { action: { retry: retry({}, { perTryTimeoutMs: 40 }) } },
      code: 'per_try_timeout',
      sentence: /within the per-try timeout of 40 ms that the route's retries set/,
    },
    {
      name: 'every try refused',
      ports: [1],
      options: { action: { retry: retry({ connectFailure: true }) } },
      code: 'retries_exhausted',
      sentence:
        /^All 3 attempts failed; the last one: .* refused the connection: .* Before it: no connection to 127\.0\.0\.1:1 \(.*refused\); no connection/,
      evidence: ['cause of the last attempt connection_refused', 'response flags URX,UF'],
    },
    {
      name: 'every try answered with an error',
      answer: 'HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n',
      options: { action: { retry: retry({ serverError: true }, { numRetries: 1 }) } },
      code: 'retries_exhausted',
      sentence: /^Both attempts failed; the last one: .* answered 503\. Before it: 127\.0\.0\.1:\d+ answered 503\.$/,
    },
    {
      name: 'a close on a new connection',
      answer: hangUp,
      code: 'upstream_closed_plaintext',
      sentence: /closed a new plaintext connection without an answer/,
    },
    {
      name: 'an app that closes',
      answer: hangUp,
      options: { name: 'inbound|9080||', direction: 'inbound' },
      code: 'app_closed',
      sentence: /^The app took the connection on .* and closed it without an answer/,
    },
    {
      name: 'an answer that is none',
      answer: 'HTTP/1.1 banana\r\n\r\n',
      code: 'upstream_protocol_error',
      sentence: /is no valid HTTP \(/,
    },
    {
      name: 'an answer cut off',
      answer: (_request, socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc'),
      code: 'upstream_closed_mid_response',
      sentence: /closed the connection in the middle of its response/,
    },
    {
      name: 'no more requests allowed',
      options: { cluster: { thresholds: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 0, maxRetries: 3 } } },
      code: 'circuit_open',
      sentence: /^The circuit breaker of reviews\.default\.svc\.cluster\.local:9080 is open/,
      evidence: ['response flag UO', 'tcp.maxConnections 1024, 0 used', 'http.http2MaxRequests 0, 0 used'],
    },
    {
      name: 'an injected abort',
      options: {
        route: { name: 'canary', perFilter: { fault: { headers: [], abort: { httpStatus: 418, fraction: all } } } },
      },
      code: 'fault_abort',
      sentence: /^A fault rule on route "canary" answered 418 in place of the upstream: the request was never sent\.$/,
    },
    {
      name: 'an injected delay, then served',
      options: { route: { perFilter: { fault: { headers: [], delay: { delayMs: 30, fraction: all } } } } },
      code: 'fault_delay',
      sentence: /^A fault rule held the request for 30 ms before it was sent\.$/,
    },
    {
      name: 'the app answers 500',
      answer: 'HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n',
      options: { name: 'inbound|9080||', direction: 'inbound' },
      code: 'app_error',
      sentence: /^The app itself answered 500/,
    },
    {
      name: 'the upstream answers 500',
      answer: 'HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n',
      code: 'upstream_error',
      sentence: /answered 500, and this proxy passed it on/,
    },
    {
      name: 'a silent upstream',
      answer: silent,
      options: { action: { idleTimeoutMs: 40 } },
      code: 'stream_idle_timeout',
      sentence: /for 40 ms, the stream idle timeout: reviews\.default\.svc\.cluster\.local:9080 at 127\.0\.0\.1:\d+ was silent\.$/,
    },
    {
      name: 'no HTTP at all',
      sent: 'banana\r\n\r\n',
      code: 'client_protocol_error',
      sentence: /^What client 127\.0\.0\.1:\d+ sent is no valid HTTP \(/,
    },
  ];
  it.each(cases)('$name', async ({ options = {}, answer = ok(), ports, sent = get(), code, sentence, evidence = [] }) => {
    const backend = await wire.backend(answer);
    const proxy = await proxyOf({ ...options, ports: ports ?? [backend.port] });
    const client = await wire.connect(proxy.port);
    client.send(sent);
    await eventually(() => proxy.causes.length === 1);
    expect(proxy.causes[0]).toMatchObject({
      code,
      sentence: expect.stringMatching(sentence),
      evidence: expect.arrayContaining([...evidence]),
    });
    expect(proxy.causes[0]!.short.length).toBeLessThanOrEqual(60);
  });

  it('a success has none', async () => {
    const backend = await wire.backend();
    const proxy = await proxyOf({ ports: [backend.port] });
    await wire.request(proxy.port, get());
    expect(proxy.causes).toEqual([undefined]);
  });

  it('no virtual host of this name', async () => {
    const log = new CauseLog();
    const backend = await wire.backend();
    const [host] = routesFor([route('/', forwardTo(REVIEWS))]).virtualHosts;
    const bookinfo = { name: '8080', ignorePortInHostMatching: true, virtualHosts: [{ ...host!, domains: ['bookinfo.com'] }] };
    const proxy = await wire.proxy({
      routes: [],
      clusters: [{ config: cluster(REVIEWS), ports: [backend.port] }],
      dataPlane: { accessLogger: log },
      manager: { routes: { kind: 'inline', table: compileRouteTable(bookinfo) } },
    });
    await wire.request(proxy.port, get());
    expect(log.causes[0]).toMatchObject({
      code: 'no_virtual_host',
      short: "no virtual host for 'a.example'",
      sentence: 'Nothing is configured for host "a.example" here: no virtual host of routes "8080" has that domain, so the answer was 404.',
    });
  });

  it.each([
    { how: 'with a reset', leave: (socket: Socket) => void socket.resetAndDestroy() },
    { how: 'as most do', leave: (socket: Socket) => void socket.end() },
  ])('a client that goes away, $how', async ({ leave }) => {
    const backend = await wire.backend(silent);
    const proxy = await proxyOf({ ports: [backend.port] });
    const client = await wire.connect(proxy.port);
    client.send(get());
    await eventually(() => backend.requests.length === 1);
    leave(client.socket);
    await eventually(() => proxy.causes.length === 1);
    expect(proxy.causes[0]).toMatchObject({
      code: 'client_closed',
      sentence: expect.stringMatching(
        /^The client went away after \d+ ms, while reviews\.default\.svc\.cluster\.local:9080 was still working/,
      ),
    });
  });

  it('a client that goes away while an injected delay holds it', async () => {
    const proxy = await proxyOf({ ports: [1], route: { perFilter: { fault: { headers: [], delay: { delayMs: 7000, fraction: all } } } } });
    const client = await wire.connect(proxy.port);
    client.send(get());
    const end = setTimeout(() => client.socket.resetAndDestroy(), 50);
    wire.onStop(() => clearTimeout(end));
    await eventually(() => proxy.causes.length === 1);
    expect(proxy.causes[0]).toMatchObject({
      code: 'client_closed_during_delay',
      sentence: expect.stringMatching(/^The client went away after \d+ ms, while an injected delay of 7 s held its request\.$/),
    });
  });
});

describe('a connection that was idle for longer than its upstream keeps it', () => {
  /** An upstream that closes each connection as its second request arrives: the close and the request crossed. */
  const racing: Answer = (_request, socket, index) => (index === 0 ? ok() : void socket.resetAndDestroy());

  it('is told with how long it was idle, and how long the pool would have kept it', async () => {
    const backend = await wire.backend(racing);
    const http = {
      idleTimeoutMs: 60_000,
      maxConnectionDurationMs: 0,
      maxRequestsPerConnection: 0,
      maxConcurrentStreams: 1,
      initialStreamWindowBytes: 65_536,
    };
    const proxy = await proxyOf({ ports: [backend.port], cluster: { http } });
    await wire.request(proxy.port, get());
    await new Promise((resolve) => setTimeout(resolve, 1100));
    // POST is not tried again on a new connection.
    const second = await wire.request(proxy.port, 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n');
    expect(second.status).toBe(503);
    expect(proxy.causes[1]).toMatchObject({
      code: 'upstream_reset_idle_race',
      sentence: expect.stringMatching(
        /it had been idle for 1\.\d s, and the pool keeps idle connections for 60 s, longer than the upstream's own idle timeout\.$/,
      ),
      evidence: expect.arrayContaining(['pool idle timeout 60000 ms', 'response flag UC']),
    });
  });

  it('is not blamed where the connection had just been used', async () => {
    const backend = await wire.backend(racing);
    const proxy = await proxyOf({ ports: [backend.port] });
    await wire.request(proxy.port, get());
    await wire.request(proxy.port, 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n');
    expect(proxy.causes[1]).toMatchObject({ code: 'upstream_closed' });
  });
});

describe('a TLS handshake with an upstream that fails says why', () => {
  const root = testAuthority('root');
  const stranger = testAuthority('stranger');
  const SERVER = 'spiffe://cluster.local/ns/default/sa/b';
  const identity = (authority: typeof root, uri: string, untilMs?: number): TlsOptions => {
    const { certificate, privateKey } = authority.leaf(uri, untilMs === undefined ? undefined : { untilMs });
    return { cert: certificate, key: privateKey };
  };
  const cases: readonly { name: string; server: TlsOptions | 'plain'; code: string; sentence: RegExp }[] = [
    {
      name: 'its certificate has expired',
      server: identity(root, SERVER, Date.now() - 1000),
      code: 'tls_certificate_expired',
      sentence: /failed: the certificate has expired\.$/,
    },
    {
      name: 'its authority is not trusted',
      server: identity(stranger, SERVER),
      code: 'tls_untrusted_ca',
      sentence: /failed: the certificate is from an authority that is not trusted\.$/,
    },
    {
      name: 'it is somebody else',
      server: identity(root, 'spiffe://cluster.local/ns/default/sa/other'),
      code: 'tls_san_mismatch',
      sentence: /failed: the certificate is for another identity than expected\.$/,
    },
    {
      name: 'it speaks plaintext',
      server: 'plain',
      code: 'tls_plaintext_peer',
      sentence: /failed: the other side does not speak TLS on this port\.$/,
    },
    {
      name: 'no version in common',
      server: { ...identity(root, SERVER), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      code: 'tls_protocol_version',
      sentence: /failed: the two sides have no TLS version in common\.$/,
    },
    {
      name: 'no cipher in common',
      server: { ...identity(root, SERVER), maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
      code: 'tls_no_shared_cipher',
      sentence: /failed: the two sides have no cipher in common\.$/,
    },
  ];
  it.each(cases)('$name', async ({ server, code, sentence }) => {
    const port = await serve(
      server === 'plain'
        ? createServer((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')).on('error', () => undefined))
        : createTlsServer(server),
    );
    const proxy = await proxyOf({
      ports: [port],
      cluster: { transportSocket: { kind: 'tls', tls: outboundTls(SERVER, { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }) } },
      secrets: meshSecrets('spiffe://cluster.local/ns/default/sa/a', root),
    });
    expect((await wire.request(proxy.port, get())).status).toBe(503);
    expect(proxy.causes[0]).toMatchObject({ code, sentence: expect.stringMatching(sentence) });
  });
});

async function serve(server: Server): Promise<number> {
  server.on('error', () => undefined).on('tlsClientError', () => undefined);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  wire.onStop(() => server.close());
  return (server.address() as { readonly port: number }).port;
}
