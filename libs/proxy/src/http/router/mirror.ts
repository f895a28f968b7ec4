import { type MirrorPolicy } from '@lateen/routing';
import { RequestHead, ResponseHead } from '../../codec/head';
import { type OutgoingFraming } from '../../codec/http1/encode';
import { Header } from '../../codec/http1/header-names';
import { type EndpointPool, type PoolWaiter, serverNameFor } from '../../upstream/pool';
import { type UpstreamHandler, type UpstreamRequest } from '../codec';
import { machineAddress } from '../../net/machine-address';
import { chargeResponse } from '../../upstream/cluster-stats';
import { type HttpStream } from '../stream';

/** A mirror that is behind by so many bytes is given up: nobody waits for it. Overridden by the virtual host's retry buffer. */
const BEHIND_BYTES = 1024 * 1024;

/**
 * Sends a copy of a request somewhere else and drops the answer; nothing about it reaches the client.
 *
 * A body is copied as it comes. A mirror that cannot keep up is given up once it is 1 MiB behind (or the virtual host's
 * retry buffer), and so is one whose client went away before its request ended. Returns the copy while it still wants
 * the request's body. Spec: Envoy `RequestMirrorPolicy`.
 */
export function sendMirror(stream: HttpStream, policy: MirrorPolicy, held: Buffer): Shadow | undefined {
  const cluster = stream.manager.services.clusters.get(policy.cluster);
  const host = cluster?.pick(stream.connection.destination);
  if (cluster === undefined || host === undefined || cluster.config.unsupported !== undefined) return undefined;
  const socket = cluster.socketFor(host.endpoint);
  if (socket.kind === 'unsupported') return undefined;
  const { request } = stream;
  const copy = copyOf(stream, policy);
  const shadow = new Shadow(
    copy,
    { contentLength: request.contentLength, chunked: request.chunked },
    stream.route?.virtualHost.retryBufferBytes ?? BEHIND_BYTES,
    () => cluster.stats.upstream_rq_total++,
    (given, status) => {
      host.active--;
      cluster.stats.upstream_rq_active--;
      if (given) cluster.stats.upstream_rq_tx_reset++;
      else chargeResponse(cluster, status);
    },
  );
  host.active++;
  cluster.stats.upstream_rq_active++;
  if (held.length > 0) shadow.body(held, 0, held.length);
  if (stream.requestEnded) shadow.end();
  const protocol = cluster.protocolFor(socket, stream.downstream.multiplexed);
  shadow.start(
    host.poolFor(
      protocol,
      socket,
      socket.kind === 'tls' && cluster.config.metadata.alpnOverride ? stream.alpnFor(protocol) : undefined,
      serverNameFor(socket, request.authority),
      stream.connection,
    ),
  );
  return stream.requestEnded ? undefined : shadow;
}

function copyOf(stream: HttpStream, policy: MirrorPolicy): RequestHead {
  const { request } = stream;
  const copy = new RequestHead();
  copy.method = request.method;
  copy.path = request.path;
  request.forEach((name, value) => copy.add(name, value));
  const forwardedFor = request.getById(Header['x-forwarded-for']);
  copy.set('x-forwarded-for', forwardedFor === undefined ? machineAddress() : `${forwardedFor},${machineAddress()}`);
  copy.set('x-envoy-internal', 'true');
  stream.manager.tracer?.injectMirror(stream, copy);
  if (policy.appendShadowSuffix) {
    copy.removeId(Header.host);
    const [host = '', port] = request.authority.split(/:(?=\d+$)/);
    copy.add('host', `${host}-shadow${port === undefined ? '' : `:${port}`}`);
  }
  return copy;
}

/** A request whose response nobody reads. */
export class Shadow implements UpstreamHandler, PoolWaiter {
  readonly responseHead = new ResponseHead();
  private pool: EndpointPool | undefined;
  private connection: UpstreamRequest | undefined;
  /** Body that could not be sent yet. */
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private ended = false;
  private over = false;

  constructor(
    private readonly request: RequestHead,
    private readonly framing: OutgoingFraming,
    private readonly maxBehindBytes: number,
    private readonly sent: () => void,
    /** Told once: it was given up, or got a response, or (status 503) failed. */
    private readonly done: (given: boolean, status: number) => void,
  ) {}

  get requestMethod(): string {
    return this.request.method;
  }

  /** Gets a connection and begins. */
  start(pool: EndpointPool): void {
    if (this.over) return;
    this.pool = pool;
    const connection = pool.acquire(this, false);
    if (connection === 'overflow') this.finish(false, 503);
    else if (connection !== undefined) this.onConnection(connection);
  }

  /** More of the body. */
  body(buffer: Buffer, start: number, end: number): void {
    if (this.over) return;
    const { connection } = this;
    if (connection !== undefined && this.waiting.length === 0 && !connection.blocked) {
      connection.sendBody(buffer, start, end);
      return;
    }
    this.waitingBytes += end - start;
    if (this.waitingBytes > this.maxBehindBytes) this.giveUp();
    else this.waiting.push(Buffer.from(buffer.subarray(start, end)));
  }

  /** The request is all here. */
  end(): void {
    this.ended = true;
    if (!this.over && this.connection !== undefined && this.waiting.length === 0) this.connection.sendEnd();
  }

  /** The rest of the request will not come, or cannot be kept. */
  giveUp(): void {
    if (this.over) return;
    const { connection, pool } = this;
    this.finish(true, 0);
    pool?.cancel(this);
    connection?.abandon();
  }

  onConnection(connection: UpstreamRequest): void {
    this.connection = connection;
    this.sent();
    connection.begin(this);
    const bodiless = this.framing.contentLength <= 0 && !this.framing.chunked;
    connection.sendHead(this.request, this.framing, bodiless, undefined);
    if (!bodiless) this.onUpstreamDrain();
  }

  onConnectFailure(): void {
    this.finish(false, 503);
  }

  onContinue(): void {}

  onResponseHead(): void {}

  onResponseBody(): void {}

  onResponseEnd(): void {
    this.finish(false, this.responseHead.status);
  }

  onUpstreamReset(): void {
    this.finish(false, 503);
  }

  onUpstreamDrain(): void {
    const { connection } = this;
    if (this.over || connection === undefined || (this.waiting.length === 0 && !this.ended)) return;
    for (let part = this.waiting.shift(); part !== undefined; part = this.waiting.shift()) {
      this.waitingBytes -= part.length;
      connection.sendBody(part, 0, part.length);
      if (connection.blocked) return;
    }
    if (this.ended) connection.sendEnd();
  }

  private finish(given: boolean, status: number): void {
    if (this.over) return;
    this.over = true;
    this.waiting = [];
    this.done(given, status);
  }
}
