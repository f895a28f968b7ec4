import { RESPONSE_FLAG, type StreamRecord, createStreamRecord } from '@lateen/telemetry';
import {
  type ConnectionFacts,
  type DownstreamTls,
  type FilterChain,
  type Listener,
  type NetworkFilter,
  type SocketAddress,
} from '@lateen/proxy-config';
import { Http1Downstream } from '../downstream/http1-connection';
import { Http2Downstream } from '../downstream/http2-connection';
import { addressText, type ConnectionInfo, nextConnectionId, readTlsInfo, type TlsInfo } from '../http/connection-info';
import { countRefusedTls } from '../http/http-stats';
import { HttpManager, type HttpServices } from '../http/manager';
import { acceptTls, descriptorOf, type Handshake } from '../net/sockets';
import { type Transport } from '../net/transport';
import { Wait } from '../net/wait';
import { PEER_EXCHANGE } from '../tcp/peer-exchange';
import { TcpProxySession, type TcpObserver } from '../tcp/tcp-proxy';
import { checkNotExpired, checkPeer, hasPins } from '../upstream/judge-peer';
import { type TlsContexts } from '../upstream/tls-contexts';
import { type Drain } from './drain';
import { Inspection } from './inspection';
import { type ListenerStats } from './listener-stats';
import { type OriginalDestination } from './original-destination';

/** What accepting needs from its process. */
export interface AcceptServices {
  readonly http: HttpServices;
  readonly tlsContexts: TlsContexts;
  /** Undefined where connections are not redirected. */
  readonly originalDestination: () => OriginalDestination | undefined;
  /** Where `useOriginalDst` hands a connection over: the listener's live side at that address, else undefined. */
  readonly listenerAt: (destination: SocketAddress) => ListenerRuntime | undefined;
  readonly tcpObserverFor: (chain: FilterChain, listener: Listener) => TcpObserver;
  readonly logRefused: (listener: Listener, record: StreamRecord) => void;
}

/** Something that lives on a listener's connections and can be asked to end. */
export interface Drainable {
  /** Ends when it is next convenient: an HTTP connection with its response; a TCP connection goes on. */
  drain(): void;
  /** Ends now. */
  close(): void;
}

/** The live side of a listener's configuration: compiled managers, open connections. A changed listener gets a new one. */
export class ListenerRuntime {
  readonly connections = new Set<Drainable>();
  private readonly managers = new Map<NetworkFilter, HttpManager>();
  private readonly observers = new Map<FilterChain, TcpObserver>();
  private retired = false;
  private draining: Drain | undefined;

  constructor(
    readonly config: Listener,
    readonly services: AcceptServices,
    readonly stats: ListenerStats,
  ) {}

  /** Takes a new connection from a socket of this listener; `port` where it was accepted on another than the listener's. */
  accept(transport: Transport, port?: number): void {
    const { remoteAddress, remotePort, localAddress, localPort } = transport.socket;
    if (remoteAddress === undefined || localAddress === undefined) {
      transport.destroy();
      return;
    }
    const remote = { address: plainAddress(remoteAddress), port: remotePort ?? 0 };
    const local = { address: plainAddress(localAddress), port: port ?? localPort ?? 0 };
    const wantsDestination = this.config.useOriginalDst || this.config.listenerFilters.some((filter) => filter.kind === 'original_dst');
    const restored = wantsDestination ? this.originalDestination(transport, remote) : undefined;
    const destination = restored ?? local;
    const owner = this.config.useOriginalDst ? (this.services.listenerAt(destination) ?? this) : this;
    owner.inspect(transport, remote, destination, restored !== undefined);
  }

  /**
   * Lets connections end with the next response. `idleToo`: idle ones end now; without it they wait for their next
   * request, since a close would cross with one that is on its way.
   */
  retire(idleToo: boolean): void {
    this.retired = true;
    for (const manager of this.managers.values()) manager.retired = true;
    if (!idleToo) return;
    for (const connection of [...this.connections]) connection.drain();
  }

  /** From now on its connections come to their end. */
  startDrain(drain: Drain): void {
    this.draining = drain;
    for (const manager of this.managers.values()) manager.drain = drain;
  }

