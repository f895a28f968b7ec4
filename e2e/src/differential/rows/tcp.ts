import { tcpClient, atOnce } from '../peers/client';
import { tcp } from '../peers/upstream';
import { type Area } from '../row';

const echo = tcp((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
const weights = (...list: readonly (readonly [name: string, weight: number])[]) => ({
  weighted_clusters: { clusters: list.map(([name, weight]) => ({ name, weight })) },
});

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
      name: '200 KB there and back',
      tcp: {},
      upstreams: { backend: echo },
      client: tcpClient({ send: `${'x'.repeat(200_000)}!`, until: '!' }),
    },
  ],
};
