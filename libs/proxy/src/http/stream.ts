import {
  isChosen,
  normalizePath,
  pickCluster,
  type ForwardAction,
  type RequestView,
  type Route,
  type WeightedCluster,
} from '@lateen/routing';
import { createStreamRecord, RESPONSE_FLAG, resetStreamRecord, type StreamRecord } from '@lateen/telemetry';
import { type Head, RequestHead, ResponseHead } from '../codec/head';
import { reasonPhrase } from '../codec/http1/reason-phrase';
import { Header } from '../codec/http1/header-names';
import { gather } from '../net/transport';
import { Wait } from '../net/wait';
import { type IstioAlpn } from '@lateen/proxy-config';
import { type ClusterRuntime } from '../upstream/cluster';
import { type UpstreamProtocol } from '../upstream/pool';
import { wallMs } from './date';
import { type DownstreamCodec } from './codec';
import { type ConnectionInfo } from './connection-info';
import { type HeldResponse, type StreamFilter } from './filter';
import { addExplanation, type Explaining, takeExplainHeader } from './explain-header';
import { type GrpcCall } from './filters/grpc-stats';
import { type GrpcWebExchange } from './filters/grpc-web';
import { grpcReply, grpcStatus, grpcTimeLimitMs, grpcTimeoutMs, grpcTimeoutText, isGrpc } from './grpc';
import { failureFacts } from './failure-facts';
import { countExchange } from './http-stats';
import { LOCAL_REPLIES, type LocalReply, type LocalReplyCode } from './local-replies';
import { type HttpManager, type RouteChain } from './manager';
import { applyMutations } from './mutations';
import { appendVia, prepareRequestHeaders } from './request-headers';
import { sendMirror, type Shadow } from './router/mirror';
import { type StreamTrace } from './tracing/stream-trace';
import { Forwarding } from './router/forwarding';
import { CONNECT } from './upgrade';

/**
 * One HTTP exchange, from the request's first byte to its one record.
 *
 * Reused for exchange after exchange, on whichever connection: nothing may keep it, and nothing is allocated for an
 * exchange that is simply forwarded.
 */
export class HttpStream implements RequestView {
  readonly request = new RequestHead();
  readonly response = new ResponseHead();
  readonly record: StreamRecord = createStreamRecord();
  readonly forwarding: Forwarding;
  downstream!: DownstreamCodec;
  manager!: HttpManager;
  connection!: ConnectionInfo;
  route: Route | undefined;
  /** The cluster of the route, when there is one of its name, and the split that it came from. */
  cluster: ClusterRuntime | undefined;
  private weighted: WeightedCluster | undefined;
  /** HTTP/1 that would go on as something else: such a request has no end. */
  private wantsTunnel = false;
  /** ALPN to offer upstream instead of the cluster's, by what is spoken there. */
  alpnOverride: IstioAlpn | undefined;
  /** The allowed origin of a cross-origin request, else empty. */
  corsOrigin = '';
  /** The downstream sent its metadata, and so is told ours. */
  peerAsked = false;
  /** Called once when the exchange ends, however it does. */
  onFinish: (() => void) | undefined;
  /** Counts exchanges: a callback that outlives its exchange sees that it changed. */
  generation = 0;
  active = false;
  requestEnded = false;
  responseStarted = false;
  /** What the client wants to upgrade to, when that is allowed. */
  upgrade: string | undefined;
  /** The same as it is spelt by the client. */
  upgradeText = '';
  /** Set while the exchange is gRPC-Web. */
  grpcWeb: GrpcWebExchange | undefined;
  /** Set while a response's head waits for its content. */
  held: HeldResponse | undefined;
  /** Set while the exchange is gRPC whose messages are counted. */
  grpcCall: GrpcCall | undefined;
  /** Kept for the next exchange that is traced; `record.trace` says whether this one is. */
  trace: StreamTrace | undefined;
  /** Set while its sender is told why it goes where it does. */
  private explaining: Explaining | undefined;
  private filters!: RouteChain;
  private filterIndex = 0;
  /** Counted among the requests that the app serves. */
  private arrived = false;
  private startedAt = 0;
  private readonly delay = new Wait(() => this.onDelay());
  private afterDelay: (() => void) | undefined;
  /** Copies that want the body too. */
  private shadows: Shadow[] | undefined;
  private readonly idle = new Wait(() => this.onIdleTimeout());
  private readonly requestLimit = new Wait(() => this.onRequestLimit());
  private readonly durationLimit = new Wait(() => this.onDurationLimit());

