import { type LbHost } from '@lateen/routing';
import { type Endpoint, type TransportSocket } from '../config/model';
import { type ClusterRuntime } from './cluster';
import { EndpointPool, type UpstreamProtocol } from './pool';

/** Ways of talking to a host that are remembered before unused ones are forgotten. */
const MAX_POOLS = 16;

/** The live side of an endpoint: what survives a push as long as the address stays. */
export class Host implements LbHost {
  active = 0;
  /** By the health of its assignment and outlier detection. */
  ejected = false;
  ejections = 0;
  consecutive5xx = 0;
  consecutiveGatewayFailures = 0;
  requests = 0;
  failures = 0;
  private pools: EndpointPool[] = [];

  constructor(
    readonly cluster: ClusterRuntime,
    public endpoint: Endpoint,
  ) {}

  get key(): string {
    return this.endpoint.key;
  }

  get weight(): number {
    return this.endpoint.weight;
  }

  get usable(): boolean {
    const { health } = this.endpoint;
    return !this.ejected && (health === 'healthy' || health === 'degraded');
  }

  /**
   * The connections for one way of talking to it; `alpn` replaces the protocols the cluster offers, `serverName` is the
   * name to ask for and to verify where that follows the request.
   */
  poolFor(
    protocol: UpstreamProtocol,
    socket: Exclude<TransportSocket, { kind: 'unsupported' }>,
    alpn: readonly string[] | undefined,
    serverName: string | undefined,
  ): EndpointPool {
    for (const pool of this.pools) {
      if (pool.socket === socket && pool.alpn === alpn && pool.serverName === serverName && pool.protocol === protocol) return pool;
    }
    const key = `${protocol} ${this.cluster.socketKey(socket, alpn)}` + (serverName === undefined ? '' : ` ${serverName}`);
    let pool = this.pools.find((candidate) => candidate.key === key);
    if (pool === undefined) {
      // Names come from clients: pools that hold nothing make room.
      if (this.pools.length >= MAX_POOLS) this.pools = this.pools.filter(({ size }) => size > 0);
      pool = new EndpointPool(this, socket, alpn, serverName, protocol, key);
      this.pools.push(pool);
    } else {
      // The same way to talk, from a newer snapshot.
      pool.socket = socket;
      pool.alpn = alpn;
    }
    return pool;
  }

  /** Lets connections end as they become idle: the endpoint or its settings are gone. */
  retire(keepKey?: (key: string) => boolean): void {
    const kept: EndpointPool[] = [];
    for (const pool of this.pools) {
      if (keepKey?.(pool.key) === true) kept.push(pool);
      else pool.retire();
    }
    this.pools = kept;
  }

  /** Connections, busy and idle. */
  get connections(): number {
    return this.pools.reduce((sum, pool) => sum + pool.size, 0);
  }
}
