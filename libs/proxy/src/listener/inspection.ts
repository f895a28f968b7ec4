import { type ConnectionFacts, type Listener, type ListenerFilter, type SocketAddress } from '@lateen/proxy-config';
import { type Transport } from '../net/transport';
import { Wait } from '../net/wait';
import { inspectHttp } from './inspect-http';
import { MAX_CLIENT_HELLO_BYTES, type TlsInspection, TlsInspector } from './inspect-tls';
import { type ListenerStats } from './listener-stats';
import { ProxyExtensions } from './proxy-extensions';
import { parseProxyProtocol } from './proxy-protocol';

/** A connection to look at, and who goes on with it. */
export interface InspectionOptions {
  readonly transport: Transport;
  readonly listener: Listener;
  readonly stats: ListenerStats;
  readonly remote: SocketAddress;
  readonly destination: SocketAddress;
  readonly destinationRestored: boolean;
  /** Listener filters that are not switched off for it. */
  readonly filters: readonly ListenerFilter[];
  /** Called once with what was found and the bytes read, unless the connection ended. */
  readonly done: (facts: ConnectionFacts, peeked: Buffer) => void;
}

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Looks at a connection's first bytes as far as its listener's filters ask, and no longer than they allow: a PROXY
 * protocol header first, then TLS, then HTTP. Spec: Envoy `ListenerFilter`.
 */
export class Inspection {
  /** What has come; only the first `length` bytes count. Grown by doubling: clients may send byte by byte. */
  private bytes: Buffer = NOTHING;
  private length = 0;
  /** Bytes of a PROXY header's extensions that are still to come. */
  private skip = 0;
  /** Reads them; undefined where there are none. */
  private extensions: ProxyExtensions | undefined;
  private facts: ConnectionFacts;
  private wantsProxy: ListenerFilter['proxyProtocol'];
  /** Until it has told. */
  private tls: TlsInspector | undefined;
  private wantsHttp: boolean;
  private readonly limit = new Wait(() => this.onTimeout());

  constructor(private readonly options: InspectionOptions) {
    const { remote, destination, destinationRestored, filters } = options;
    this.facts = {
      destinationAddress: destination.address,
      destinationPort: destination.port,
      destinationRestored,
      sourceAddress: remote.address,
      sourcePort: remote.port,
      serverName: undefined,
      transportProtocol: 'raw_buffer',
      applicationProtocols: [],
    };
    this.wantsProxy = filters.find((filter) => filter.kind === 'proxy_protocol')?.proxyProtocol;
    if (filters.some((filter) => filter.kind === 'tls_inspector')) this.tls = new TlsInspector();
    this.wantsHttp = filters.some((filter) => filter.kind === 'http_inspector');
  }

  start(): void {
    const { transport, listener } = this.options;
    if (this.wantsProxy === undefined && this.tls === undefined && !this.wantsHttp) {
      this.done();
      return;
    }
    const { listenerFiltersTimeoutMs } = listener;
    if (listenerFiltersTimeoutMs > 0) this.limit.arm(listenerFiltersTimeoutMs);
    transport.owner = {
      onBytes: (buffer, length) => {
        if (this.keep(buffer, length)) this.look();
      },
      // A client that says nothing and half-closes may still be served by a server-first protocol; most are probes.
      onEnd: () => {
        this.options.stats.downstream_listener_filter_remote_close++;
        this.close();
      },
      onDrain: () => undefined,
      onClose: () => this.limit.disarm(),
    };
    transport.resume();
  }

  private get peeked(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** False: the connection was closed. */
  private keep(buffer: Buffer, length: number): boolean {
    const skipped = Math.min(this.skip, length);
    this.skip -= skipped;
    if (!this.readExtensions(buffer, 0, skipped)) return false;
    const kept = length - skipped;
    if (this.length + kept > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length + kept, 2 * this.bytes.length, 512));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    buffer.copy(this.bytes, this.length, skipped, length);
    this.length += kept;
    return true;
  }

  private readExtensions(buffer: Buffer, start: number, end: number): boolean {
    if (this.extensions === undefined || start === end || this.extensions.read(buffer, start, end)) return true;
    this.options.stats['proxy_proto.versions.v2.error']++;
    this.options.stats.downstream_cx_proxy_proto_error++;
    this.close();
    return false;
  }

