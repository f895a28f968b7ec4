import { type Peer } from '@lateen/telemetry';
import { type UpstreamConnection, type UpstreamHandler, type UpstreamRequest } from '../http/codec';
import { type RequestHead } from '../codec/head';
import { type OutgoingFraming } from '../codec/http1/encode';
import { dial } from '../net/sockets';
import { type Transport, type TransportOwner } from '../net/transport';
import { Wait } from '../net/wait';
import { type TransportSocket } from '@lateen/proxy-config';
import { countTlsFailure, countTlsHandshake, dialTlsFor } from './dial-tls';
import { countDestroyed } from './cluster-stats';
import { localTextOf, peerUriOf } from './endpoint-facts';
import { type Host } from './host';
import { describeFailure, type PoolWaiter } from './pool';
import { type ProxiedClient, proxyHeader } from './proxy-header';

/** Where the content of a CONNECT, or of a POST in its place, goes, and what it begins with there. */
export interface ConnectTcpOptions {
  readonly host: Host;
  readonly socket: Exclude<TransportSocket, { kind: 'unsupported' }>;
  readonly client: ProxiedClient;
  /** Version of the PROXY header to begin with; absent: the socket's. */
  readonly proxyProtocol?: 1 | 2;
  readonly waiter: PoolWaiter;
}

/**
 * Connects to an endpoint for one CONNECT that ends here; the waiter gets a request whose response is 200 at once and
 * whose content is the connection's bytes. Returns what to cancel it with, or `overflow` when a circuit is open.
 * Spec: Envoy `ConnectConfig`, RFC 9110 §9.3.6.
 */
export function connectTcp({ host, socket, client, proxyProtocol, waiter }: ConnectTcpOptions): { cancel(): void } | 'overflow' {
  const { cluster, endpoint } = host;
  const { stats } = cluster;
  if (stats.upstream_cx_active >= cluster.config.thresholds.maxConnections) {
    stats.upstream_cx_overflow++;
    return 'overflow';
  }
  if (stats.upstream_rq_pending_active >= cluster.config.thresholds.maxPendingRequests) {
    stats.upstream_rq_pending_overflow++;
    return 'overflow';
  }
  const way = `tcp ${cluster.socketKey(socket, undefined)}`;
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    stats.upstream_rq_pending_active--;
    limit.disarm();
    return true;
  };
  const gone = (byPeer: boolean, busy: boolean): void => {
    if (transport !== undefined) cluster.bytes.leave(transport);
    countDestroyed(stats, byPeer, busy);
  };
  const fail = (reason: Parameters<PoolWaiter['onConnectFailure']>[0], message: string): void => {
    if (!settle()) return;
    gone(reason !== 'connection_timeout', false);
    stats.upstream_cx_connect_fail++;
    stats.upstream_rq_pending_failure_eject++;
    waiter.onConnectFailure(reason, message);
  };
  const limit = new Wait(() => {
    stats.upstream_cx_connect_timeout++;
    fail('connection_timeout', 'connection timeout');
    transport?.destroy();
  });
  let transport: Transport | undefined;
  stats.upstream_rq_pending_total++;
  stats.upstream_rq_pending_active++;
  stats.upstream_cx_total++;
  stats.upstream_cx_active++;
  const version = proxyProtocol ?? socket.proxyProtocol;
  try {
    transport = dial(
      {
        address: endpoint.address,
        port: endpoint.port,
        localAddress: cluster.bindAddressFor(endpoint),
        first: version === undefined ? undefined : proxyHeader(version, client),
        tls: socket.kind === 'raw' ? undefined : dialTlsFor(host, socket.tls, { way, serverName: socket.tls.sni, alpnProtocols: [] }),
      },
      (ready) => {
        if (!settle()) return;
        countTlsHandshake(host, ready);
        cluster.bytes.join(ready);
        waiter.onConnection(new TcpUpstream(ready, gone));
      },
    );
  } catch (error) {
    // The caller goes on first: it does not expect its answer while it asks.
    queueMicrotask(() => fail('connection_failure', `TLS_error: ${(error as Error).message}`));
    return { cancel: () => void (settle() && gone(false, false)) };
  }
  transport.owner = {
    onBytes: () => undefined,
    onEnd: () => transport.destroy(),
    onDrain: () => undefined,
    onClose: (error) => {
      if (socket.kind === 'tls' && !settled) countTlsFailure(host, way, error);
      fail('connection_failure', describeFailure(error, socket.kind === 'tls'));
    },
  };
  cluster.keepAlive(transport);
  if (cluster.config.connectTimeoutMs > 0) limit.arm(cluster.config.connectTimeoutMs);
  return {
    cancel: () => {
      if (!settle()) return;
      gone(false, false);
      transport.destroy();
    },
  };
}

/** A TCP connection to an endpoint as the upstream side of a CONNECT. */
class TcpUpstream implements UpstreamRequest, UpstreamConnection, TransportOwner {
  readonly multiplexed = false;
  readonly reused = false;
  readonly responseBegun = true;
  readonly localText: string;
  readonly peerUri: string;
  peer: Peer | undefined;
  private handler: UpstreamHandler | undefined;
  /** The endpoint has ended its side. */
  private ended = false;
  /** And we had before. */
  private endedLast = false;
  /** For a CONNECT: each side ends by itself. An answer to POST is over when the endpoint has ended. */
  private tunnel = true;

  constructor(
    private readonly transport: Transport,
    private readonly gone: (byPeer: boolean, busy: boolean) => void,
  ) {
    transport.owner = this;
    this.localText = localTextOf(transport);
    this.peerUri = peerUriOf(transport);
  }

  get connection(): UpstreamConnection {
    return this;
  }

  get encrypted(): boolean {
    return this.transport.encrypted;
  }

  get blocked(): boolean {
    return this.transport.blocked;
  }

  begin(handler: UpstreamHandler): void {
    this.handler = handler;
  }

  /** The connection is the answer. */
  sendHead(_head: RequestHead, _framing: OutgoingFraming, end: boolean, upgrade: string | undefined): void {
    const { handler } = this;
    if (handler === undefined) return;
    this.tunnel = upgrade !== undefined;
    handler.responseHead.resetFields();
    handler.responseHead.status = 200;
    handler.onResponseHead(false);
    if (end && !this.tunnel) this.sendEnd();
  }

  sendBody(buffer: Buffer, start: number, end: number): void {
    this.transport.forward(buffer, start, end);
  }

  sendEnd(): void {
    if (this.ended) this.finish();
    else this.transport.end();
  }

  pauseResponse(): void {
    this.transport.pause();
  }

  resumeResponse(): void {
    this.transport.resume();
  }

  abandon(): void {
    this.handler = undefined;
    this.transport.destroy();
  }

  onBytes(buffer: Buffer, length: number): void {
    this.handler?.onResponseBody(buffer, 0, length);
  }

  onEnd(): void {
    const { handler } = this;
    this.ended = true;
    this.endedLast = this.transport.ended;
    if (this.transport.ended || !this.tunnel) this.finish();
    handler?.onResponseEnd();
  }

  onDrain(): void {
    this.handler?.onUpstreamDrain();
  }

  onClose(error: Error | undefined): void {
    const { handler } = this;
    this.handler = undefined;
    this.gone(this.endedLast || error !== undefined, !this.endedLast);
    handler?.onUpstreamReset('connection_termination', error?.message ?? '');
  }

  /** Both sides have ended. */
  private finish(): void {
    this.handler = undefined;
    this.transport.endAndDestroy();
  }
}
