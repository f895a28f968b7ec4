import { type Random } from '@lateen/base';
import { type Balancer, createBalancer } from '@lateen/routing';
import { type ClusterLabels } from '@lateen/telemetry';
import { type Cluster, type Endpoint, type LoadAssignment, type SocketAddress, type TransportSocket } from '@lateen/proxy-config';
import { type Transport } from '../net/transport';
import { createHttp2Stats } from '../codec/http2/http2-stats';
import { ByteTally } from '../net/byte-tally';
import { type ClusterStats, createClusterStats, StatusCounts } from './cluster-stats';
import { Host } from './host';
import { Outliers } from './outliers';
import { type UpstreamProtocol } from './pool';
import { type TlsContexts } from './tls-contexts';

/** What clusters share. */
export interface ClusterContext {
  readonly tlsContexts: TlsContexts;
  readonly random: Random;
  /** Source address of connections of clusters that have none of their own. */
  readonly bindAddress?: SocketAddress;
  labelsOf(cluster: Cluster): ClusterLabels | undefined;
}

/** The live side of a cluster: hosts, pools, counters, limits. Keyed by name; a push changes its configuration in place. */
export class ClusterRuntime {
  readonly stats: ClusterStats = createClusterStats();
  /** Responses by status. */
  readonly statuses = new StatusCounts();
  /** Responses in whose place another attempt was made, by status. */
  readonly retriedStatuses = new StatusCounts();
  readonly http2Stats = createHttp2Stats();
  /** Of its connections. */
  readonly bytes = new ByteTally((received, sent) => {
    this.stats.upstream_cx_rx_bytes_total += received;
    this.stats.upstream_cx_tx_bytes_total += sent;
  });
  /** By endpoint key. */
  hosts: Map<string, Host> = new Map();
  labels: ClusterLabels | undefined;
  readonly outliers: Outliers;
  /** Retries waiting or under way. */
  activeRetries = 0;
  /** Attempts that were sent and whose response has not begun. */
  unanswered = 0;
  /** Counts what endpoints are heard to say: heads of responses, their content, resets. */
  heard = 0;
  private assignment: LoadAssignment | undefined;
  private balancer: Balancer<Host> | undefined;

  constructor(
    public config: Cluster,
    private readonly context: ClusterContext,
  ) {
    this.labels = context.labelsOf(config);
    this.outliers = new Outliers(this, context.random);
  }

  /** All of its counters now, by Envoy's names below `cluster.NAME.`. */
  counters(): Readonly<Record<string, number>> {
    this.bytes.settle();
    const all: Record<string, number> = { ...this.stats };
    for (const [name, value] of Object.entries(this.http2Stats) as [string, number][]) all[`http2.${name}`] = value;
    for (const [status, count] of this.statuses.entries()) all[`upstream_rq_${status}`] = count;
    for (const [status, count] of this.retriedStatuses.entries()) {
      all[`retry.upstream_rq_${status}`] = count;
      for (const name of [`${Math.floor(status / 100)}xx`, 'completed'])
        all[`retry.upstream_rq_${name}`] = (all[`retry.upstream_rq_${name}`] ?? 0) + count;
    }
    return all;
  }

  get random(): Random {
    return this.context.random;
  }

  get tlsContexts(): TlsContexts {
    return this.context.tlsContexts;
  }

  /** Takes over a newer configuration; connections of unchanged endpoints stay. */
  update(config: Cluster, assignment: LoadAssignment | undefined): void {
    const changed = config !== this.config || assignment !== this.assignment || this.balancer === undefined;
    if (!changed) return;
    this.labels = this.context.labelsOf(config);
    this.config = config;
    this.assignment = assignment;
    const before = this.hosts;
    const after = new Map<string, Host>();
    const localities = (assignment?.localities ?? []).map((locality) => ({
      priority: locality.priority,
      weight: locality.weight,
      hosts: locality.endpoints.map((endpoint) => {
        const host = after.get(endpoint.key) ?? before.get(endpoint.key) ?? new Host(this, endpoint);
        host.endpoint = endpoint;
        after.set(endpoint.key, host);
        return host;
      }),
    }));
    if (config.type !== 'original_dst') {
      for (const [key, host] of before) if (!after.has(key)) host.retire();
      this.hosts = after;
    }
    const policy = config.lbPolicy;
    this.balancer = createBalancer(
      localities,
      {
        policy: policy.kind === 'cluster_provided' ? { kind: 'round_robin' } : policy,
        panicThreshold: config.panicThreshold,
        overprovisioningFactor: assignment?.overprovisioningFactor ?? 140,
        localityWeighted: config.localityWeighted,
      },
      this.context.random,
    );
  }

