import { hashRequest, type ForwardAction, type HeaderMutations, type Route, type WeightedCluster } from '@lateen/routing';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { type Head, type RequestHead, type ResponseHead } from '../../codec/head';
import { type OutgoingFraming } from '../../codec/http1/encode';
import { Header } from '../../codec/http1/header-names';
import { gather } from '../../net/transport';
import { Wait } from '../../net/wait';
import { type ClusterRuntime } from '../../upstream/cluster';
import { chargeResponse } from '../../upstream/cluster-stats';
import { type Host } from '../../upstream/host';
import { type PoolWaiter, serverNameFor } from '../../upstream/pool';
import { connectTcp } from '../../upstream/tcp-upstream';
import { type UpstreamHandler, type UpstreamRequest } from '../codec';
import { grpcTimeLimitMs, grpcTimeoutText } from '../grpc';
import { type BrokenAttempt, brokenAttempt, describeTry } from '../failure-facts';
import { LOCAL_REPLIES, type LocalReply, type LocalReplyCode, type ResetReason } from '../local-replies';
import { requestId } from '../request-id';
import { applyMutations } from '../mutations';
import { type HttpStream } from '../stream';
import { CONNECT } from '../upgrade';
import { KeptBody } from './kept-body';
import { backOffMs, isIdempotent, retriableRequest, retriableReset, retriableResponse } from './retry';

/** Bodies are kept for another try up to so many bytes, unless configured. Envoy's default connection buffer. */
const RETRY_BUFFER_BYTES = 1024 * 1024;
/** A connection that ends so soon after a request went out on it was about to end, since it had been idle. */
const STALE_MS = 100;
/** With no connection yet, a client may send so much before it is made to wait. */
const PENDING_BYTES = 64 * 1024;

/**
 * Sends a request to an endpoint and its response back: attempts, retries, timeouts, flow control.
 * Embedded in its stream and reused with it. Spec: Envoy `Router::Filter`.
 */
export class Forwarding implements UpstreamHandler, PoolWaiter {
  /** Mutations that apply: the weighted cluster's or the route's. */
  headers: HeaderMutations | undefined;
  private route!: Route;
  private action!: ForwardAction;
  private cluster: ClusterRuntime | undefined;
  private host: Host | undefined;
  /** The host of the last attempt, whatever became of it. */
  private lastHost: Host | undefined;
  /** The last attempt whose connection broke, and why those before it were given up: for the cause of a failure. */
  broken: BrokenAttempt | undefined;
  tries: string[] | undefined;
  /** Where it waits for a connection. */
  private pool: { cancel(waiter: PoolWaiter): void } | undefined;
  private upstream: UpstreamRequest | undefined;
  /** Counted among its cluster's attempts without an answer. */
  private unanswered = false;
  private attempts = 0;
  /** The policy is for this request. */
  private mayRetry = false;
  private retriesLeft = 0;
  /** The client was told to go on. */
  private continued = false;
  private staleRetried = false;
  /** When the attempt's head went out. */
  private sentAt = 0;
  private retrying = false;
  private holdsRetry = false;
  private framing: OutgoingFraming = NO_BODY;
  /** Body kept for another attempt, and for the first while there is no connection. */
  private readonly kept = new KeptBody();
  private keeping = false;
  /** Trailers of the request, for attempts to come. */
  private trailers: Head | undefined;
  private tried: Set<Host> | undefined;
  private startedAt = 0;
  /** For the request and its answer; 0: as long as they take. */
  private timeoutMs = 0;
  /** The request's authority and path before the route changed them; undefined: they are as they were. */
  cameForAuthority: string | undefined;
  cameForPath: string | undefined;
  /** The endpoint has agreed to be spoken to directly: whatever comes is passed on as it is. */
  tunnelled = false;
  /** Which sides of a tunnel have ended; the client may before the endpoint agrees to it. */
  private tunnelEnded = false;
  private tunnelAnswered = false;
  private hash: number | undefined;
  /** For a client that has no cookie to be hashed by yet. */
  private setCookie: string | undefined;
  private readonly timeout = new Wait(() => this.onTimeout());
  private readonly perTry = new Wait(() => this.onPerTryTimeout('per_try_timeout'));
  private readonly perTryIdle = new Wait(() => this.onPerTryTimeout('per_try_idle_timeout'));
  private readonly backOff = new Wait(() => this.attempt(false));

