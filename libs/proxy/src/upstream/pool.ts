import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type Random } from '@lateen/base';
import { type Http2Stats } from '../codec/http2/http2-stats';
import { type HeadLimits } from '../codec/http1/parse-fields';
import { type ResetReason } from '../http/local-replies';
import { dial, type DialTls } from '../net/sockets';
import { type Alarm, idleTimers, requestTimers, type TimerWheel } from '../net/timer-wheel';
import { gather, type Transport } from '../net/transport';
import { type TransportSocket } from '@lateen/proxy-config';
import { PEER_EXCHANGE } from '../tcp/peer-exchange';
import { type UpstreamRequest } from '../http/codec';
import { countDestroyed } from './cluster-stats';
import { type Host } from './host';
import { type ConnectionHome, Http1Upstream } from './http1-connection';
import { headLimits, Http2Upstream, type SessionHome } from './http2-connection';
import { countTlsFailure, countTlsHandshake, dialTlsFor } from './dial-tls';

/** A request that waits for a connection. */
export interface PoolWaiter {
  onConnection(connection: UpstreamRequest): void;
  onConnectFailure(reason: ResetReason, message: string): void;
}

/** The name of a request's authority to ask for and verify, where a cluster says so; undefined where it has its own, or for an address. */
export function serverNameFor(socket: Exclude<TransportSocket, { kind: 'unsupported' }>, authority: string): string | undefined {
  if (socket.kind === 'raw' || (!socket.tls.autoSni && !socket.tls.autoSanValidation)) return undefined;
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  return host.startsWith('[') || isIP(host) !== 0 ? undefined : host;
}

/** What is spoken on a pool's connections; `alpn`: whichever of the two TLS agrees on. */
export type UpstreamProtocol = 'http1' | 'http2' | 'alpn';

/** Requests that wait for one HTTP/2 connection before another is opened. */
const WAITING_PER_SESSION = 100;

/** An idle timeout of a minute may be half a second late, one of a second may not. */
const FINE_IDLE_MS = 30_000;

/**
 * Connections to one endpoint with one way of talking. HTTP/1.1: the connection idle for the shortest time goes first.
 * HTTP/2: one connection takes all streams it may, and only then is there another.
 */
export class EndpointPool implements ConnectionHome, SessionHome, Alarm {
  dueTick = 0;
  nextAlarm: Alarm | undefined;
  previousAlarm: Alarm | undefined;
  /** All connections, connecting ones too. */
  size = 0;
  private readonly idle: Http1Upstream[] = [];
  /** HTTP/2 connections that take streams. */
  private sessions: Http2Upstream[] = [];
  private readonly waiting: PoolWaiter[] = [];
  private connecting = 0;
  /** What the endpoint agreed to last, where TLS decides. */
  private agreedHttp1 = false;
  private retired = false;
  /** The one it is armed with, where it is. */
  private idleWheel: TimerWheel = idleTimers;
  readonly limits: HeadLimits;

  constructor(
    private readonly host: Host,
    public socket: Exclude<TransportSocket, { kind: 'unsupported' }>,
    public alpn: readonly string[] | undefined,
    readonly serverName: string | undefined,
    readonly protocol: UpstreamProtocol,
    readonly key: string,
    /** What its connections begin with. */
    private readonly first?: Buffer,
  ) {
    this.limits = headLimits(host.cluster.config.http);
  }

