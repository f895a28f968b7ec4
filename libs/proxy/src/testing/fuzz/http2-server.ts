import { systemClock, systemRandom } from '@lateen/base';
import { type StreamRecord } from '@lateen/telemetry';
import { createHttp2Stats } from '../../codec/http2/http2-stats';
import { Http2Downstream } from '../../downstream/http2-connection';
import { ByteTally } from '../../net/byte-tally';
import { createTcpStats } from '../../tcp/tcp-stats';
import { createHttpStats, type HttpStats } from '../../http/http-stats';
import { HttpManager, type HttpServices } from '../../http/manager';
import { type ConnectionInfo } from '../../http/connection-info';
import { Observer } from '../../observe/observer';
import { forwardTo, listener, manager, route } from '../fixtures';
import { readSaid, type Said } from './frames';
import { MemoryTransport } from './memory-transport';
import { same } from './same';

/** Paths that begin so get a response larger than a window; others one from the proxy, whose cluster is missing. */
const CONFIG = manager([
  route('/large', { kind: 'directResponse', status: 200, body: 'x'.repeat(100_000) }),
  route('/', forwardTo('missing')),
]);

/**
 * Takes bytes as all that a client sends on an HTTP/2 connection. Throws on a bug only: when the proxy breaks the
 * protocol itself, says something else when the bytes come in pieces, or does not account for each stream exactly once.
 */
export function fuzzHttp2Server(bytes: Buffer): void {
  const whole = serve([bytes]);
  const at = bytes.length === 0 ? 0 : bytes[bytes.length >> 1]! % bytes.length;
  same('what it says, cut in two', serve([bytes.subarray(0, at), bytes.subarray(at)]), whole);
  if (bytes.length > 200) return;
  same('what it says, byte by byte', serve(Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1))), whole);
}

function serve(pieces: readonly Buffer[]): Said {
  const memory = new MemoryTransport();
  const stats: HttpStats = createHttpStats();
  let records = 0;
  let endings = 0;
  const services: HttpServices = {
    clusters: { get: () => undefined, waitsFor: () => undefined } as unknown as HttpServices['clusters'],
    clock: systemClock,
    random: systemRandom,
    filters: { random: systemRandom, peers: undefined as unknown as HttpServices['filters']['peers'], ownMetadata: '', ownMetadataId: '' },
    routeTable: () => undefined,
    tracerFor: () => undefined,
    observersFor: () => [(_record: StreamRecord) => void records++],
    observer: new Observer({
      clock: systemClock,
      metrics: undefined as unknown as ConstructorParameters<typeof Observer>[0]['metrics'],
      clusters: () => [],
      connections: () => 0,
    }),
    http1Stats: { dropped_headers_with_underscores: 0, requests_rejected_with_underscores_in_headers: 0 },
    http2Stats: createHttp2Stats(),
    statsFor: () => stats,
    bytesFor: () => new ByteTally(() => undefined),
    tcpStatsFor: () => ({ stats: createTcpStats(), bytes: new ByteTally(() => undefined) }),
    isDraining: () => false,
  };
  const session = new Http2Downstream(memory.transport, new HttpManager(CONFIG, listener('l', {}), services), CONNECTION, () => endings++);
  memory.transport.owner = session;
  for (const piece of pieces) memory.receive(piece);
  memory.close();
  same('streams that are open', stats.downstream_rq_active, 0);
  same('connections that are open', [stats.downstream_cx_active, endings], [0, 1]);
  same('records', records, stats.downstream_rq_total);
  same('streams left', session.streams.size, 0);
  return readSaid(memory.sent());
}

const CONNECTION: ConnectionInfo = {
  id: 1,
  remote: { address: '127.0.0.1', port: 1 },
  local: { address: '127.0.0.1', port: 2 },
  destination: undefined,
  remoteText: '127.0.0.1:1',
  directText: '127.0.0.1:1',
  localText: '127.0.0.1:2',
  serverName: '',
};