  constructor(private readonly stream: HttpStream) {}

  get responseHead(): ResponseHead {
    return this.stream.response;
  }

  get requestMethod(): string {
    return this.stream.request.method;
  }

  /** Forgets the previous exchange. */
  reset(): void {
    this.headers = undefined;
    this.cluster = undefined;
    this.host = this.lastHost = undefined;
    this.pool = undefined;
    this.upstream = undefined;
    this.attempts = 0;
    this.staleRetried = this.continued = false;
    this.tunnelled = this.tunnelEnded = this.tunnelAnswered = false;
    this.kept.clear();
    this.keeping = false;
    this.trailers = undefined;
    this.tried = undefined;
    this.broken = undefined;
    this.tries = undefined;
    this.cameForAuthority = this.cameForPath = undefined;
  }

  /** Begins: the cluster is chosen, the request's head is ready to be changed for the upstream. */
  start(route: Route, action: ForwardAction, weighted: WeightedCluster | undefined, cluster: ClusterRuntime): void {
    const { stream } = this;
    const { request } = stream;
    this.route = route;
    this.action = action;
    this.cluster = cluster;
    this.startedAt = gather.now();
    const { retry } = action;
    this.mayRetry = retry !== undefined && retriableRequest(retry, stream);
    this.retriesLeft = this.mayRetry ? retry!.numRetries : 0;
    // A filter that waited has the body kept already.
    this.keeping ||= !stream.requestEnded;
    this.framing =
      request.contentLength < 0 && !request.chunked ? NO_BODY : { contentLength: request.contentLength, chunked: request.chunked };
    this.headers = weighted?.headers ?? route.headers;
    if (this.headers.request.length > 0) applyMutations(request, this.headers.request, stream);
    if (action.rewritePath !== undefined) {
      if (!stream.manager.suppressEnvoyHeaders) request.set('x-envoy-original-path', request.path);
      this.cameForPath = request.path;
      request.path = action.rewritePath(request.path);
    }
    this.rewriteHost(weighted);
    this.hashBy(action);
    const { grpcTimeout } = action;
    this.timeoutMs =
      grpcTimeout !== undefined && stream.record.protocol === 'grpc'
        ? grpcTimeLimitMs(request.get('grpc-timeout'), grpcTimeout)
        : action.timeoutMs;
    this.tellTimeLeft(request);
    if (this.timeoutMs > 0 && stream.requestEnded) this.timeout.arm(this.timeoutMs);
    this.attempt(false);
  }

  /** Keeps the body that comes before `start`. */
  hold(): void {
    this.keeping = true;
  }

  /** A copy of the body that came before `start`. */
  held(): Buffer {
    return Buffer.from(this.kept.bytes.subarray(0, this.kept.length));
  }

  /** No attempt needs the body again. */
  release(): void {
    this.kept.clear();
  }

  requestBody(buffer: Buffer, start: number, end: number): void {
    const { upstream } = this;
    if (this.keeping) this.keep(buffer, start, end);
    if (this.perTryIdle.armed) this.perTryIdle.touch();
    if (upstream === undefined || this.awaitsUpgrade) {
      if (this.kept.length > PENDING_BYTES) this.stream.downstream.pauseRequest();
      return;
    }
    upstream.sendBody(buffer, start, end);
    if (upstream.blocked) this.stream.downstream.pauseRequest();
  }

  requestEnd(trailers: Head | undefined): void {
    if (trailers !== undefined) this.trailers = trailers.copy();
    if (this.action !== undefined && this.cluster !== undefined && this.timeoutMs > 0 && !this.stream.responseStarted)
      this.timeout.arm(this.timeoutMs);
    if (this.stream.upgrade !== undefined) this.tunnelEnded = true;
    if (this.awaitsUpgrade) return;
    this.upstream?.sendEnd(this.trailers);
    if (this.tunnelAnswered) this.finishTunnel();
  }