  constructor() {
    this.forwarding = new Forwarding(this);
    this.record.requestHeader = (name) => this.request.get(name);
    this.record.responseHeader = (name) => (this.responseStarted ? this.response.get(name) : undefined);
  }

  /** Joins a connection: what its streams have in common. */
  attach(downstream: DownstreamCodec, manager: HttpManager, connection: ConnectionInfo): void {
    this.downstream = downstream;
    this.manager = manager;
    this.connection = connection;
    const { record } = this;
    const { tls } = connection;
    record.reporter = manager.inbound ? 'destination' : 'source';
    record.httpProtocol = downstream.multiplexed ? 'HTTP/2' : 'HTTP/1.1';
    record.scheme = this.scheme;
    record.connectionId = connection.id;
    record.downstreamLocalAddress = connection.localText;
    record.downstreamRemoteAddress = connection.remoteText;
    record.downstreamDirectAddress = connection.directText;
    record.requestedServerName = connection.serverName;
    record.downstreamTlsVersion = tls?.version ?? '';
    record.downstreamPeerUriSan = tls?.peerUris[0] ?? '';
    record.downstreamLocalUriSan = tls?.localUri ?? '';
    record.downstreamPeerSubject = tls?.peerSubject ?? '';
    record.mutualTls = manager.inbound && tls?.peerVerified === true;
  }

  /** Gives up what the next exchange will most likely not need. */
  shed(): void {
    this.request.shed();
    this.response.shed();
  }

  get method(): string {
    return this.request.method;
  }

  get path(): string {
    return this.request.path;
  }

  get authority(): string {
    return this.request.authority;
  }

  get scheme(): string {
    return this.connection.tls === undefined ? 'http' : 'https';
  }

  get tlsPresented(): boolean {
    return (this.connection.tls?.peerHash ?? '') !== '';
  }

  get tlsValidated(): boolean {
    return this.connection.tls?.peerVerified === true;
  }

  header(name: string): string | undefined {
    return this.request.get(name);
  }

  headerLines(name: string): readonly string[] {
    return this.request.lines(name);
  }

  /** A request's head has been read into `request`. `ended`: it has no body. */
  onRequestHead(ended: boolean): void {
    this.begin(ended);
    const { request, manager } = this;
    if (request.pathSpecial && !this.cleanPath()) return;
    if (request.path === '*') {
      manager.stats.downstream_rq_non_relative_path++;
      this.reply('absolute_path_rejected');
      return;
    }
    if (request.upgrade || request.method === 'CONNECT') this.noteUpgrade();
    if (isGrpc(request)) this.record.protocol = 'grpc';
    const { headers } = manager.services.observer;
    const carried = headers.looksAtCalls && !manager.inbound ? headers.carried(request) : undefined;
    prepareRequestHeaders(this);
    const route = manager.routes()?.match(this, manager.services.random);
    this.route = route;
    if (route !== undefined) {
      this.record.routeName = route.name;
      this.record.routeSource = route.istioConfig ?? '';
      this.record.virtualHostName = route.virtualHost.name;
      if (route.action.kind === 'forward') this.chooseCluster(route.action);
    } else if (!manager.inbound) manager.services.observer.rules.withoutRoute(manager.routeConfig, request.authority);
    if (request.hasId(Header['x-lateen-explain'])) this.explaining = takeExplainHeader(this);
    manager.tracer?.begin(this);
    if (manager.inbound) {
      this.arrived = true;
      headers.arrive(this, request, this.startedAt);
    } else if (carried !== undefined) headers.called(carried, this.record.cluster?.service || request.authority, this.startedAt);
    this.armLimits(route?.action);
    this.filters = manager.chainFor(route, this.weighted);
    this.filters.hits.count++;
    this.filterIndex = 0;
    if (this.upgrade === CONNECT && route?.match.path.kind !== 'connect') {
      manager.stats.rq_total++;
      manager.stats.no_route++;
      if (manager.config.upgrades.has(CONNECT)) manager.stats.downstream_cx_upgrades_total++;
      this.reply('route_not_found');
      return;
    }
    if (this.upgrade !== undefined && !this.mayUpgrade(this.upgrade)) {
      manager.stats.downstream_rq_ws_on_non_ws_route++;
      this.reply('upgrade_refused');
      return;
    }
    if (this.upgrade !== undefined) manager.stats.downstream_cx_upgrades_total++;
    this.continueRequest();
  }

