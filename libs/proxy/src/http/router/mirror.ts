import { type MirrorPolicy } from '@lateen/routing';
import { RequestHead, ResponseHead } from '../../codec/head';
import { Header } from '../../codec/http1/header-names';
import { type Http1Upstream } from '../../upstream/http1-connection';
import { type PoolWaiter, serverNameFor } from '../../upstream/pool';
import { type UpstreamHandler } from '../codec';
import { type HttpStream } from '../stream';

/**
 * Sends a copy of a request somewhere else and drops the answer; nothing about it reaches the client.
 * Requests whose body has not been read to its end yet are not copied. Spec: Envoy `RequestMirrorPolicy`.
 */
export function sendMirrors(stream: HttpStream, policy: MirrorPolicy): void {
  if (!stream.requestEnded) return;
  const cluster = stream.manager.services.clusters.get(policy.cluster);
  const host = cluster?.pick(stream.connection.destination);
  if (cluster === undefined || host === undefined || cluster.config.unsupported !== undefined) return;
  const socket = cluster.socketFor(host.endpoint);
  if (socket.kind === 'unsupported') return;
  const copy = copyOf(stream, policy);
  const shadow = new Shadow(copy, () => {
    host.active--;
    cluster.stats.upstream_rq_active--;
  });
  host.active++;
  cluster.stats.upstream_rq_active++;
  cluster.stats.upstream_rq_total++;
  const pool = host.poolFor(socket, socket.kind === 'tls' && cluster.config.metadata.alpnOverride ? stream.alpnOverride : undefined, serverNameFor(socket, stream.request.authority));
  const connection = pool.acquire(shadow, false);
  if (connection === 'overflow') shadow.onConnectFailure();
  else if (connection !== undefined) shadow.onConnection(connection);
}

function copyOf(stream: HttpStream, policy: MirrorPolicy): RequestHead {
  const { request } = stream;
  const copy = new RequestHead();
  copy.method = request.method;
  copy.path = request.path;
  request.forEach((name, value) => copy.add(name, value));
  if (policy.appendShadowSuffix) {
    copy.removeId(Header.host);
    const [host = '', port] = request.authority.split(/:(?=\d+$)/);
    copy.add('host', `${host}-shadow${port === undefined ? '' : `:${port}`}`);
  }
  return copy;
}

/** A request whose response nobody reads. */
class Shadow implements UpstreamHandler, PoolWaiter {
  readonly responseHead = new ResponseHead();

  constructor(
    private readonly request: RequestHead,
    private readonly done: () => void,
  ) {}

  get requestMethod(): string {
    return this.request.method;
  }

  onConnection(connection: Http1Upstream): void {
    connection.begin(this);
    connection.sendHead(this.request, { contentLength: -1, chunked: false }, true, undefined);
  }

  onConnectFailure(): void {
    this.done();
  }

  onContinue(): void {}

  onResponseHead(): void {}

  onResponseBody(): void {}

  onResponseEnd(): void {
    this.done();
  }

  onUpstreamReset(): void {
    this.done();
  }

  onUpstreamDrain(): void {}
}