  /** Stops whatever is under way; the stream is being answered otherwise, or is gone. */
  abandon(): void {
    this.disarm();
    if (this.pool !== undefined && this.host !== undefined) this.host.cluster.stats.upstream_rq_cancelled++;
    this.pool?.cancel(this);
    this.dropAttempt();
  }

  downstreamDrain(): void {
    this.upstream?.resumeResponse();
  }

  onConnection(connection: UpstreamRequest): void {
    this.send(connection);
    if (!this.stream.requestEnded) this.stream.downstream.resumeRequest();
  }

  onConnectFailure(reason: ResetReason, message: string): void {
    if (reason !== 'connection_timeout') this.stream.record.upstreamTransportFailureReason = message;
    this.failed(reason);
  }

  onContinue(): void {
    // The client goes on after one; an endpoint that has many to say would have us keep them.
    if (!this.stream.manager.config.proxy100Continue || this.continued) return;
    this.continued = true;
    this.stream.downstream.sendContinue();
  }

  onResponseHead(end: boolean): void {
    const { stream } = this;
    const { response } = stream;
    const cluster = this.cluster!;
    stream.touch();
    cluster.heard++;
    this.markAnswered(cluster);
    this.perTry.disarm();
    if (this.perTryIdle.armed) this.perTryIdle.touch();
    this.host!.cluster.outliers.onStatus(this.host!, response.status);
    const { retry } = this.action;
    if (retry !== undefined && this.canRetry() && retriableResponse(retry, response)) {
      if (this.retryLater(response.status, end)) return;
    } else if (retry !== undefined && this.retriesLeft === 0 && this.mayRetry && retriableResponse(retry, response)) {
      stream.record.responseFlags |= RESPONSE_FLAG.URX;
      cluster.stats.upstream_rq_retry_limit_exceeded++;
    } else if (this.tries !== undefined) cluster.stats.upstream_rq_retry_success++;
    chargeResponse(cluster, response.status);
    this.keeping = false;
    if (stream.record.responseCodeDetails === '') stream.record.responseCodeDetails = 'via_upstream';
    const elapsed = gather.now() - this.startedAt;
    stream.record.responseDurationMs = stream.elapsedMs();
    if (!stream.manager.suppressEnvoyHeaders) {
      if (stream.requestEnded && (stream.upgrade === undefined || stream.downstream.multiplexed))
        response.setById(Header['x-envoy-upstream-service-time'], String(Math.round(elapsed)));
      if (this.route.virtualHost.includeAttemptCountInResponse) response.set('x-envoy-attempt-count', String(this.attempts));
    }
    if (this.setCookie !== undefined) response.add('set-cookie', this.setCookie);
    if (response.status === 101 && stream.upgrade === undefined) {
      this.dropAttempt();
      stream.reply('protocol_error');
      return;
    }
    if (this.agrees(response.status)) {
      this.tunnelled = true;
      this.timeout.disarm();
      stream.sendResponseHead(false);
      stream.downstream.tunnel();
      this.sendKept(this.tunnelEnded);
      return;
    }
    stream.sendResponseHead(end);
  }

  onResponseBody(buffer: Buffer, start: number, end: number): void {
    const { stream } = this;
    stream.touch();
    this.cluster!.heard++;
    if (this.perTryIdle.armed) this.perTryIdle.touch();
    stream.sendResponseBody(buffer, start, end);
    if (stream.downstream.blocked) this.upstream?.pauseResponse();
  }