  /** A head that could not be read, or (undefined) did not end in time: answers it and writes its record, with what is known. */
  refuseHead(refusal: { readonly status: number; readonly details: string } | undefined): void {
    this.request.resetFields();
    this.request.method = this.request.path = this.request.authority = '';
    this.begin(true);
    // A request without a host is one all the same.
    if (refusal?.details === LOCAL_REPLIES.missing_host.details) {
      this.reply('missing_host');
      return;
    }
    this.requestEnded = false;
    if (refusal === undefined) this.reply('request_header_timeout');
    else this.reply('bad_body', { ...refusal, body: reasonPhrase(refusal.status) });
  }

  /** A head that is no request: writes its record; the codec tells the client. */
  onMalformed(details: string): void {
    this.begin(false);
    this.record.responseFlags |= RESPONSE_FLAG.DPE;
    this.record.responseCodeDetails = details;
    this.finish();
  }

  onRequestBody(buffer: Buffer, start: number, end: number): void {
    this.record.bytesReceived += end - start;
    this.touch();
    if (!this.active) return;
    if (this.filters.body !== undefined) this.filterRequestBody(this.filters.body.request, buffer.subarray(start, end));
    else this.passRequestBody(buffer, start, end);
  }

  private passRequestBody(buffer: Buffer, start: number, end: number): void {
    this.grpcCall?.request.add(buffer, start, end);
    this.forwarding.requestBody(buffer, start, end);
    if (this.shadows !== undefined) for (const shadow of this.shadows) shadow.body(buffer, start, end);
  }

  /** The request is all here; `trailers` are read before it returns. */
  onRequestEnd(trailers?: Head): void {
    this.requestEnded = true;
    if (!this.active) return;
    this.requestLimit.disarm();
    this.record.requestDurationMs = gather.now() - this.startedAt;
    const looks = this.filters.body?.request;
    if (looks !== undefined) for (const filter of looks) if (filter.onRequestEnd?.(this) === false) return;
    this.forwarding.requestEnd(trailers);
    if (this.shadows !== undefined) for (const shadow of this.shadows) shadow.end();
    this.shadows = undefined;
  }

  private filterRequestBody(filters: readonly StreamFilter[], bytes: Buffer): void {
    let content: Buffer | undefined = bytes;
    for (const filter of filters) {
      if (filter.onRequestBody === undefined) continue;
      content = filter.onRequestBody(this, content);
      if (content === undefined) return;
    }
    if (content.length > 0) this.passRequestBody(content, 0, content.length);
  }

  /** Sends content of the upstream's response downstream. */
  sendResponseBody(buffer: Buffer, start: number, end: number): void {
    const looks = this.filters.body?.response;
    if (looks === undefined) {
      this.grpcCall?.response.add(buffer, start, end);
      this.record.bytesSent += end - start;
      this.downstream.sendBody(buffer, start, end);
      return;
    }
    if (this.held !== undefined) {
      this.held.add(buffer, start, end);
      return;
    }
    this.grpcCall?.response.add(buffer, start, end);
    let content = buffer.subarray(start, end);
    for (const filter of looks) content = filter.onResponseBody?.(this, content) ?? content;
    if (content.length > 0) this.sendFiltered(content);
  }