  /**
   * A connection that is free, or a stream on one, at once; or undefined, and `waiter` hears later. `overflow` when a
   * circuit is open. `fresh`: do not reuse, since a reused connection has just failed.
   */
  acquire(waiter: PoolWaiter, fresh: boolean): UpstreamRequest | 'overflow' | undefined {
    for (const session of this.sessions) if (session.hasRoom) return session.next();
    if (!fresh) {
      for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
        connection.idleIndex = -1;
        if (!connection.retired) return connection;
      }
    }
    const { cluster } = this.host;
    const { stats } = cluster;
    const { thresholds } = cluster.config;
    if (stats.upstream_rq_pending_active >= thresholds.maxPendingRequests) {
      stats.upstream_rq_pending_overflow++;
      return 'overflow';
    }
    stats.upstream_rq_pending_active++;
    stats.upstream_rq_pending_total++;
    this.waiting.push(waiter);
    if (this.wantsConnection) {
      // A host without any connection gets one in any case, or its requests would wait for ever.
      if (stats.upstream_cx_active < thresholds.maxConnections || this.size === 0) this.connect();
      else stats.upstream_cx_overflow++;
    }
    return undefined;
  }

  get passesTrailers(): boolean {
    return this.host.cluster.config.http.enableTrailers === true;
  }

  /** Forgets a waiter. */
  cancel(waiter: PoolWaiter): void {
    const index = this.waiting.indexOf(waiter);
    if (index === -1) return;
    this.waiting.splice(index, 1);
    this.host.cluster.stats.upstream_rq_pending_active--;
  }

  /** Closes idle connections, and the others once they are idle. */
  retire(): void {
    this.retired = true;
    this.idleWheel.disarm(this);
    for (const connection of this.idle.splice(0)) connection.transport.destroy();
    for (const session of [...this.sessions]) session.drain();
  }

  onRoom(session: Http2Upstream): void {
    while (this.waiting.length > 0 && session.hasRoom) {
      const waiter = this.waiting.shift()!;
      this.host.cluster.stats.upstream_rq_pending_active--;
      waiter.onConnection(session.next());
    }
    if (session.streams.size === 0) this.watchIdle();
  }

  onDraining(session: Http2Upstream, counter: 'upstream_cx_max_requests' | 'upstream_cx_close_notify' | undefined): void {
    this.sessions = this.sessions.filter((other) => other !== session);
    if (counter !== undefined) this.host.cluster.stats[counter]++;
  }

  onHttp2Event(event: keyof Http2Stats): void {
    this.host.cluster.http2Stats[event]++;
  }

  onProtocolError(): void {
    this.host.cluster.stats.upstream_cx_protocol_error++;
  }

  get random(): Random {
    return this.host.cluster.random;
  }

  onSilent(): void {
    this.host.cluster.http2Stats.keepalive_timeout++;
  }

  onSessionClosed(session: Http2Upstream): void {
    this.sessions = this.sessions.filter((other) => other !== session);
    this.onGone(session.transport, session.endedBusy);
  }

  onIdle(connection: Http1Upstream): void {
    const { http } = this.host.cluster.config;
    const worn = http.maxRequestsPerConnection > 0 && connection.requests >= http.maxRequestsPerConnection;
    // Requests that waited when the endpoint went are still its own: they are not told, and nobody else serves them.
    if ((this.retired && this.waiting.length === 0) || worn) {
      const { stats } = this.host.cluster;
      if (worn) stats.upstream_cx_max_requests++;
      connection.retired = true;
      connection.transport.destroy();
      return;
    }
    connection.idleSince = gather.now();
    const waiter = this.waiting.shift();
    if (waiter !== undefined) {
      this.host.cluster.stats.upstream_rq_pending_active--;
      waiter.onConnection(connection);
      return;
    }
    connection.idleIndex = 0;
    this.idle.push(connection);
    this.watchIdle();
  }

  onClosed(connection: Http1Upstream): void {
    if (connection.closeAnnounced) this.host.cluster.stats.upstream_cx_close_notify++;
    const index = connection.idleIndex === -1 ? -1 : this.idle.indexOf(connection);
    if (index !== -1) this.idle.splice(index, 1);
    if (connection.broken) this.host.cluster.stats.upstream_cx_protocol_error++;
    this.onGone(connection.transport, connection.busy);
  }

  /** Closes connections that were idle too long. */
  onAlarm(): void {
    const timeout = this.host.cluster.config.http.idleTimeoutMs;
    const now = performance.now();
    for (const connection of [...this.idle]) {
      if (now - connection.idleSince < timeout) continue;
      this.host.cluster.stats.upstream_cx_idle_timeout++;
      connection.transport.destroy();
    }
    for (const session of [...this.sessions]) {
      if (session.streams.size > 0 || now - session.idleSince < timeout) continue;
      this.host.cluster.stats.upstream_cx_idle_timeout++;
      session.drain();
    }
    const oldest = this.idle[0] ?? this.sessions.find(({ streams }) => streams.size === 0);
    if (oldest !== undefined && timeout > 0) this.watchIdleFor(Math.max(1, timeout - (now - oldest.idleSince)));
  }

  private watchIdle(): void {
    const { idleTimeoutMs } = this.host.cluster.config.http;
    if (this.dueTick === 0 && idleTimeoutMs > 0) this.watchIdleFor(idleTimeoutMs);
  }

  private watchIdleFor(delayMs: number): void {
    this.idleWheel = this.host.cluster.config.http.idleTimeoutMs < FINE_IDLE_MS ? requestTimers : idleTimers;
    this.idleWheel.arm(this, delayMs);
  }

  private get wantsConnection(): boolean {
    return this.waiting.length > this.connecting * this.perConnection;
  }

  /** Requests that one more connection is expected to take. */
  private get perConnection(): number {
    return this.protocol === 'http1' || this.agreedHttp1
      ? 1
      : Math.min(WAITING_PER_SESSION, this.host.cluster.config.http.maxConcurrentStreams);
  }

  private onGone(transport: Transport, busy: boolean): void {
    const { stats, bytes } = this.host.cluster;
    this.size--;
    bytes.leave(transport);
    countDestroyed(stats, transport.endedByPeer, busy);
    if (this.wantsConnection) this.connect();
  }

  private connect(): void {
    const { cluster, endpoint } = this.host;
    const { stats } = cluster;
    let tls: DialTls | undefined;
    try {
      tls = this.socket.kind === 'tls' ? this.dialTls(this.socket) : undefined;
    } catch (error) {
      this.failWaiting('connection_failure', `TLS_error: ${(error as Error).message}`);
      return;
    }
    this.connecting++;
    this.size++;
    stats.upstream_cx_total++;
    stats.upstream_cx_active++;
    if (this.protocol === 'http1') stats.upstream_cx_http1_total++;
    else if (this.protocol === 'http2') stats.upstream_cx_http2_total++;
    let settled = false;
    const alarm = createAlarm(() => {
      stats.upstream_cx_connect_timeout++;
      failed('connection_timeout', 'connection timeout', false);
      transport.destroy();
    });
    const failed = (reason: ResetReason, message: string, byPeer: boolean): void => {
      if (settled) return;
      settled = true;
      requestTimers.disarm(alarm);
      this.connecting--;
      this.size--;
      countDestroyed(stats, byPeer, false);
      stats.upstream_cx_connect_fail++;
      this.failWaiting(reason, message);
    };
    const transport: Transport = dial(
      {
        address: endpoint.address,
        port: endpoint.port,
        localAddress: cluster.bindAddressFor(endpoint),
        bufferLimitBytes: cluster.config.perConnectionBufferLimitBytes,
        first: this.first,
        tls,
      },
      (ready) => {
        if (settled) return;
        settled = true;
        requestTimers.disarm(alarm);
        this.connecting--;
        countTlsHandshake(this.host, ready);
        this.onReady(ready);
      },
    );
    transport.owner = {
      onBytes: () => undefined,
      onEnd: () => transport.destroy(),
      onDrain: () => undefined,
      onClose: (error) => {
        if (tls !== undefined && !settled) countTlsFailure(this.host, this.key, error);
        failed('connection_failure', describeFailure(error, tls !== undefined), true);
      },
    };
    cluster.keepAlive(transport);
    if (cluster.config.connectTimeoutMs > 0) requestTimers.arm(alarm, cluster.config.connectTimeoutMs);
  }

  private onReady(transport: Transport): void {
    const { stats, config, bytes } = this.host.cluster;
    bytes.join(transport);
    if (this.protocol === 'http2' || (this.protocol === 'alpn' && agreedOn(transport) === 'h2')) {
      this.agreedHttp1 = false;
      if (this.protocol === 'alpn') stats.upstream_cx_http2_total++;
      const session = new Http2Upstream(transport, this, config.http);
      transport.owner = session;
      this.limitAge(transport, () => session.drain());
      this.sessions.push(session);
      this.onRoom(session);
      if (this.retired) session.drain();
      return;
    }
    this.agreedHttp1 = true;
    if (this.protocol === 'alpn') stats.upstream_cx_http1_total++;
    const connection = new Http1Upstream(transport, this);
    transport.owner = connection;
    this.limitAge(transport, () => {
      if (connection.idleIndex === -1) connection.retired = true;
      else transport.destroy();
    });
    this.onIdle(connection);
    // One connection was opened for many; in HTTP/1.1 each needs its own.
    while (this.protocol === 'alpn' && this.wantsConnection && stats.upstream_cx_active < config.thresholds.maxConnections) this.connect();
  }

  /** Ends a connection that is old, once its requests are answered. */
  private limitAge(transport: Transport, end: () => void): void {
    const { stats, config } = this.host.cluster;
    const { maxConnectionDurationMs } = config.http;
    if (maxConnectionDurationMs <= 0) return;
    const alarm = createAlarm(() => {
      stats.upstream_cx_max_duration_reached++;
      end();
    });
    const wheel = maxConnectionDurationMs < FINE_IDLE_MS ? requestTimers : idleTimers;
    wheel.arm(alarm, maxConnectionDurationMs);
    transport.socket.once('close', () => wheel.disarm(alarm));
  }

  private dialTls({ tls }: Extract<TransportSocket, { kind: 'tls' }>): DialTls {
    return dialTlsFor(this.host, tls, {
      way: this.key,
      serverName: tls.autoSni ? this.serverName : tls.sni,
      alpnProtocols: this.offeredProtocols(this.alpn ?? tls.alpnProtocols),
      exactDnsName: tls.autoSanValidation ? (this.serverName ?? '') : undefined,
    });
  }

  /** Peers that agree on `istio-peer-exchange` would send frames before HTTP; the headers carry the same. */
  private offeredProtocols(configured: readonly string[]): readonly string[] {
    const names = configured.filter((name) => name !== PEER_EXCHANGE);
    switch (this.protocol) {
      case 'http1':
        return names.filter((name) => name !== 'h2' && name !== 'istio-h2');
      case 'http2':
        return names.length === 0 ? ['h2'] : names;
      case 'alpn':
        return names.length === 0 ? ['h2', 'http/1.1'] : names;
    }
  }

  /** One failed connection fails the requests that would have shared it; the next one waiting gets another. */
  private failWaiting(reason: ResetReason, message: string): void {
    const { stats } = this.host.cluster;
    for (const waiter of this.waiting.splice(0, this.perConnection)) {
      stats.upstream_rq_pending_active--;
      stats.upstream_rq_pending_failure_eject++;
      waiter.onConnectFailure(reason, message);
    }
    if (this.wantsConnection) this.connect();
  }
}