  onResponseEnd(trailers?: Head): void {
    const { stream } = this;
    if (this.retrying) return;
    if (this.tunnelled) {
      this.tunnelAnswered = true;
      const { upstream } = this;
      // A stream of HTTP/2 is over with its answer: what the client still says nobody takes.
      if (this.tunnelEnded || stream.downstream.multiplexed) this.finishTunnel();
      if (!this.tunnelEnded && stream.downstream.multiplexed) upstream?.abandon();
      stream.downstream.sendEnd();
      return;
    }
    if (trailers !== undefined) stream.onResponseTrailers(trailers);
    this.disarm();
    this.releaseHost();
    this.upstream = undefined;
    stream.record.responseEndMs = stream.elapsedMs();
    const left = stream.filterResponseEnd(trailers);
    // The record first: the codec may begin the next request at once.
    stream.finish();
    stream.downstream.sendEnd(left);
  }

  onUpstreamReset(reason: ResetReason, message: string): void {
    const connection = this.upstream;
    this.cluster!.heard++;
    if (connection !== undefined) this.broken = brokenAttempt(connection, reason, message);
    const stale =
      connection?.reused === true &&
      !connection.responseBegun &&
      reason === 'connection_termination' &&
      this.stream.upgrade === undefined &&
      gather.now() - this.sentAt < STALE_MS;
    if (connection?.connection.encrypted === true && message !== '') this.stream.record.upstreamTransportFailureReason = message;
    if (connection?.multiplexed === true) {
      if (reason === 'connection_termination') this.cluster!.stats.upstream_rq_pending_failure_eject++;
      else if (reason === 'remote_reset') this.cluster!.stats.upstream_rq_rx_reset++;
      else if (reason === 'protocol_error') this.cluster!.stats.upstream_rq_tx_reset++;
    }
    this.releaseHost();
    this.upstream = undefined;
    // The peer closed an idle connection as we used it: nothing was done yet, another connection answers (RFC 9110 §9.2.2).
    if (stale && !this.staleRetried && !this.stream.responseStarted && isIdempotent(this.requestMethod) && this.replayable) {
      this.staleRetried = true;
      this.attempt(true);
      return;
    }
    this.failed(reason, true);
  }

  onUpstreamDrain(): void {
    if (!this.stream.requestEnded || this.tunnelled) this.stream.downstream.resumeRequest();
  }

  private get replayable(): boolean {
    return this.keeping || (this.stream.requestEnded && this.stream.record.bytesReceived === 0);
  }

  private attempt(fresh: boolean): void {
    const { stream, cluster } = this;
    if (cluster === undefined || !stream.active) return;
    this.retrying = false;
    stream.record.attempts = ++this.attempts;
    if (cluster.config.unsupported !== undefined) {
      stream.reply('unsupported', { details: cluster.config.unsupported.word });
      return;
    }
    if (cluster.stats.upstream_rq_active >= cluster.config.thresholds.maxRequests) {
      cluster.stats.upstream_rq_pending_overflow++;
      this.answer('upstream_overflow');
      return;
    }
    const { retry } = this.action;
    const tried = this.tried;
    const host = cluster.pick(
      stream.connection.destination,
      tried === undefined ? undefined : (candidate) => tried.has(candidate),
      retry?.hostSelectionMaxAttempts,
      this.hash,
    );
    if (host === undefined) {
      this.answer('no_healthy_upstream');
      return;
    }
    const socket = cluster.socketFor(host.endpoint);
    if (socket.kind === 'unsupported') {
      stream.reply('unsupported', { details: socket.unsupported.word });
      return;
    }
    this.host = this.lastHost = host;
    host.active++;
    cluster.stats.upstream_rq_active++;
    stream.record.upstreamHost = host.endpoint.key;
    if (stream.record.trace !== undefined) stream.trace!.onAttempt(stream, this.attempts);
    if (retry !== undefined && retry.perTryTimeoutMs > 0) this.perTry.arm(retry.perTryTimeoutMs);
    if (this.action.hostRewrite?.kind === 'auto') this.setAuthority(host.endpoint.hostname);
    const { connectTcp: ending } = this.action;
    if (ending !== undefined && (stream.upgrade === CONNECT || (ending.post === true && stream.method === 'POST'))) {
      const { proxyProtocol } = ending;
      const connecting = connectTcp({ host, socket, client: stream.connection, proxyProtocol, waiter: this });
      if (connecting === 'overflow') {
        stream.record.upstreamHost = '';
        this.failed('upstream_overflow');
      } else this.pool = connecting;
      return;
    }
    const protocol = cluster.protocolFor(socket, stream.downstream.multiplexed);
    const pool = host.poolFor(
      protocol,
      socket,
      socket.kind === 'tls' && cluster.config.metadata.alpnOverride ? stream.alpnFor(protocol) : undefined,
      serverNameFor(socket, stream.request.authority),
      stream.connection,
    );
    this.pool = pool;
    const connection = pool.acquire(this, fresh);
    if (connection === 'overflow') {
      stream.record.upstreamHost = '';
      this.failed('upstream_overflow');
      return;
    }
    if (connection !== undefined) this.send(connection);
  }