  private sendFiltered(content: Buffer): void {
    this.record.bytesSent += content.length;
    this.downstream.sendBody(content, 0, content.length);
  }

  /** Lets filters end the upstream's response; what is left of its trailers. */
  filterResponseEnd(trailers: Head | undefined): Head | undefined {
    const looks = this.filters.body?.response;
    if (looks === undefined) return trailers;
    if (this.held !== undefined) {
      this.sendHeld(this.held);
      return undefined;
    }
    let left = trailers;
    for (const filter of looks) {
      const last = filter.onResponseEnd?.(this, left);
      if (last === undefined) continue;
      left = undefined;
      if (last.length > 0) this.sendFiltered(last);
    }
    return left;
  }

  /** The client is gone, or has taken this request back (`flag` DR). */
  onDownstreamClosed(flag: number = RESPONSE_FLAG.DC, details = 'downstream_remote_disconnect'): void {
    if (!this.active) return;
    this.record.responseFlags |= flag;
    if (this.requestEnded && !this.wantsTunnel) this.manager.stats.downstream_rq_rx_reset++;
    this.record.responseCodeDetails = details;
    this.forwarding.abandon();
    this.finish();
  }

  /** What the response ended with. */
  onResponseTrailers(trailers: Head): void {
    const status = trailers.getById(Header['grpc-status']);
    if (status !== undefined && this.record.protocol === 'grpc') this.record.grpcStatus = grpcStatus(status);
  }

  /** What to offer an endpoint by ALPN in place of its cluster's protocols; undefined: nothing else. */
  alpnFor(protocol: UpstreamProtocol): readonly string[] | undefined {
    const names = protocol === 'http1' ? this.alpnOverride?.http11 : this.alpnOverride?.http2;
    return names?.length === 0 ? undefined : names;
  }

  onDownstreamDrain(): void {
    this.forwarding.downstreamDrain();
  }

  /** Runs the filters that are left, then the route. */
  continueRequest(): void {
    const { request } = this.filters;
    while (this.filterIndex < request.length) {
      const filter = request[this.filterIndex++]!;
      if (!filter.onRequest!(this)) return;
    }
    this.runRoute();
  }

  /** Calls `then` after a while, unless the stream ends before. */
  waitThen(delayMs: number, then: () => void): void {
    this.afterDelay = then;
    this.delay.arm(delayMs);
    if (this.requestEnded) return;
    this.forwarding.hold();
    this.downstream.pauseRequest();
  }

  /** Answers without an upstream response, or in place of one. */
  reply(code: LocalReplyCode, changes?: Partial<LocalReply>): void {
    if (!this.active) return;
    const reply: LocalReply = LOCAL_REPLIES[code];
    const details = changes?.details ?? reply.details;
    this.record.responseFlags |= changes?.flag ?? reply.flag;
    this.record.responseCodeDetails = this.responseStarted
      ? details.replace('_before_response_started', '_after_response_started')
      : details;
    this.forwarding.abandon();
    if (this.responseStarted) {
      if (this.requestEnded && !this.wantsTunnel) this.manager.stats.downstream_rq_rx_reset++;
      this.manager.stats.downstream_rq_tx_reset++;
      this.finish();
      this.downstream.abort();
      return;
    }
    const { response } = this;
    response.resetFields();
    response.status = changes?.status ?? reply.status;
    let body = changes?.body ?? reply.body;
    // A client of gRPC-Web came as one of HTTP: its filter translates.
    if (this.record.protocol === 'grpc' && this.grpcWeb === undefined) {
      this.record.grpcStatus = grpcReply(response, body, changes?.grpcStatus);
      body = '';
    } else {
      // What GET would be told of nothing, HEAD is told nothing of.
      response.contentLength =
        body === '' && (this.request.method === 'HEAD' || this.downstream.multiplexed) ? -1 : Buffer.byteLength(body);
      if (body !== '') response.add('content-type', 'text/plain');
    }
    const headers = changes?.headers ?? reply.headers ?? [];
    for (let i = 0; i < headers.length; i += 2) response.add(headers[i]!, headers[i + 1]!);
    this.sendResponseHead(body === '');
    const bytes = body === '' || this.request.method === 'HEAD' ? undefined : Buffer.from(body);
    if (this.held !== undefined) {
      if (bytes !== undefined) this.held.add(bytes, 0, bytes.length);
      this.sendHeld(this.held);
    } else if (bytes !== undefined) {
      this.record.bytesSent += bytes.length;
      this.downstream.sendBody(bytes, 0, bytes.length);
    }
    this.finish();
    this.downstream.sendEnd();
  }

