import { TLSSocket } from 'node:tls';
import { pickWeighted } from '@lateen/routing';
import { createStreamRecord, RESPONSE_FLAG, type StreamRecord } from '@lateen/telemetry';
import { type TcpProxy, type TransportSocket } from '@lateen/proxy-config';
import { type ConnectionInfo } from '../http/connection-info';
import { circuitFacts, endpointFacts } from '../http/failure-facts';
import { type HttpServices } from '../http/manager';
import { dial } from '../net/sockets';
import { type Transport, type TransportOwner } from '../net/transport';
import { Wait } from '../net/wait';
import { type ByteTally } from '../net/byte-tally';
import { type ClusterRuntime } from '../upstream/cluster';
import { countDestroyed } from '../upstream/cluster-stats';
import { type Host } from '../upstream/host';
import { proxyHeader } from '../upstream/proxy-header';
import { countTlsFailure, countTlsHandshake, dialTlsFor } from '../upstream/dial-tls';
import { describeFailure } from '../upstream/pool';
import { peerUriOf } from '../upstream/endpoint-facts';
import { type TcpStats } from './tcp-stats';
import { FrameReader, PEER_EXCHANGE } from './peer-exchange';

/** Hears of a connection's start, of its bytes now and then, and of its end. */
export interface TcpObserver {
  /** Milliseconds between two reports. */
  readonly reportMs: number;
  opened(record: StreamRecord): void;
  /** Bytes since the last report, the last one right before `closed`. */
  report(record: StreamRecord, sentBytes: number, receivedBytes: number): void;
  /** A cluster was chosen, there or not; called once. */
  routed(cluster: string): void;
  closed(record: StreamRecord): void;
}

/** What a TCP proxy is started with. */
export interface TcpProxyOptions {
  readonly transport: Transport;
  readonly connection: ConnectionInfo;
  readonly config: TcpProxy;
  /** The cluster the connection's server name stands for, in place of the configured ones. */
  readonly clusterName?: string;
  readonly services: HttpServices;
  readonly inbound: boolean;
  /** The client agreed to tell who it is first. */
  readonly exchange: boolean;
  /** Bytes read while the connection was looked at. */
  readonly peeked: Buffer;
  readonly observer: TcpObserver;
  readonly onGone: () => void;
}

/** Bytes from a client to an endpoint of one of some clusters, and back. Spec: Envoy `TcpProxy`. */
export class TcpProxySession {
  private readonly downstream: Transport;
  private readonly stats: TcpStats;
  private readonly bytes: ByteTally;
  /** The endpoint was the last to end. */
  private upstreamEndedLast = false;
  private upstream: Transport | undefined;
  private connected = false;
  private pending: Buffer[] = [];
  private cluster: ClusterRuntime | undefined;
  private host: Host | undefined;
  /** The cluster that counts it among those that wait for their connection. */
  private pendingAt: ClusterRuntime | undefined;
  private attempts = 0;
  private finished = false;
  private downstreamEnded = false;
  private readonly startedAt = performance.now();
  private readonly record = createStreamRecord();
  /** Who still has to tell its metadata. */
  private awaited: { downstream: FrameReader | undefined; upstream: FrameReader | undefined } = {
    downstream: undefined,
    upstream: undefined,
  };
  private openedTold = false;
  private reportedSent = 0;
  private reportedReceived = 0;
  private readonly reports = new Wait(() => this.report(true));
  private readonly age = new Wait(() => {
    this.stats.max_downstream_connection_duration++;
    this.end('max_connection_duration', RESPONSE_FLAG.DT);
  });
  private readonly idle = new Wait(() => {
    this.stats.idle_timeout++;
    this.end('idle_timeout', 0);
  });
  private readonly connectTimeout = new Wait(() => {
    if (this.cluster !== undefined) this.cluster.stats.upstream_cx_connect_timeout++;
    this.onConnectFailed('');
  });