  private send(upstream: UpstreamRequest): void {
    const { stream } = this;
    const { request, record } = stream;
    const { connection } = upstream;
    this.upstream = upstream;
    this.pool = undefined;
    this.sentAt = gather.now();
    this.host!.requests++;
    this.cluster!.stats.upstream_rq_total++;
    this.cluster!.unanswered++;
    this.unanswered = true;
    record.upstreamTransportFailureReason = '';
    record.upstreamLocalAddress = connection.localText;
    record.upstreamProtocol = upstream.multiplexed ? 'HTTP/2' : 'HTTP/1.1';
    record.upstreamPeerUriSan = connection.peerUri;
    if (!stream.manager.inbound) {
      record.mutualTls = connection.encrypted;
      const workload = this.host?.endpoint.workload;
      if (workload !== undefined)
        record.peer = connection.peer ??= stream.manager.services.filters.peers.fromWorkload(workload, connection.peerUri);
    }
    if (this.attempts > 1) this.tellTimeLeft(request);
    if (this.route.virtualHost.includeRequestAttemptCount) request.setById(Header['x-envoy-attempt-count'], String(this.attempts));
    const { retry } = this.action;
    if (retry !== undefined && retry.perTryIdleTimeoutMs > 0) this.perTryIdle.arm(retry.perTryIdleTimeoutMs);
    const whole = stream.requestEnded && this.kept.length === 0 && this.trailers === undefined;
    upstream.begin(this);
    upstream.sendHead(request, this.framing, whole, stream.upgrade === undefined ? undefined : stream.upgradeText);
    if (this.upstream !== upstream || stream.upgrade !== undefined) return;
    if (!whole || this.framing.chunked) this.sendKept(stream.requestEnded);
    if (retry === undefined && this.kept.length > 0 && !isIdempotent(request.method)) this.stopKeeping();
  }

  /** Tells the endpoint how long it has; another attempt has what is left of the time. */
  private tellTimeLeft(request: RequestHead): void {
    const { timeoutMs, action, stream } = this;
    const tryMs = action.retry?.perTryTimeoutMs || timeoutMs;
    if (tryMs <= 0) return;
    const leftMs = timeoutMs <= 0 ? tryMs : Math.max(1, Math.round(timeoutMs - (gather.now() - this.startedAt)));
    const text = String(Math.min(tryMs, leftMs));
    if (!stream.manager.suppressEnvoyHeaders) request.setById(Header['x-envoy-expected-rq-timeout-ms'], text);
    if (action.grpcTimeout !== undefined && stream.record.protocol === 'grpc') request.set('grpc-timeout', grpcTimeoutText(Number(text)));
  }

  /** Sends what has come of the body so far; `end`: that was all. */
  private sendKept(end: boolean): void {
    const { upstream } = this;
    if (this.kept.length > 0) upstream?.sendBody(this.kept.bytes, 0, this.kept.length);
    if (end) upstream?.sendEnd(this.trailers);
    if (this.kept.length > this.retryBufferBytes) this.giveUpKeeping();
  }

  /** Whether an answer begins the tunnel that was asked for. */
  private agrees(status: number): boolean {
    const { upgrade } = this.stream;
    return upgrade === CONNECT ? status >= 200 && status < 300 : upgrade !== undefined && status === 101;
  }