  /** Ends a share of its connections if they are part of this drain: idle ones now, others with their response. */
  endShare(drain: Drain, share: number): void {
    if (this.draining !== drain) return;
    for (const connection of [...this.connections]) if (drain.draws(share)) connection.drain();
  }

  /** Ends every connection now. */
  close(): void {
    for (const connection of [...this.connections]) connection.close();
  }

  /** The live side of a connection manager. */
  managerFor(filter: Extract<NetworkFilter, { kind: 'http' }>): HttpManager {
    let manager = this.managers.get(filter);
    if (manager === undefined) {
      manager = new HttpManager(filter.manager, this.config, this.services.http);
      manager.retired = this.retired;
      manager.drain = this.draining;
      this.managers.set(filter, manager);
    }
    return manager;
  }

  /** Runs the listener filters, then the chain they lead to. */
  private inspect(transport: Transport, remote: SocketAddress, destination: SocketAddress, restored: boolean): void {
    const active = this.config.listenerFilters.filter((filter) => !filter.disabledOn(destination.port));
    new Inspection({
      transport,
      listener: this.config,
      stats: this.stats,
      remote,
      destination,
      destinationRestored: restored,
      filters: active,
      done: (facts, peeked) => this.serve(transport, facts, peeked),
    }).start();
  }

  private originalDestination(transport: Transport, remote: SocketAddress): SocketAddress | undefined {
    const descriptor = descriptorOf(transport);
    return descriptor === undefined
      ? undefined
      : this.services.originalDestination()?.(descriptor, remote.address.includes(':') ? 'IPv6' : 'IPv4');
  }

  /** Runs the chain of an inspected connection. */
  serve(transport: Transport, facts: ConnectionFacts, peeked: Buffer): void {
    const chain = this.config.selectFilterChain(facts);
    if (chain === undefined) {
      this.stats.no_filter_chain_match++;
      this.refuse(transport, facts, 'filter_chain_not_found', '');
      return;
    }
    this.stats.downstream_cx_total++;
    this.stats.downstream_cx_active++;
    if (chain.tls === undefined) {
      this.run(transport, chain, facts, undefined, peeked);
      return;
    }
    this.handshake(transport, chain, facts, peeked);
  }

  private handshake(plain: Transport, chain: FilterChain, facts: ConnectionFacts, peeked: Buffer): void {
    const tls = chain.tls!;
    let context;
    let contextsFor;
    try {
      context = this.services.tlsContexts.contextFor(tls);
      contextsFor = this.services.tlsContexts.contextsByName(tls);
    } catch (error) {
      this.stats.downstream_context_secrets_not_ready++;
      this.countRefused(chain);
      this.refuse(plain, facts, 'tls_handshake_failed', (error as Error).message);
      return;
    }
    // Without a protocol in common Envoy goes on without one, where OpenSSL's callback would end the handshake.
    // What the client offers is known where the listener has looked.
    const exchanges = this.exchangesPeers(chain);
    const alpnProtocols = tls.alpnProtocols.filter(
      (name) =>
        (name !== PEER_EXCHANGE || exchanges) && (facts.applicationProtocols.length === 0 || facts.applicationProtocols.includes(name)),
    );
    let late = false;
    const limit = new Wait(() => {
      late = true;
      this.stats.downstream_cx_transport_socket_connect_timeout++;
      abort();
    });
    const abort = acceptTls(
      plain,
      peeked,
      {
        context,
        contextsFor,
        alpnProtocols,
        requestCert: tls.requireClientCertificate || tls.validation !== undefined,
        requireCert: tls.requireClientCertificate,
      },
      (error, handshake) => {
        limit.disarm();
        if (handshake === undefined) {
          const noCertificate = (error as NodeJS.ErrnoException | undefined)?.code === NO_CERTIFICATE;
          if (noCertificate) this.stats['ssl.fail_verify_no_cert']++;
          else if (!late) this.stats['ssl.connection_error']++;
          this.countRefused(chain);
          const reason = noCertificate ? 'the client presented no certificate' : plainReason(error);
          this.refuse(undefined, facts, 'tls_handshake_failed', late ? 'not finished in time' : reason);
          return;
        }
        const refusal = this.judge(handshake, tls);
        if (refusal !== undefined) {
          this.countRefused(chain);
          this.refuse(handshake.transport, facts, 'tls_handshake_failed', refusal);
          return;
        }
        this.stats['ssl.handshake']++;
        if (handshake.socket.isSessionReused()) this.stats['ssl.session_reused']++;
        const info = readTlsInfo(handshake.socket, tls.validation?.trustedCa !== undefined || hasPins(tls.validation));
        if (info.peerHash === '') this.stats['ssl.no_certificate']++;
        this.run(handshake.transport, chain, facts, info, NOTHING);
      },
    );
    if (chain.transportSocketConnectTimeoutMs > 0) limit.arm(chain.transportSocketConnectTimeoutMs);
  }

