import { RequestHead, ResponseHead, type Head } from '../../codec/head';
import { Header } from '../../codec/http1/header-names';
import { gather } from '../../net/transport';
import { Wait } from '../../net/wait';
import { type ClusterRuntime } from '../../upstream/cluster';
import { chargeResponse } from '../../upstream/cluster-stats';
import { type Host } from '../../upstream/host';
import { type EndpointPool, type PoolWaiter, serverNameFor } from '../../upstream/pool';
import { type UpstreamHandler, type UpstreamRequest } from '../codec';
import { grpcStatus } from '../grpc';

/** A request of the proxy's own. */
export interface OwnRequest {
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** HTTP/2 whatever the cluster says: gRPC has no other. */
  readonly grpc: boolean;
  /** 0: no limit. */
  readonly timeoutMs: number;
}

/** How it ended. */
export interface OwnResponse {
  /** 0: there was none. */
  readonly status: number;
  /** -1: not gRPC, or none came. */
  readonly grpcStatus: number;
}

const FAILED: OwnResponse = { status: 0, grpcStatus: -1 };
/** Endpoints that are told of the client are told of nobody. */
const NOBODY = { address: '127.0.0.1', port: 0 };

/**
 * Sends a POST of the proxy's own to a cluster, over its connections and with its TLS; the answer's body is dropped.
 * No stream stands behind it: it is not traced, logged or counted as a request of the mesh. Never rejects.
 */
export function sendOwn(cluster: ClusterRuntime, request: OwnRequest): Promise<OwnResponse> {
  const host = cluster.config.unsupported === undefined ? cluster.pick(undefined) : undefined;
  if (host === undefined) return Promise.resolve(FAILED);
  const socket = cluster.socketFor(host.endpoint);
  if (socket.kind === 'unsupported') return Promise.resolve(FAILED);
  const protocol = request.grpc ? 'http2' : cluster.protocolFor(socket, false);
  const pool = host.poolFor(protocol, socket, undefined, serverNameFor(socket, request.authority), { remote: NOBODY, local: NOBODY });
  return new Promise((resolve) => {
    gather.enter();
    try {
      new OwnCall(host, request, resolve).start(pool);
    } finally {
      gather.leave();
    }
  });
}

class OwnCall implements UpstreamHandler, PoolWaiter {
  readonly responseHead = new ResponseHead();
  readonly requestMethod = 'POST';
  private readonly head = new RequestHead();
  private readonly timeout = new Wait(() => this.onTimeout());
  private pool: EndpointPool | undefined;
  private connection: UpstreamRequest | undefined;
  /** How much of the body was handed over. */
  private sent = 0;
  private over = false;

  constructor(
    private readonly host: Host,
    private readonly request: OwnRequest,
    private readonly done: (response: OwnResponse) => void,
  ) {
    const { head } = this;
    head.method = 'POST';
    head.path = request.path;
    head.authority = request.authority;
    head.add('host', request.authority);
    // Servers of gRPC may ask for it, to find intermediaries that do not know trailers.
    head.teTrailers = request.grpc;
    for (const [name, value] of request.headers) head.set(name, value);
    host.active++;
    host.cluster.stats.upstream_rq_active++;
  }

  start(pool: EndpointPool): void {
    if (this.request.timeoutMs > 0) this.timeout.arm(this.request.timeoutMs);
    this.pool = pool;
    const connection = pool.acquire(this, false);
    if (connection === 'overflow') this.finish(FAILED);
    else if (connection !== undefined) this.onConnection(connection);
  }

  onConnection(connection: UpstreamRequest): void {
    this.connection = connection;
    this.pool = undefined;
    this.host.cluster.stats.upstream_rq_total++;
    connection.begin(this);
    connection.sendHead(this.head, { contentLength: this.request.body.length, chunked: false }, false, undefined);
    this.onUpstreamDrain();
  }

  onConnectFailure(): void {
    this.finish(FAILED);
  }

  onContinue(): void {}

  onResponseHead(): void {}

  onResponseBody(): void {}

  onResponseEnd(trailers?: Head): void {
    const { responseHead } = this;
    const status = trailers?.getById(Header['grpc-status']) ?? responseHead.getById(Header['grpc-status']);
    this.finish({ status: responseHead.status, grpcStatus: status === undefined ? -1 : grpcStatus(status) });
  }

  onUpstreamReset(): void {
    this.finish(FAILED);
  }

  /** As much of the body as the connection takes for now. */
  onUpstreamDrain(): void {
    const { connection, request } = this;
    if (connection === undefined || this.sent < 0) return;
    while (this.sent < request.body.length) {
      const end = Math.min(request.body.length, this.sent + CHUNK_BYTES);
      connection.sendBody(request.body, this.sent, end);
      this.sent = end;
      if (this.over || connection.blocked) return;
    }
    this.sent = -1;
    connection.sendEnd();
  }

  private onTimeout(): void {
    const { pool, connection } = this;
    this.finish(FAILED);
    pool?.cancel(this);
    connection?.abandon();
  }

  private finish(response: OwnResponse): void {
    if (this.over) return;
    this.over = true;
    this.timeout.disarm();
    this.host.active--;
    const { cluster } = this.host;
    cluster.stats.upstream_rq_active--;
    chargeResponse(cluster, response.status === 0 ? 503 : response.status);
    this.done(response);
  }
}

const CHUNK_BYTES = 64 * 1024;