  /** Sends `response` downstream: header changes and filters first. */
  sendResponseHead(end: boolean): void {
    const { response, filters, record } = this;
    if (end && record.protocol === 'grpc') this.onResponseTrailers(response);
    this.responseStarted = true;
    this.record.responseCode = response.status;
    const applied = this.forwarding.headers ?? this.route?.headers;
    if (applied !== undefined && applied.response.length > 0) applyMutations(response, applied.response, this);
    for (const filter of filters.response) filter.onResponse!(this, end);
    if (this.held === undefined) this.passResponseHead(end);
  }

  /** Its content is all here: what waited for it goes out, and is all. */
  private sendHeld(held: HeldResponse): void {
    this.held = undefined;
    held.finish(this.response);
    this.onResponseTrailers(this.response);
    this.passResponseHead(true);
  }

  private passResponseHead(end: boolean): void {
    const { response } = this;
    if (!this.requestEnded || this.wantsTunnel) this.manager.stats.downstream_rq_response_before_rq_complete++;
    this.manager.tracer?.onResponse(this);
    if (this.manager.config.alwaysSetRequestIdInResponse) {
      const id = this.request.getById(Header['x-request-id']);
      if (id !== undefined) response.set('x-request-id', id);
    }
    const { via } = this.manager.config;
    if (via !== undefined) appendVia(response, via);
    if (this.explaining !== undefined) addExplanation(this, this.explaining);
    this.downstream.sendHead(response, end);
  }

  /** The exchange is over: writes its record, once. */
  finish(): void {
    if (!this.active) return;
    this.active = false;
    this.generation++;
    this.delay.disarm();
    this.idle.disarm();
    this.requestLimit.disarm();
    this.durationLimit.disarm();
    this.afterDelay = undefined;
    if (this.shadows !== undefined) {
      for (const shadow of this.shadows) shadow.giveUp();
      this.shadows = undefined;
    }
    if (this.onFinish !== undefined) {
      this.onFinish();
      this.onFinish = undefined;
    }
    if (this.grpcCall !== undefined) this.grpcCall.end(this);
    this.forwarding.release();
    const { record, manager } = this;
    if (this.arrived) {
      this.arrived = false;
      manager.services.observer.headers.leave(this);
    }
    const { observers, stats } = manager;
    countExchange(stats, record.responseCode);
    // What is left of the request nobody waits for.
    if (!this.requestEnded || this.wantsTunnel) stats.downstream_rq_rx_reset++;
    if (observers.length > 0) {
      record.durationMs = gather.now() - this.startedAt;
      this.describe();
      record.wireBytesReceived = record.bytesReceived + this.request.length;
      record.wireBytesSent = record.bytesSent + this.response.length;
      if (record.responseFlags !== 0) record.failure = failureFacts(this);
      for (const observer of observers) observer(record);
      manager.services.observer.onStream(this);
    }
  }

  /** Puts into the record what the request is at this moment. */
  describe(): void {
    const { record, request } = this;
    record.method = request.method;
    record.path = request.path;
    record.authority = request.authority;
  }

  /** Something moved on the stream. */
  touch(): void {
    if (this.idle.armed) this.idle.touch();
  }

  /** Milliseconds since the stream began. */
  elapsedMs(): number {
    return gather.now() - this.startedAt;
  }