  /** Whether peers tell each other who they are before the bytes of a chain's TCP connections. */
  private exchangesPeers({ filters }: FilterChain): boolean {
    const has = (kind: NetworkFilter['kind']): boolean => filters.some((filter) => filter.kind === kind);
    return this.services.http.filters.ownPeerFrame !== undefined && has('metadata_exchange') && has('tcp_proxy');
  }

  /** Why a client that finished its handshake is not let in, counted; undefined when it is. */
  private judge({ socket, verifyError }: Handshake, tls: DownstreamTls): string | undefined {
    if (tls.requireSni === true && (typeof socket.servername !== 'string' || socket.servername === '')) {
      this.stats['ssl.connection_error']++;
      return 'the client named no server';
    }
    const rules = this.services.tlsContexts.rulesFor(tls);
    const certificate = socket.getPeerCertificate(rules?.maxIntermediates !== undefined);
    if (Object.keys(certificate).length === 0) {
      if (!tls.requireClientCertificate) return undefined;
      this.stats['ssl.fail_verify_no_cert']++;
      return 'the client presented no certificate';
    }
    if (tls.validation?.trustedCa !== undefined) {
      if (verifyError !== undefined) {
        this.stats['ssl.fail_verify_error']++;
        return `the client's certificate is not trusted: ${plainReason(verifyError)}`;
      }
    } else if (!hasPins(rules)) return undefined;
    const refusal = checkPeer(certificate, rules) ?? (socket.isSessionReused() ? checkNotExpired(certificate) : undefined);
    if (refusal === undefined) return undefined;
    this.stats[`ssl.${refusal.counter}`]++;
    return refusal.message;
  }

  private run(transport: Transport, chain: FilterChain, facts: ConnectionFacts, tls: TlsInfo | undefined, peeked: Buffer): void {
    const destination = { address: facts.destinationAddress, port: facts.destinationPort };
    const remoteText = addressText({ address: facts.sourceAddress, port: facts.sourcePort });
    const connection: ConnectionInfo = {
      id: nextConnectionId(),
      remote: { address: facts.sourceAddress, port: facts.sourcePort },
      local: destination,
      destination: facts.destinationRestored === true ? destination : undefined,
      remoteText,
      directText: facts.direct === undefined ? remoteText : addressText(facts.direct),
      localText: addressText(destination),
      serverName: facts.serverName ?? '',
      tls,
    };
    for (const filter of chain.filters) {
      switch (filter.kind) {
        case 'http': {
          this.serveHttp(transport, this.managerFor(filter), connection, peeked);
          return;
        }
        case 'tcp_proxy': {
          const entry: Drainable = { drain: () => undefined, close: () => session.close() };
          this.connections.add(entry);
          const session = new TcpProxySession({
            transport,
            connection,
            config: filter,
            clusterName: chain.filters.some(({ kind }) => kind === 'sni_cluster') ? facts.serverName : undefined,
            services: this.services.http,
            inbound: this.config.direction === 'inbound',
            exchange: tls?.alpn === PEER_EXCHANGE,
            peeked,
            observer: this.observerFor(chain),
            onGone: () => this.ended(entry),
          });
          return;
        }
        case 'deny':
        case 'unsupported':
          this.countDestroyed();
          transport.destroy();
          return;
        case 'metadata_exchange':
        case 'istio_stats':
        case 'sni_cluster':
        case 'ignored':
      }
    }
    this.countDestroyed();
    transport.destroy();
  }