/** Why a connection could not be made, as `%UPSTREAM_TRANSPORT_FAILURE_REASON%` has it. OpenSSL ends its words with a newline. */
export function describeFailure(error: Error | undefined, tls: boolean): string {
  if (error === undefined || (tls && hasLeft(error))) return tls ? '' : 'connection closed';
  const code = (error as NodeJS.ErrnoException).code;
  return tls && code !== 'ECONNREFUSED'
    ? `TLS_error: ${error.message.trim()}`
    : `delayed connect error: ${SYSTEM_ERRORS[code ?? ''] ?? error.message}`;
}

/** Whether the endpoint ended the connection in the middle of its handshake: the library's word for it, no system call's. */
function hasLeft(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' && error.syscall === undefined;
}

/** What C libraries say, and Envoy with them. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  ETIMEDOUT: 'Connection timed out',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EMFILE: 'Too many open files',
  ENOENT: 'No such file or directory',
};

function agreedOn({ socket }: Transport): string | undefined {
  const name = socket instanceof TLSSocket ? socket.alpnProtocol : undefined;
  return typeof name === 'string' ? name.replace(/^istio-/, '') : undefined;
}

function createAlarm(onAlarm: () => void): Alarm {
  return { dueTick: 0, nextAlarm: undefined, previousAlarm: undefined, onAlarm };
}