  private begin(ended: boolean): void {
    const { record } = this;
    resetStreamRecord(record);
    record.protocol = 'http';
    this.active = true;
    this.requestEnded = ended;
    this.responseStarted = false;
    this.route = undefined;
    this.weighted = this.cluster = undefined;
    this.alpnOverride = undefined;
    this.corsOrigin = '';
    this.peerAsked = false;
    this.explaining = undefined;
    this.upgrade = undefined;
    this.wantsTunnel = false;
    this.grpcWeb = undefined;
    this.held = undefined;
    this.grpcCall = undefined;
    this.filters = this.manager.chainFor(undefined);
    this.forwarding.reset();
    this.startedAt = gather.now();
    record.startTimeMs = wallMs();
    const { stats } = this.manager;
    stats.downstream_rq_total++;
    if (this.downstream.multiplexed) stats.downstream_rq_http2_total++;
    else stats.downstream_rq_http1_total++;
    stats.downstream_rq_active++;
    if (ended) record.requestDurationMs = 0;
  }

  /** Normalizes the path; false when it was refused, and answered. */
  private cleanPath(): boolean {
    const { request, manager } = this;
    const normal = normalizePath(request.path, manager.config);
    switch (normal.kind) {
      case 'path':
        request.path = normal.path;
        return true;
      case 'refused':
        request.keepAlive = false;
        manager.stats.downstream_rq_failed_path_normalization++;
        this.reply('path_not_normal');
        return false;
      case 'redirect':
        manager.stats.downstream_rq_redirected_with_normalized_path++;
        this.reply('redirect', { status: 307, details: 'path_normalization_failed', headers: ['location', normal.path] });
        return false;
    }
  }

  /** Notes what the client wants to upgrade to. Whether it may, its route says. */
  private noteUpgrade(): void {
    const { request } = this;
    if (request.method === 'CONNECT') {
      const protocol = request.protocol?.toLowerCase();
      request.contentLength = -1;
      this.upgrade = protocol ?? CONNECT;
      this.upgradeText = request.protocol ?? CONNECT;
      this.wantsTunnel = !this.downstream.multiplexed;
      // An extended CONNECT is the upgrade of HTTP/2; to the routes, and to HTTP/1.1, it is a GET. Spec: RFC 8441.
      if (protocol !== undefined) request.method = 'GET';
      return;
    }
    this.upgradeText = request.upgradeValue();
    const wanted = this.upgradeText.toLowerCase();
    // Upgrading to HTTP/2 is optional for a server (RFC 9113 §3.1): go on in HTTP/1.1.
    if (wanted === 'h2c') request.remove('http2-settings');
    else {
      this.upgrade = wanted;
      this.wantsTunnel = true;
    }
  }

  /** Whether the upgrade is allowed, by the route or else the connection manager. Spec: Envoy `UpgradeConfig`. */
  private mayUpgrade(upgrade: string): boolean {
    const action = this.route?.action;
    const own = action?.kind === 'forward' ? action.upgrades.get(upgrade) : undefined;
    return (own ?? this.manager.config.upgrades.has(upgrade)) && (this.requestEnded || this.downstream.multiplexed);
  }

  private runRoute(): void {
    const { route } = this;
    const { stats } = this.manager;
    stats.rq_total++;
    if (route === undefined) {
      stats.no_route++;
      this.reply('route_not_found');
      return;
    }
    const { action } = route;
    switch (action.kind) {
      case 'forward':
        this.forward(route, action);
        return;
      case 'redirect':
        stats.rq_direct_response++;
        this.reply('redirect', { status: action.status, headers: ['location', action.location(this.scheme, this.authority, this.path)] });
        return;
      case 'directResponse':
        stats.rq_direct_response++;
        this.reply('direct_response', {
          status: action.status,
          body: action.body,
          ...(saysWhere(action.status) ? { headers: ['location', `${this.scheme}://${this.authority}${this.path}`] } : {}),
        });
    }
  }

  private forward(route: Route, action: ForwardAction): void {
    if (action.unsupported !== undefined) {
      this.reply('unsupported', { details: action.unsupported.word });
      return;
    }
    const { weighted, cluster } = this;
    if (cluster === undefined) {
      this.manager.stats.no_cluster++;
      this.reply('cluster_not_found', { status: action.clusterNotFoundStatus });
      return;
    }
    const mirrored = action.mirrors.length > 0 && this.upgrade === undefined;
    const held = mirrored ? this.forwarding.held() : undefined;
    this.forwarding.start(route, action, weighted, cluster);
    if (held !== undefined) this.mirror(action, held);
  }