  /** A host for a request, or undefined: no healthy upstream. ORIGINAL_DST goes where the client was going. */
  pick(destination: SocketAddress | undefined, avoid?: (host: Host) => boolean, attempts?: number, hash?: number): Host | undefined {
    if (this.config.type === 'original_dst') return destination === undefined ? undefined : this.hostAt(destination);
    const host = this.balancer?.pick(avoid, attempts, hash);
    if (host === undefined) this.stats.upstream_cx_none_healthy++;
    return host;
  }

  /** Recomputes loads after a host was ejected or came back. */
  refresh(): void {
    this.balancer?.refresh();
  }

  /** How to talk to an endpoint. */
  socketFor(endpoint: Endpoint): TransportSocket {
    return this.config.transportSocketFor(endpoint);
  }

  /** What to speak to an endpoint, for a client that speaks HTTP/2 or not. */
  protocolFor(socket: Exclude<TransportSocket, { kind: 'unsupported' }>, http2: boolean): UpstreamProtocol {
    const { upstreamProtocol } = this.config;
    if (upstreamProtocol === 'downstream') return http2 ? 'http2' : 'http1';
    // Without TLS nothing is agreed on.
    return upstreamProtocol === 'alpn' && socket.kind === 'raw' ? 'http1' : upstreamProtocol;
  }

  /** Equal keys share connections. */
  socketKey(socket: Exclude<TransportSocket, { kind: 'unsupported' }>, alpn: readonly string[] | undefined): string {
    const told = socket.proxyProtocol === undefined ? '' : `v${socket.proxyProtocol} `;
    return told + (socket.kind === 'raw' ? 'raw' : `${this.tlsContexts.keyFor(socket.tls)} ${alpn?.join(',') ?? ''}`);
  }

  /** The source address for connections to `endpoint`; the process's own default is not for loopback. */
  bindAddressFor(endpoint: Endpoint): string | undefined {
    const bind = this.config.bindAddress ?? (endpoint.address.startsWith('127.') ? undefined : this.context.bindAddress);
    if (bind === undefined || endpoint.port === 0) return undefined;
    return endpoint.address.includes(':') === bind.address.includes(':') ? bind.address : undefined;
  }

  /** Has the system probe a silent connection, where the cluster says so; of its settings only the first delay can be passed on. */
  keepAlive({ socket }: Transport): void {
    const { tcpKeepalive } = this.config;
    if (tcpKeepalive !== undefined) socket.setKeepAlive(true, (tcpKeepalive.timeSec ?? 7200) * 1000);
  }

  /** The cluster is gone. */
  retire(): void {
    for (const host of this.hosts.values()) host.retire();
    this.hosts = new Map();
  }

  private hostAt({ address, port }: SocketAddress): Host {
    const key = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
    let host = this.hosts.get(key);
    if (host === undefined) {
      if (this.hosts.size >= MAX_ORIGINAL_HOSTS) this.forgetUnused();
      host = new Host(this, { address, port, key, weight: 1, health: 'healthy', transportSocketMatch: {} });
      this.hosts.set(key, host);
    }
    return host;
  }

  private forgetUnused(): void {
    for (const [key, host] of this.hosts) {
      if (host.active > 0) continue;
      host.retire();
      this.hosts.delete(key);
    }
  }
}

/** Destinations an ORIGINAL_DST cluster remembers before it forgets those without requests. */
const MAX_ORIGINAL_HOSTS = 1024;