  constructor(private readonly options: TcpProxyOptions) {
    const { connection, inbound, services, peeked } = options;
    this.downstream = options.transport;
    const { record } = this;
    record.protocol = 'tcp';
    record.reporter = inbound ? 'destination' : 'source';
    record.startTimeMs = services.clock.now();
    record.connectionId = connection.id;
    record.downstreamLocalAddress = connection.localText;
    record.downstreamRemoteAddress = connection.remoteText;
    record.downstreamDirectAddress = connection.directText;
    record.requestedServerName = connection.serverName;
    record.downstreamTlsVersion = connection.tls?.version ?? '';
    record.downstreamPeerUriSan = connection.tls?.peerUris[0] ?? '';
    record.mutualTls = inbound && connection.tls?.peerVerified === true;
    if (options.exchange) {
      this.awaited = { downstream: new FrameReader(), upstream: undefined };
      this.sendOwnFrame(this.downstream);
    } else if (inbound && record.downstreamPeerUriSan !== '')
      record.peer = services.filters.peers.fromWorkload('', record.downstreamPeerUriSan);
    if (peeked.length > 0) this.fromDownstream(peeked, peeked.length);
    this.downstream.owner = this.ownerOf(
      (buffer, length) => this.fromDownstream(buffer, length),
      () => this.onDownstreamEnd(),
      () => this.upstream?.resume(),
    );
    const { stats, bytes } = services.tcpStatsFor(options.config.statPrefix);
    this.stats = stats;
    this.bytes = bytes;
    stats.downstream_cx_total++;
    bytes.join(this.downstream, this.downstream.bytesRead - peeked.length);
    this.downstream.pause();
    this.start();
  }

  private start(): void {
    const { config, services } = this.options;
    const name =
      this.options.clusterName ??
      (config.clusters.length === 1 ? config.clusters[0] : pickWeighted(config.clusters, config.totalWeight, services.random))?.name ??
      '';
    this.options.observer.routed(name);
    this.record.upstreamCluster = name;
    this.cluster = services.clusters.get(name);
    if (this.cluster === undefined) this.record.upstreamCluster = '';
    this.record.clusterMetadata = this.cluster?.config.metadata;
    this.record.cluster = this.cluster?.labels;
    const { observer } = this.options;
    // A series has the peer in its labels: it is counted once that is known.
    if (this.options.inbound && !this.options.exchange) this.tellOpened();
    this.reports.arm(observer.reportMs);
    if (config.maxDownstreamConnectionDurationMs > 0) this.age.arm(config.maxDownstreamConnectionDurationMs);
    if (this.cluster === undefined) {
      this.stats.downstream_cx_no_route++;
      this.record.failure = { wantedCluster: name, waitsFor: services.clusters.waitsFor(name) };
      this.fail(RESPONSE_FLAG.NC);
      return;
    }
    this.connect(this.cluster);
  }