  /** Where a request will go is known before its filters run: they may ask. */
  private chooseCluster(action: ForwardAction): void {
    this.weighted = pickCluster(action, this.manager.services.random);
    const name = this.wantedCluster;
    this.cluster = name === '' ? undefined : this.manager.services.clusters.get(name);
    if (this.cluster === undefined) return;
    this.record.upstreamCluster = this.cluster.config.name;
    this.record.clusterMetadata = this.cluster.config.metadata;
    this.record.cluster = this.cluster.labels;
  }

  /** The cluster that its route asks for, there or not; empty when it asks for none. */
  get wantedCluster(): string {
    if (this.weighted !== undefined) return this.weighted.name;
    const action = this.route?.action;
    const header = action?.kind === 'forward' ? action.clusterHeader : undefined;
    return header === undefined ? '' : (this.request.get(header) ?? '');
  }

  /** Starts the clocks of an exchange; a route may have its own. */
  private armLimits(action: Route['action'] | undefined): void {
    const { timeouts } = this.manager.config;
    const own = action?.kind === 'forward' ? action : undefined;
    const idleMs = own?.idleTimeoutMs ?? timeouts.streamIdleMs;
    const durationMs = this.deadlineMs(own) ?? own?.maxStreamDurationMs ?? timeouts.maxStreamDurationMs;
    if (idleMs > 0) this.idle.arm(idleMs);
    if (durationMs > 0) this.durationLimit.arm(durationMs);
    if (timeouts.requestMs > 0 && !this.requestEnded) this.requestLimit.arm(timeouts.requestMs);
  }

  /** The time a gRPC client gives its call, where the route takes its word for it, up to the route's own. Spec: Envoy `grpc_timeout_header_max`. */
  private deadlineMs(action: ForwardAction | undefined): number | undefined {
    if (action?.grpcStreamTimeout === undefined || this.record.protocol !== 'grpc') return undefined;
    const wanted = this.request.get('grpc-timeout');
    if (grpcTimeoutMs(wanted) === undefined) return undefined;
    const limitMs = grpcTimeLimitMs(wanted, action.grpcStreamTimeout);
    this.request.set('grpc-timeout', grpcTimeoutText(limitMs));
    return limitMs;
  }

  /** Who was slow: the client, while its request is not all here. */
  private get timeoutStatus(): number {
    return this.requestEnded ? 504 : 408;
  }

  private onRequestLimit(): void {
    this.manager.stats.downstream_rq_timeout++;
    this.reply('request_receive_timeout');
  }

  private onDurationLimit(): void {
    this.manager.stats.downstream_rq_max_duration_reached++;
    this.reply('downstream_max_duration', { status: this.timeoutStatus, grpcStatus: 4 });
  }

  private mirror({ mirrors }: ForwardAction, held: Buffer): void {
    // A request that was answered already, before its body came, is not worth a copy.
    if (!this.active && !this.requestEnded) return;
    for (const mirror of mirrors) {
      if (mirror.fraction !== undefined && !isChosen(mirror.fraction, this.manager.services.random)) continue;
      const shadow = sendMirror(this, mirror, held);
      if (shadow !== undefined) (this.shadows ??= []).push(shadow);
    }
  }

  private onDelay(): void {
    const then = this.afterDelay;
    this.afterDelay = undefined;
    if (!this.active) return;
    this.downstream.resumeRequest();
    then?.();
  }

  private onIdleTimeout(): void {
    this.manager.stats.downstream_rq_idle_timeout++;
    this.reply('stream_idle_timeout', { status: this.timeoutStatus });
  }
}

/** Statuses of which a client is told where: of a direct response, where it asked. Spec: RFC 9110 §10.2.2; Envoy router. */
const saysWhere = (status: number): boolean => status === 201 || (status >= 300 && status < 400);