  /** Both sides have ended. */
  private finishTunnel(): void {
    const { stream } = this;
    if (!stream.active) return;
    this.disarm();
    this.releaseHost();
    this.upstream = undefined;
    stream.finish();
  }

  /** Nothing of a tunnel's content may reach an endpoint that has not agreed to it: it would be taken for a request. */
  private get awaitsUpgrade(): boolean {
    return this.stream.upgrade !== undefined && !this.tunnelled;
  }

  /** `sent`: the request, or some of it, was on its way. */
  private failed(reason: ResetReason, sent = false): void {
    const { stream } = this;
    const { retry } = this.action;
    this.perTry.disarm();
    this.perTryIdle.disarm();
    // That a tunnel ended says nothing about an endpoint that agreed to it.
    if (this.host !== undefined && !this.tunnelled) {
      this.host.failures++;
      this.host.cluster.outliers.onLocalFailure(this.host);
    }
    this.releaseHost();
    if (!stream.active) return;
    if (!stream.responseStarted && retry !== undefined && retriableReset(retry, reason, sent)) {
      if (this.canRetry()) {
        if (this.retryLater(reason)) return;
      } else if (this.retriesLeft === 0 && this.mayRetry) {
        stream.record.responseFlags |= RESPONSE_FLAG.URX;
        this.cluster!.stats.upstream_rq_retry_limit_exceeded++;
      }
    }
    if (stream.responseStarted && stream.record.protocol === 'grpc') stream.manager.stats.rq_reset_after_downstream_response_started++;
    const message = stream.record.upstreamTransportFailureReason;
    this.answer(reason, reason === 'connection_failure' && message !== '' ? connectionFailure(message) : undefined);
  }

  /** Answers in place of the upstream; in its statistics that is a response. */
  private answer(code: LocalReplyCode, changes?: Partial<LocalReply>): void {
    if (!this.stream.responseStarted) chargeResponse(this.cluster!, LOCAL_REPLIES[code].status);
    const { body } = LOCAL_REPLIES[code];
    const retried =
      this.attempts > 1 && body.includes(' reset reason: ')
        ? { body: body.replace(' reset reason: ', ' retried and the latest reset reason: ') }
        : {};
    this.stream.reply(code, { ...retried, ...changes });
  }

  private canRetry(): boolean {
    return this.retriesLeft > 0 && !this.stream.responseStarted && (this.keeping || this.replayable);
  }

  /** Arms the next attempt; false when the cluster has too many retries under way. */
  private retryLater(why: ResetReason | number, answered = false): boolean {
    const cluster = this.cluster!;
    const retry = this.action.retry!;
    this.releaseRetry();
    if (cluster.activeRetries >= cluster.config.thresholds.maxRetries) {
      cluster.stats.upstream_rq_retry_overflow++;
      this.stream.record.responseFlags |= RESPONSE_FLAG.UO;
      return false;
    }
    const { record } = this.stream;
    (this.tries ??= []).push(describeTry(record.upstreamHost, why, record.upstreamTransportFailureReason));
    this.broken = undefined;
    if (record.trace !== undefined)
      this.stream.trace!.endAttempt(record, { status: typeof why === 'number' ? why : 0, flags: 0 }, this.stream.elapsedMs());
    this.retriesLeft--;
    cluster.activeRetries++;
    this.holdsRetry = true;
    cluster.stats.upstream_rq_retry++;
    cluster.stats.upstream_rq_retry_backoff_exponential++;
    if (typeof why === 'number') cluster.retriedStatuses.add(why);
    if (retry.previousHosts && this.lastHost !== undefined) (this.tried ??= new Set()).add(this.lastHost);
    this.retrying = true;
    // A stream that has ended needs no reset.
    if (answered && this.upstream?.multiplexed === true) this.upstream = undefined;
    this.dropAttempt();
    this.backOff.arm(backOffMs(retry, this.attempts, this.stream.manager.services.random));
    return true;
  }

  private dropAttempt(): void {
    const { upstream } = this;
    this.upstream = undefined;
    this.releaseHost();
    if (upstream?.multiplexed === true) this.cluster!.stats.upstream_rq_tx_reset++;
    upstream?.abandon();
  }