  private look(): void {
    const { stats } = this.options;
    if (this.wantsProxy !== undefined && !this.readProxyHeader(this.wantsProxy)) return;
    if (this.skip > 0) return;
    if (this.tls !== undefined) {
      const seen = this.tls.look(this.peeked);
      if (seen.kind === 'incomplete') return;
      if (seen.kind === 'refused') {
        if (this.length >= MAX_CLIENT_HELLO_BYTES) stats['tls_inspector.client_hello_too_large']++;
        this.close();
        return;
      }
      this.tls = undefined;
      countHello(stats, seen);
      if (seen.kind === 'tls') {
        this.facts = {
          ...this.facts,
          transportProtocol: 'tls',
          serverName: seen.serverName,
          applicationProtocols: seen.applicationProtocols,
        };
        this.wantsHttp = false;
      }
    }
    if (this.wantsHttp) {
      const seen = inspectHttp(this.peeked);
      if (seen === 'incomplete') return;
      stats[HTTP_COUNTERS[seen]]++;
      if (seen !== 'other') this.facts = { ...this.facts, applicationProtocols: [seen] };
    }
    this.done();
  }

  /** Takes a PROXY header off the first bytes; false while there is more to come, or the connection was closed. */
  private readProxyHeader({ allowWithout, disallowedVersions }: NonNullable<ListenerFilter['proxyProtocol']>): boolean {
    const { stats } = this.options;
    const seen = parseProxyProtocol(this.peeked);
    switch (seen.kind) {
      case 'incomplete':
        return false;
      case 'none':
        if (allowWithout) stats['proxy_proto.not_found_allowed']++;
        else stats['proxy_proto.not_found_disallowed']++;
        if (!allowWithout) this.close();
        break;
      case 'malformed':
        stats[`proxy_proto.versions.v${seen.version}.error`]++;
        stats.downstream_cx_proxy_proto_error++;
        this.close();
        return false;
      case 'header': {
        const { version, addresses, length, extensions } = seen;
        if (disallowedVersions.includes(version)) {
          stats[`proxy_proto.versions.v${version}.disallowed`]++;
          this.close();
          return false;
        }
        if (extensions > 0) this.extensions = new ProxyExtensions(extensions);
        if (!this.readExtensions(this.bytes, Math.min(length - extensions, this.length), Math.min(length, this.length))) return false;
        stats[`proxy_proto.versions.v${version}.found`]++;
        this.skip = Math.max(0, length - this.length);
        this.bytes = this.bytes.subarray(Math.min(length, this.length), this.length);
        this.length = this.bytes.length;
        if (addresses !== undefined) this.believe(addresses);
      }
    }
    this.wantsProxy = undefined;
    return seen.kind === 'header' || allowWithout;
  }

  private believe({ source, destination }: { readonly source: SocketAddress; readonly destination: SocketAddress }): void {
    this.facts = {
      ...this.facts,
      sourceAddress: source.address,
      sourcePort: source.port,
      destinationAddress: destination.address,
      destinationPort: destination.port,
      destinationRestored: true,
      direct: this.options.remote,
    };
  }

  private done(): void {
    this.limit.disarm();
    // Whoever takes over reads on when ready.
    this.options.transport.pause();
    this.options.done(this.facts, this.peeked);
  }

  private onTimeout(): void {
    const { stats, listener } = this.options;
    stats.downstream_pre_cx_timeout++;
    // Half a header must not be taken for what the application is to read.
    const undecided = this.skip > 0 || (this.wantsProxy !== undefined && (this.length > 0 || !this.wantsProxy.allowWithout));
    if (listener.continueOnListenerFiltersTimeout && !undecided) this.done();
    else this.close();
  }

  private close(): void {
    this.limit.disarm();
    // Bytes came that nobody will answer: the client hears so at once.
    if (this.length > 0) this.options.transport.reset();
    else this.options.transport.destroy();
  }
}

const HTTP_COUNTERS = {
  'http/1.0': 'http_inspector.http10_found',
  'http/1.1': 'http_inspector.http11_found',
  h2c: 'http_inspector.http2_found',
  other: 'http_inspector.http_not_found',
} as const;

function countHello(stats: ListenerStats, seen: Extract<TlsInspection, { readonly kind: 'plain' | 'tls' }>): void {
  if (seen.kind !== 'tls') {
    stats['tls_inspector.tls_not_found']++;
    return;
  }
  stats['tls_inspector.tls_found']++;
  stats[seen.serverName === undefined ? 'tls_inspector.sni_not_found' : 'tls_inspector.sni_found']++;
  stats[seen.applicationProtocols.length === 0 ? 'tls_inspector.alpn_not_found' : 'tls_inspector.alpn_found']++;
}
