import { type JsonObject } from '@bufbuild/protobuf';
import { typed } from '../bootstrap';
import { tcpClient, atOnce } from '../peers/client';
import { tcp } from '../peers/upstream';
import { type Area, type Row } from '../row';
import { upstreamTls } from './tls-resources';

const echo = tcp((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
const weights = (...list: readonly (readonly [name: string, weight: number])[]) => ({
  weighted_clusters: { clusters: list.map(([name, weight]) => ({ name, weight })) },
});

const to = (cluster: string): JsonObject => typed('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: '{row}', cluster });
const net = (address: string, length: number): JsonObject => ({ address_prefix: address, prefix_len: length });
const match = (match: JsonObject, cluster: string): JsonObject => ({ filter_chain_match: match, filters: [to(cluster)] });
/** What a client says that wants to go there. */
const TO_5_6_7_8 = 'PROXY TCP4 1.2.3.4 5.6.7.8 1000 2000\r\n';

const HELLO = 'another library says hello in another way';
const HELLO_LINES = /^bytes "\\u0016/;
const mute = tcp((socket) => {
  socket.on('data', () => undefined);
  socket.on('end', () => socket.end());
});

/** A connection that goes to `one` of two by its filter chain. */
function chosen(how: string, chains: readonly JsonObject[], first = ''): Row {
  const says = (word: string) => tcp((socket) => void socket.write(word));
  const filters = first === '' ? [] : [typed('envoy.filters.listener.proxy_protocol', 'filters.listener.proxy_protocol.v3.ProxyProtocol')];
  return {
    name: `a destination chosen ${how}`,
    tcp: {},
    listener: { listener_filters: filters, filter_chains: [...chains] },
    upstreams: { one: says('one!'), two: says('two!') },
    client: tcpClient({ send: first, until: '!' }),
    expect: ['one!'],
  };
}

/** Connections that are passed on as they are. */
export const tcpRows: Area = {
  area: 'TCP',
  rows: [
    {
      name: 'bytes both ways',
      tcp: {},
      upstreams: { backend: echo },
      client: tcpClient({ send: 'ping', until: 'ping' }, { send: 'pong', until: 'pong' }),
      expect: ['pingpong'],
    },
    {
      name: 'a server that speaks first',
      tcp: {},
      upstreams: { backend: tcp((socket) => void socket.write('220 hello\r\n')) },
      client: tcpClient({ until: 'hello' }),
      expect: ['220 hello'],
    },
    {
      name: 'a client that ends its half',
      tcp: {},
      upstreams: { backend: tcp((socket) => void socket.on('end', () => socket.end('bye'))) },
      client: tcpClient({ send: 'x', wait: 'nothing', end: true }, { wait: 'close' }),
      expect: ['bye', '(end)'],
    },
    {
      name: 'a server that ends first',
      tcp: {},
      upstreams: { backend: tcp((socket) => void socket.end('done')) },
      client: tcpClient({ wait: 'close' }),
    },
    {
      name: 'a server that resets',
      tcp: {},
      upstreams: { backend: tcp((socket) => void socket.once('data', () => socket.resetAndDestroy())) },
      client: tcpClient({ send: 'x', wait: 'close' }),
    },
    {
      name: 'a client that resets',
      tcp: {},
      upstreams: { backend: echo },
      client: tcpClient({ send: 'ping', until: 'ping', reset: true }),
    },
    {
      differs: 'flags have one order here: that all tries were used up, then what the last one ended with',
      differsIn: /flags=/,
      name: 'nobody listens',
      tcp: {},
      upstreams: { backend: { kind: 'absent' } },
      client: tcpClient({ wait: 'close' }),
      expect: ['UF'],
    },
    {
      differs: 'flags have one order here: that all tries were used up, then what the last one ended with',
      differsIn: /flags=/,
      name: 'nobody listens, tried again',
      tcp: { max_connect_attempts: 3 },
      upstreams: { backend: { kind: 'absent' } },
      client: tcpClient({ wait: 'close' }),
    },
    { name: 'a cluster that is not there', tcp: { cluster: 'nowhere' }, client: tcpClient({ wait: 'close' }), expect: ['flags=NC'] },
    {
      name: 'no endpoint',
      tcp: {},
      clusters: { backend: { load_assignment: { cluster_name: 'backend' } } },
      upstreams: { backend: echo },
      client: tcpClient({ wait: 'close' }),
      expect: ['flags=UH'],
    },
    {
      name: 'all weight on one of two',
      tcp: weights(['second', 1]),
      upstreams: { backend: echo, second: echo },
      client: tcpClient({ send: 'x', until: 'x' }),
      expect: ['cluster=second'],
    },
    {
      name: 'a cluster with two weights',
      tcp: weights(['second', 1], ['second', 3]),
      upstreams: { backend: echo, second: echo },
      client: tcpClient({ send: 'x', until: 'x' }),
      expect: ['cluster=second'],
    },
    {
      name: 'all weight on a cluster that is not there',
      tcp: weights(['nowhere', 1]),
      upstreams: { backend: echo },
      client: tcpClient({ wait: 'close' }),
    },
    chosen('by an address range', [
      match({ prefix_ranges: [net('127.0.0.0', 8)] }, 'one'),
      match({ prefix_ranges: [net('10.0.0.0', 8)] }, 'two'),
    ]),
    chosen('by the longest address range', [
      match({ prefix_ranges: [net('127.0.0.0', 8)] }, 'two'),
      match({ prefix_ranges: [net('127.0.0.1', 32)] }, 'one'),
    ]),
    chosen('by where the client is', [match({ source_prefix_ranges: [net('127.0.0.0', 8)] }, 'one'), match({}, 'two')]),
    chosen('by its being local', [match({ source_type: 'SAME_IP_OR_LOOPBACK' }, 'one'), match({}, 'two')]),
    chosen('by the port it wants', [match({ destination_port: 2000 }, 'one'), match({ destination_port: 2001 }, 'two')], TO_5_6_7_8),
    chosen(
      'by the port before the address',
      [match({ destination_port: 2000 }, 'one'), match({ prefix_ranges: [net('5.6.7.8', 32)] }, 'two')],
      TO_5_6_7_8,
    ),
    chosen(
      'by the address it wants',
      [match({ prefix_ranges: [net('127.0.0.1', 32)] }, 'two'), match({ prefix_ranges: [net('5.6.7.0', 24)] }, 'one')],
      TO_5_6_7_8,
    ),
    {
      ...chosen('by a port nobody wants', [match({ destination_port: 9 }, 'one')]),
      client: tcpClient({ wait: 'close' }),
      expect: [],
    },
    {
      name: 'a server that resets a connection it has just taken',
      tcp: {},
      upstreams: { backend: tcp((socket) => void socket.resetAndDestroy()) },
      client: tcpClient({ wait: 'close' }),
      expect: ['flags=UR'],
    },
    {
      name: 'a server that ends first, and a client that goes on',
      tcp: {},
      upstreams: {
        backend: tcp((socket) => {
          socket.end('bye');
          socket.on('data', () => undefined);
        }),
      },
      client: tcpClient({ until: 'bye', pauseMs: 150 }, { send: 'late', wait: 'nothing', end: true, pauseMs: 100 }),
    },
    {
      name: 'nothing moves for a while',
      tcp: { idle_timeout: '0.3s' },
      upstreams: { backend: echo },
      client: tcpClient({ send: 'x', until: 'x' }, { wait: 'close' }),
      expect: ['(closed)'],
    },
    {
      name: 'a connection has had its time',
      tcp: { max_downstream_connection_duration: '0.3s' },
      upstreams: { backend: echo },
      client: tcpClient({ send: 'x', until: 'x' }, { wait: 'close' }),
    },
    {
      name: 'no more connections than allowed',
      tcp: {},
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_connections: 1 }] } } },
      upstreams: { backend: echo },
      client: atOnce(tcpClient({ send: 'x', until: 'x', pauseMs: 300 }), tcpClient({ wait: 'close' })),
      expect: ['flags=UO'],
    },
    {
      name: 'nobody may wait for a connection',
      tcp: {},
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] } } },
      upstreams: { backend: echo },
      client: tcpClient({ wait: 'close' }),
      expect: ['flags=URX', 'upstream_rq_pending_overflow 1'],
    },
    {
      name: 'nobody may wait for a connection, and three are tried',
      tcp: { max_connect_attempts: 3 },
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] } } },
      upstreams: { backend: echo },
      client: tcpClient({ wait: 'close' }),
    },
    {
      name: 'one may wait for a connection, and has it',
      tcp: {},
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_pending_requests: 1 }] } } },
      upstreams: { backend: echo },
      client: atOnce(tcpClient({ send: 'x', until: 'x', pauseMs: 300 }), tcpClient({ send: 'y', until: 'y' })),
    },
    {
      name: 'one may wait for a connection, and another comes',
      tcp: { max_downstream_connection_duration: '0.5s' },
      clusters: { backend: { ...upstreamTls(), connect_timeout: '5s', circuit_breakers: { thresholds: [{ max_pending_requests: 1 }] } } },
      upstreams: { backend: mute },
      client: atOnce(tcpClient({ wait: 'close' }), tcpClient({ wait: 'close' })),
      expect: ['upstream_rq_pending_overflow 1'],
      differs: HELLO,
      differsIn: HELLO_LINES,
    },
    {
      name: 'a connection has had its time before there is another',
      tcp: { max_downstream_connection_duration: '0.3s' },
      clusters: { backend: { ...upstreamTls(), connect_timeout: '5s' } },
      upstreams: { backend: mute },
      client: tcpClient({ send: 'x', wait: 'close' }),
      expect: ['flags=DT', 'host=-', 'upstream_rq_cancelled 1'],
      differs: HELLO,
      differsIn: HELLO_LINES,
    },
    {
      name: 'a connection has had its time before there is another, and nothing was said',
      tcp: { max_downstream_connection_duration: '0.3s' },
      clusters: { backend: { ...upstreamTls(), connect_timeout: '5s' } },
      upstreams: { backend: mute },
      client: tcpClient({ wait: 'close' }),
      differs: HELLO,
      differsIn: HELLO_LINES,
    },
    {
      name: '200 KB there and back',
      tcp: {},
      upstreams: { backend: echo },
      client: tcpClient({ send: `${'x'.repeat(200_000)}!`, until: '!' }),
    },
  ],
};