  private releaseRetry(): void {
    if (!this.holdsRetry) return;
    this.holdsRetry = false;
    this.cluster!.activeRetries--;
  }

  private releaseHost(): void {
    const { host } = this;
    if (host === undefined) return;
    this.host = undefined;
    host.active--;
    host.cluster.stats.upstream_rq_active--;
    this.markAnswered(host.cluster);
  }

  /** Its attempt has an answer, or will not get one. */
  private markAnswered(cluster: ClusterRuntime): void {
    if (!this.unanswered) return;
    this.unanswered = false;
    cluster.unanswered--;
  }

  private rewriteHost(weighted: WeightedCluster | undefined): void {
    const { request } = this.stream;
    const { hostRewrite } = this.action;
    this.setAuthority(weighted?.hostRewrite);
    this.setAuthority(
      hostRewrite?.kind === 'literal' ? hostRewrite.value : hostRewrite?.kind === 'header' ? request.get(hostRewrite.name) : undefined,
    );
  }

  private setAuthority(wanted: string | undefined): void {
    const { request } = this.stream;
    if (wanted === undefined || wanted === '') return;
    const { authority } = request;
    if (this.action.appendXForwardedHost) {
      const told = request.get('x-forwarded-host');
      if (told === undefined) request.add('x-forwarded-host', authority);
      else if (told.slice(told.lastIndexOf(',') + 1).trim() !== authority) request.set('x-forwarded-host', `${told},${authority}`);
    }
    // Another attempt finds the authority that the first one set.
    if (this.attempts <= 1 && !this.stream.manager.suppressEnvoyHeaders) request.set('x-envoy-original-host', authority);
    this.cameForAuthority ??= authority;
    request.removeId(Header.host);
    request.add('host', wanted);
    request.authority = wanted;
  }

  /** Hashes the request once: another try must find the same host, and the client one cookie. */
  private hashBy({ hashPolicies }: ForwardAction): void {
    this.hash = this.setCookie = undefined;
    if (hashPolicies.length === 0) return;
    const { stream } = this;
    const { hash, setCookie } = hashRequest(hashPolicies, stream, { sourceAddress: stream.connection.remote.address }, requestId);
    this.hash = hash;
    this.setCookie = setCookie;
  }

  private keep(buffer: Buffer, start: number, end: number): void {
    if (this.upstream !== undefined && this.kept.length + end - start > this.retryBufferBytes) {
      this.giveUpKeeping();
      return;
    }
    this.kept.add(buffer, start, end);
  }

  private get retryBufferBytes(): number {
    return this.route.virtualHost.retryBufferBytes ?? RETRY_BUFFER_BYTES;
  }

  /** The body is too large for another attempt. */
  private giveUpKeeping(): void {
    if (this.keeping && this.action.retry !== undefined) this.cluster!.stats.retry_or_shadow_abandoned++;
    this.stopKeeping();
  }

  private stopKeeping(): void {
    this.keeping = false;
    this.kept.clear();
  }

  private onTimeout(): void {
    this.cluster!.stats.upstream_rq_timeout++;
    this.answer('request_timeout');
  }

  private onPerTryTimeout(reason: 'per_try_timeout' | 'per_try_idle_timeout'): void {
    this.cluster!.stats[`upstream_rq_${reason}`]++;
    this.pool?.cancel(this);
    const { upstream } = this;
    this.upstream = undefined;
    upstream?.abandon();
    this.failed(reason, upstream !== undefined);
  }

  private disarm(): void {
    this.releaseRetry();
    this.timeout.disarm();
    this.perTry.disarm();
    this.perTryIdle.disarm();
    this.backOff.disarm();
  }
}

/** What became of the connection goes into the details, without spaces. */
function connectionFailure(message: string): Partial<LocalReply> {
  return {
    details: `upstream_reset_before_response_started{remote_connection_failure|${message.replaceAll(' ', '_')}}`,
  };
}

const NO_BODY: OutgoingFraming = { contentLength: -1, chunked: false };
