import { type JsonObject } from '@bufbuild/protobuf';
import { testAuthority } from '@lateen/proxy-config/testing';
import { typed } from '../bootstrap';
import { http1Client, http1ClientOver, http2Client, request, tcpClient } from '../peers/client';
import { http1, tcp, type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const echo = tcp((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
const greets = tcp((socket) => {
  socket.write('220 hello\r\n');
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
const silent = tcp((socket) => void socket.on('data', () => undefined));

const TLS = typed('envoy.filters.listener.tls_inspector', 'filters.listener.tls_inspector.v3.TlsInspector');
const HTTP = typed('envoy.filters.listener.http_inspector', 'filters.listener.http_inspector.v3.HttpInspector');
const TIMES = { listener_filters_timeout: '0.4s', continue_on_listener_filters_timeout: true };

/** HTTP to the connection manager, all else as it is: Istio's outbound port whose protocol nobody told. */
function sniffed(name: string, client: Row['client'], backend: Upstream = http1(ok), times: JsonObject = TIMES): Row {
  const chains: readonly JsonObject[] = [
    { filter_chain_match: { application_protocols: ['http/1.0', 'http/1.1', 'h2c'] }, filters: ['@http'] },
    { filters: ['@tcp'] },
  ];
  return { name, listener: { listener_filters: [TLS, HTTP], filter_chains: [...chains], ...times }, upstreams: { backend }, client };
}

const leaf = testAuthority('sniffing').leaf('server.example');
const behindTls: Upstream = { kind: 'http1', replies: [ok], tls: { cert: leaf.certificate, key: leaf.privateKey } };
const other: Upstream = {
  kind: 'http1',
  replies: ['HTTP/1.1 200 OK\r\nx-other: 1\r\ncontent-length: 0\r\n\r\n'],
  tls: { cert: leaf.certificate, key: leaf.privateKey },
};
const to = (cluster: string): JsonObject => typed('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: '{row}', cluster });

/** TLS that passes by its name. */
function passed(servername: string | undefined, expect: readonly string[], more: JsonObject = {}): Row {
  return {
    name: `passed on by name: ${servername ?? 'none'}${'default_filter_chain' in more ? ', to the default' : ''}`,
    tcp: {},
    listener: {
      listener_filters: [TLS],
      filter_chains: [
        { filter_chain_match: { server_names: ['exact.example'] }, filters: [to('backend')] },
        { filter_chain_match: { server_names: ['*.example'] }, filters: [to('other')] },
      ],
      ...more,
    },
    upstreams: { backend: behindTls, other },
    client: http1ClientOver(servername === undefined ? {} : { servername }, get),
    expect,
  };
}

/** Protocols found out from a connection's first bytes. */
export const sniffing: Area = {
  area: 'sniffing',
  rows: [
    sniffed('HTTP/1.1', http1Client(get)),
    sniffed('HTTP/2 in plaintext', http2Client({})),
    sniffed('HTTP/1.0', http1Client({ send: 'GET / HTTP/1.0\r\n\r\n', wait: 'close' })),
    sniffed(
      'a client that sends its request bit by bit',
      http1Client(
        { send: 'GE', wait: 'nothing', pauseMs: 100 },
        { send: 'T / HTTP/1.1\r\n', wait: 'nothing', pauseMs: 100 },
        { send: 'host: a\r\n\r\n', until: '\r\n\r\nok' },
      ),
    ),
    sniffed(
      'a client that is slower than the time there is',
      tcpClient({ send: 'GE', wait: 'nothing', pauseMs: 700 }, { send: 'T / HTTP/1.1\r\nhost: a\r\n\r\n', until: 'ok' }),
    ),
    sniffed('a server that speaks first', tcpClient({ until: 'hello' }, { send: 'x', until: 'x' }), greets),
    sniffed('a server that speaks first, and no time to find out', tcpClient({ wait: 'close' }), greets, {
      ...TIMES,
      continue_on_listener_filters_timeout: false,
    }),
    {
      ...sniffed('bytes that are no text', tcpClient({ send: '\x00\x01\x02', until: '\x02' }), echo),
      differs: 'a byte that no method begins with is no HTTP, at once; Envoy waits for more of them, as long as it may',
      differsIn: /downstream_pre_cx_timeout/,
    },
    sniffed('a line of another protocol', tcpClient({ send: 'HELO me\r\n', until: 'me' }), echo),
    sniffed('a line of Redis', tcpClient({ send: '*1\r\n$4\r\nPING\r\n', wait: 'nothing', pauseMs: 200 }), echo),
    sniffed('a line that begins as a request does', tcpClient({ send: 'GET key\r\n', wait: 'nothing', pauseMs: 200 }), echo),
    sniffed('a client that ends at once', tcpClient({ end: true, pauseMs: 200 }), echo),
    sniffed('half a hello of TLS', tcpClient({ send: '\x16\x03\x01', wait: 'nothing', pauseMs: 700 }), echo),
    sniffed('a long target', http1Client(request(`GET /${'a'.repeat(9000)}`))),
    {
      ...sniffed('a method in lower case', tcpClient({ send: 'get / HTTP/1.1\r\nhost: a\r\n\r\n', wait: 'nothing', pauseMs: 200 }), echo),
      differs: 'methods have capitals (RFC 9110 §9.1): Envoy takes this for HTTP, to refuse it',
    },
    {
      ...sniffed('a line without an end', tcpClient({ send: `GET /${'a'.repeat(70_000)}`, wait: 'nothing', pauseMs: 500 }), silent),
      differs: 'what begins as HTTP does for 64 KB is taken for HTTP, and refused as such',
    },
    passed('exact.example', ['200 OK', 'content-length: 2']),
    passed('a.example', ['x-other: 1']),
    passed('a.b.example', ['x-other: 1']),
    passed('EXACT.example', ['content-length: 2']),
    passed('example', ['tls refused']),
    passed(undefined, ['tls refused']),
    passed(undefined, ['200 OK'], { default_filter_chain: { filters: ['@tcp'] } }),
  ],
};