  /** HTTP/2 where the listener, ALPN, or the client's first bytes say so; otherwise HTTP/1.1. Spec: Envoy `CodecType`. */
  private serveHttp(transport: Transport, manager: HttpManager, connection: ConnectionInfo, peeked: Buffer): void {
    const { codec } = manager.config;
    const agreed = connection.tls?.alpn;
    // Who agreed on HTTP/1.1 is held to it: what follows would be judged as something else than it was let in for.
    const mayTurn = codec === 'auto' && agreed !== 'http/1.1' && agreed !== 'istio-http/1.1';
    const open = (http2: boolean, bytes: Buffer): void => {
      const session: Http1Downstream | Http2Downstream = http2
        ? new Http2Downstream(transport, manager, connection, () => this.ended(session), bytes.length)
        : new Http1Downstream(transport, manager, connection, () => this.ended(session), mayTurn ? handOver : undefined, bytes.length);
      this.connections.add(session);
      transport.owner = session;
      if (bytes.length > 0) transport.replay(bytes);
    };
    const handOver = (from: Http1Downstream, bytes: Buffer): void => {
      this.connections.delete(from);
      open(true, bytes);
    };
    open(codec === 'http2' || (codec === 'auto' && (agreed === 'h2' || agreed === 'istio-h2')), peeked);
    transport.resume();
  }

  private ended(connection: Drainable): void {
    if (this.connections.delete(connection)) this.countDestroyed();
  }

  /** Counts a connection whose TLS handshake came to nothing: its chain had been chosen, and so it was the chain's. */
  private countRefused(chain: FilterChain): void {
    this.countDestroyed();
    for (const filter of chain.filters) {
      if (filter.kind === 'http') countRefusedTls(this.managerFor(filter).stats);
      else if (filter.kind === 'tcp_proxy') this.services.http.tcpStatsFor(filter.statPrefix).stats.downstream_cx_total++;
    }
  }

  private countDestroyed(): void {
    this.stats.downstream_cx_active--;
    this.stats.downstream_cx_destroy++;
  }

  private observerFor(chain: FilterChain): TcpObserver {
    let observer = this.observers.get(chain);
    if (observer === undefined) {
      observer = this.services.tcpObserverFor(chain, this.config);
      this.observers.set(chain, observer);
    }
    return observer;
  }

  /** Closes a connection that no chain serves, and says why in the listener's log. */
  private refuse(transport: Transport | undefined, facts: ConnectionFacts, details: string, reason: string): void {
    const record = createStreamRecord();
    record.protocol = 'tcp';
    record.startTimeMs = this.services.http.clock.now();
    record.responseFlags = RESPONSE_FLAG.NR;
    record.responseCodeDetails = details;
    record.connectionTerminationDetails = reason;
    record.connectionId = nextConnectionId();
    record.downstreamRemoteAddress = addressText({ address: facts.sourceAddress, port: facts.sourcePort });
    record.downstreamDirectAddress = facts.direct === undefined ? record.downstreamRemoteAddress : addressText(facts.direct);
    record.downstreamLocalAddress = addressText({ address: facts.destinationAddress, port: facts.destinationPort });
    record.requestedServerName = facts.serverName ?? '';
    record.reporter = this.config.direction === 'inbound' ? 'destination' : 'source';
    record.failure = { transportProtocol: facts.transportProtocol };
    this.services.logRefused(this.config, record);
    transport?.destroy();
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** How the library calls a client that shows no certificate where one is required. */
const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';

/** What a TLS failure is called, without the library's codes. */
function plainReason(error: Error | undefined): string {
  const { reason, code, message } = (error ?? {}) as { readonly reason?: string; readonly code?: string; readonly message?: string };
  return reason ?? (code === 'ECONNRESET' ? 'connection reset by the peer' : message) ?? 'unknown';
}

/** IPv4 in IPv6 form, as dual-stack sockets report it, in its own form. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