  private connect(cluster: ClusterRuntime): void {
    const host = cluster.pick(this.options.connection.destination);
    if (host === undefined) {
      this.record.failure = endpointFacts(cluster);
      this.fail(RESPONSE_FLAG.UH);
      return;
    }
    const { endpoint } = host;
    const socket = cluster.socketFor(endpoint);
    if (socket.kind === 'unsupported') {
      this.fail(RESPONSE_FLAG.UF);
      return;
    }
    if (cluster.stats.upstream_cx_active >= cluster.config.thresholds.maxConnections) {
      cluster.stats.upstream_cx_overflow++;
      this.record.failure = circuitFacts(cluster);
      this.fail(RESPONSE_FLAG.UO);
      return;
    }
    this.record.attempts = ++this.attempts;
    if (cluster.stats.upstream_rq_pending_active >= cluster.config.thresholds.maxPendingRequests) {
      cluster.stats.upstream_rq_pending_overflow++;
      this.record.failure = circuitFacts(cluster);
      // Not within one another: there may be as many attempts as a configuration likes.
      queueMicrotask(() => {
        if (!this.finished) this.tryAgain(cluster, RESPONSE_FLAG.URX);
      });
      return;
    }
    cluster.stats.upstream_rq_pending_total++;
    cluster.stats.upstream_rq_pending_active++;
    this.pendingAt = cluster;
    this.host = host;
    host.active++;
    cluster.stats.upstream_cx_total++;
    cluster.stats.upstream_cx_active++;
    this.record.upstreamHost = endpoint.key;
    try {
      const tls =
        socket.kind === 'raw'
          ? undefined
          : dialTlsFor(host, socket.tls, {
              way: this.tlsWay(socket),
              serverName: socket.tls.sni,
              alpnProtocols: socket.tls.alpnProtocols.filter((name) => name !== PEER_EXCHANGE || this.exchangesWith(cluster)),
            });
      const upstream = dial(
        {
          address: endpoint.address,
          port: endpoint.port,
          localAddress: cluster.bindAddressFor(endpoint),
          bufferLimitBytes: cluster.config.perConnectionBufferLimitBytes,
          first: socket.proxyProtocol === undefined ? undefined : proxyHeader(socket.proxyProtocol, this.options.connection),
          tls,
        },
        () => this.onConnected(),
      );
      this.upstream = upstream;
      upstream.owner = this.ownerOf(
        (buffer, length) => this.fromUpstream(buffer, length),
        () => this.onUpstreamEnd(),
        () => this.downstream.resume(),
        (error) => {
          if (socket.kind === 'raw' && (error as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET') {
            this.onConnectedAndReset();
            return;
          }
          if (socket.kind === 'tls' && !this.connected && !this.finished) countTlsFailure(host, this.tlsWay(socket), error);
          this.onConnectFailed(describeFailure(error, socket.kind === 'tls'));
        },
      );
      cluster.keepAlive(upstream);
      if (cluster.config.connectTimeoutMs > 0) this.connectTimeout.arm(cluster.config.connectTimeoutMs);
    } catch (error) {
      this.onConnectFailed((error as Error).message);
    }
  }

  /** What its sessions are remembered by. */
  private tlsWay(socket: Extract<TransportSocket, { kind: 'tls' }>): string {
    return `tcp ${this.cluster!.socketKey(socket, undefined)}`;
  }

  private onConnected(): void {
    const upstream = this.upstream!;
    this.connected = true;
    this.endPending();
    this.cluster!.stats.upstream_rq_total++;
    this.cluster!.stats.upstream_rq_active++;
    this.cluster!.bytes.join(upstream);
    if (this.host !== undefined) countTlsHandshake(this.host, upstream);
    this.connectTimeout.disarm();
    this.downstream.readInBulk();
    upstream.readInBulk();
    this.meetUpstream(upstream);
    for (const bytes of this.pending) upstream.output().bytes(bytes, 0, bytes.length);
    this.pending = [];
    if (this.downstreamEnded) upstream.end();
    this.downstream.resume();
    this.touch();
  }

  /** Nobody can reset what was never open: it was, for so short a time that the system tells of its end alone. */
  private onConnectedAndReset(): void {
    if (this.connected || this.finished) return;
    this.connected = true;
    this.endPending();
    this.cluster!.stats.upstream_rq_total++;
    this.cluster!.stats.upstream_rq_active++;
    this.record.responseFlags |= RESPONSE_FLAG.UR;
    this.upstreamEndedLast = true;
    this.downstream.reset();
    this.finish();
  }

  private onConnectFailed(message: string): void {
    if (this.connected || this.finished) return;
    const { cluster } = this;
    this.endPending();
    this.connectTimeout.disarm();
    this.record.upstreamTransportFailureReason = message;
    const failed = this.upstream;
    this.upstream = undefined;
    this.upstreamEndedLast = failed?.endedByPeer === true;
    this.releaseHost();
    this.upstreamEndedLast = false;
    failed?.destroy();
    if (cluster === undefined) return;
    cluster.stats.upstream_cx_connect_fail++;
    cluster.stats.upstream_rq_pending_failure_eject++;
    this.tryAgain(cluster, RESPONSE_FLAG.UF | RESPONSE_FLAG.URX);
  }

  private tryAgain(cluster: ClusterRuntime, flags: number): void {
    if (this.attempts < this.options.config.maxConnectAttempts) this.connect(cluster);
    else {
      cluster.stats.upstream_cx_connect_attempts_exceeded++;
      this.fail(flags);
    }
  }

  /** It is no longer a connection's turn to come: it has, or it will not. */
  private endPending(): void {
    if (this.pendingAt === undefined) return;
    this.pendingAt.stats.upstream_rq_pending_active--;
    this.pendingAt = undefined;
  }

  /** Learns who serves, from its certificate and endpoint, or by asking. */
  private meetUpstream(upstream: Transport): void {
    const { record, options } = this;
    if (options.inbound) return;
    record.mutualTls = upstream.encrypted;
    const { socket } = upstream;
    if (socket instanceof TLSSocket) {
      record.upstreamPeerUriSan = peerUriOf(upstream);
      if (socket.alpnProtocol === PEER_EXCHANGE) {
        this.awaited.upstream = new FrameReader();
        this.sendOwnFrame(upstream);
        return;
      }
    }
    const workload = this.host?.endpoint.workload;
    if (workload !== undefined || record.upstreamPeerUriSan !== '')
      record.peer = options.services.filters.peers.fromWorkload(workload ?? '', record.upstreamPeerUriSan);
    this.tellOpened();
  }

  private exchangesWith(cluster: ClusterRuntime): boolean {
    return (
      this.options.services.filters.ownPeerFrame !== undefined && cluster.config.filters.some(({ kind }) => kind === 'metadata_exchange')
    );
  }

  private sendOwnFrame(transport: Transport): void {
    const frame = this.options.services.filters.ownPeerFrame;
    if (frame !== undefined) transport.output().bytes(frame, 0, frame.length);
  }

  /** Takes the peer's frame off its first bytes: what is left of them, or undefined while more are needed. */
  private learnPeer(reader: FrameReader, buffer: Buffer, length: number, principal: string): Buffer | undefined {
    const read = reader.read(buffer.subarray(0, length));
    if (read === undefined) return undefined;
    const { peers } = this.options.services.filters;
    this.record.peer = read.labels === undefined ? peers.fromWorkload('', principal) : peers.fromLabels(read.labels, principal);
    this.tellOpened();
    return read.rest;
  }

  private tellOpened(): void {
    if (this.openedTold) return;
    this.openedTold = true;
    this.options.observer.opened(this.record);
  }

  private fromDownstream(buffer: Buffer, length: number): void {
    const reader = this.awaited.downstream;
    if (reader !== undefined) {
      const rest = this.learnPeer(reader, buffer, length, this.record.downstreamPeerUriSan);
      if (rest === undefined) return;
      this.awaited.downstream = undefined;
      if (rest.length > 0) this.fromDownstream(rest, rest.length);
      return;
    }
    this.record.bytesReceived += length;
    const { upstream } = this;
    if (upstream === undefined || !this.connected) {
      this.pending.push(Buffer.from(buffer.subarray(0, length)));
      return;
    }
    this.idle.touch();
    upstream.forward(buffer, 0, length);
    if (upstream.blocked) this.downstream.pause();
  }

  private fromUpstream(buffer: Buffer, length: number): void {
    const reader = this.awaited.upstream;
    if (reader !== undefined) {
      const rest = this.learnPeer(reader, buffer, length, this.record.upstreamPeerUriSan);
      if (rest === undefined) return;
      this.awaited.upstream = undefined;
      if (rest.length > 0) this.fromUpstream(rest, rest.length);
      return;
    }
    this.record.bytesSent += length;
    this.idle.touch();
    this.downstream.forward(buffer, 0, length);
    if (this.downstream.blocked) this.upstream?.pause();
  }

  private onDownstreamEnd(): void {
    this.downstreamEnded = true;
    if (this.connected) this.upstream?.end();
    if (this.upstream?.ended === true && this.downstream.ended) this.finish();
  }

  private onUpstreamEnd(): void {
    this.upstreamEndedLast = this.downstreamEnded;
    this.downstream.end();
    if (this.downstreamEnded) this.finish();
  }

  private ownerOf(
    onBytes: TransportOwner['onBytes'],
    onEnd: () => void,
    onDrain: () => void,
    onEarlyClose?: (error: Error | undefined) => void,
  ): TransportOwner {
    return {
      onBytes,
      onEnd,
      onDrain,
      onClose: (error) => {
        if (onEarlyClose !== undefined && !this.connected) {
          onEarlyClose(error);
          return;
        }
        // A reset is passed on as one.
        if (error !== undefined && !this.finished) {
          if (onEarlyClose !== undefined) {
            this.record.responseFlags |= RESPONSE_FLAG.UR;
            this.upstreamEndedLast = true;
          }
          (onEarlyClose === undefined ? this.upstream : this.downstream)?.reset();
        }
        this.finish();
      },
    };
  }

  private touch(): void {
    const { idleTimeoutMs } = this.options.config;
    if (idleTimeoutMs > 0) this.idle.arm(idleTimeoutMs);
  }

  private fail(flag: number): void {
    this.record.responseFlags |= flag;
    this.finish();
  }

  /** Closes both ends now, because the proxy does. */
  close(): void {
    this.end('drained', 0);
  }

  private end(why: string, flag: number): void {
    if (!this.finished) this.record.connectionTerminationDetails = why;
    if (this.pendingAt !== undefined) {
      // Nobody has served it: the host was one that might have.
      this.pendingAt.stats.upstream_rq_cancelled++;
      this.record.upstreamHost = '';
    }
    this.fail(flag);
  }

  private report(again: boolean): void {
    if (again) this.reports.arm(this.options.observer.reportMs);
    if (!this.openedTold) return;
    const { record, options } = this;
    const sent = record.bytesSent - this.reportedSent;
    const received = record.bytesReceived - this.reportedReceived;
    this.reportedSent = record.bytesSent;
    this.reportedReceived = record.bytesReceived;
    if (sent > 0 || received > 0) options.observer.report(record, sent, received);
  }

  private releaseHost(): void {
    const { host } = this;
    if (host === undefined) return;
    this.host = undefined;
    host.active--;
    countDestroyed(host.cluster.stats, this.upstreamEndedLast, this.connected);
    if (this.connected) host.cluster.stats.upstream_rq_active--;
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.idle.disarm();
    this.age.disarm();
    this.reports.disarm();
    this.connectTimeout.disarm();
    this.tellOpened();
    this.report(false);
    this.endPending();
    this.releaseHost();
    const { upstream } = this;
    if (upstream?.hasUnsent === true && this.connected) this.stats.upstream_flush_total++;
    // What the client has said went nowhere, read or not: a reset tells it so.
    if (this.connected || this.downstream.encrypted) this.downstream.endAndDestroy();
    else if (this.pending.length > 0) this.downstream.reset();
    else this.downstream.destroy();
    upstream?.endAndDestroy();
    this.bytes.leave(this.downstream);
    if (upstream !== undefined) this.cluster?.bytes.leave(upstream);
    this.record.durationMs = performance.now() - this.startedAt;
    this.record.wireBytesReceived = this.record.bytesReceived;
    this.record.wireBytesSent = this.record.bytesSent;
    this.options.observer.closed(this.record);
    this.options.onGone();
  }
}
