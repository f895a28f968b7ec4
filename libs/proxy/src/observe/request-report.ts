import { create } from '@bufbuild/protobuf';
import { type FilterChain } from '@lateen/proxy-config';
import { type Route } from '@lateen/routing';
import { causeOf, formatResponseFlags, RESPONSE_FLAG, type StreamRecord } from '@lateen/telemetry';
import { type Cause, type Request, type RuleLabels, RuleLabelsSchema } from '@lateen/xds/gen/lateen/observation_pb';
import { type HttpStream } from '../http/stream';
import { addressText } from '../http/connection-info';
import { redactedFields, redactedPath } from './redact';
import { resourceOf } from './rule-counters';
import { nameOf } from './series-deltas';

/** An exchange that has just ended, as it is told to the control plane. */
export function reportOfStream(stream: HttpStream, sequence: number, failed: boolean): Request {
  const { record, request, manager, route, connection, forwarding } = stream;
  const { cameForAuthority = record.authority, cameForPath = record.path } = forwarding;
  const { routes } = manager.config;
  const trace = traceOf(stream);
  const fault = faultOf(stream);
  return {
    ...reportOfRecord(record, { sequence, failed, listener: manager.listener.name }),
    requestId: request.get('x-request-id') ?? '',
    ...trace,
    authority: authorityText(cameForAuthority),
    path: redactedPath(cameForPath),
    sentAuthority: cameForAuthority === record.authority ? '' : authorityText(record.authority),
    sentPath: cameForPath === record.path ? '' : redactedPath(record.path),
    requestHeaders: redactedFields(request),
    responseHeaders: stream.responseStarted ? redactedFields(stream.response) : [],
    localAddress: connection.destination === undefined ? connection.localText : addressText(connection.destination),
    routeConfig: routes.kind === 'inline' ? '' : routes.name,
    rule: ruleOf(route),
    ...fault,
  };
}

/** What is told of a report beside its record. */
interface Told {
  readonly sequence: number;
  readonly failed: boolean;
  readonly listener: string;
}

/** A connection that has just ended, as it is told to the control plane; `chain` took it. */
export function reportOfConnection(record: StreamRecord, { chain, ...told }: Told & { readonly chain?: FilterChain | undefined }): Request {
  return { ...reportOfRecord(record, told), rule: ruleOf(chain) };
}

/** What a record alone tells: most of an exchange. */
function reportOfRecord(record: StreamRecord, { sequence, failed, listener }: Told): Request {
  const destination = record.reporter === 'destination';
  return {
    $typeName: 'lateen.observation.v1.Request',
    sequence,
    failed,
    destination,
    listener,
    requestId: '',
    traceId: '',
    spanId: '',
    parentSpanId: '',
    startTimeMs: record.startTimeMs,
    durationMs: record.durationMs,
    requestMs: record.requestDurationMs,
    firstByteMs: record.responseDurationMs,
    lastByteMs: record.responseEndMs,
    protocol: record.protocol,
    httpVersion: record.httpProtocol,
    method: record.method,
    scheme: record.scheme,
    authority: authorityText(record.authority),
    path: '',
    requestHeaders: [],
    responseHeaders: [],
    status: record.responseCode,
    grpcStatus: record.grpcStatus,
    flags: record.responseFlags === 0 ? '' : formatResponseFlags(record.responseFlags),
    details: record.responseCodeDetails,
    upstreamTransportFailure: record.upstreamTransportFailureReason.slice(0, 512),
    connectionTermination: record.connectionTerminationDetails.slice(0, 512),
    bytesReceived: record.bytesReceived,
    bytesSent: record.bytesSent,
    localAddress: record.downstreamLocalAddress,
    remoteAddress: record.downstreamRemoteAddress,
    routeConfig: '',
    virtualHost: record.virtualHostName,
    routeName: record.routeName,
    rule: undefined,
    cluster: record.upstreamCluster,
    upstreamHost: record.upstreamHost,
    attempts: record.attempts,
    faultDelayMs: -1,
    faultAbortStatus: 0,
    peer: record.peer === undefined ? undefined : nameOf(record.peer),
    mutualTls: record.mutualTls,
    peerPrincipal: destination ? record.downstreamPeerUriSan : record.upstreamPeerUriSan,
    serverName: record.requestedServerName,
    cause: causeMessage(record),
    sentAuthority: '',
    sentPath: '',
    sampled: false,
  };
}

/** The rule that a route or a chain was made from. */
function ruleOf(from: Pick<Route, 'origin' | 'istioConfig'> | undefined): RuleLabels | undefined {
  const config = from?.origin?.config ?? from?.istioConfig;
  if (config === undefined) return undefined;
  return create(RuleLabelsSchema, { ...resourceOf(config), rule: from?.origin?.rule ?? '', match: from?.origin?.match ?? '' });
}

function authorityText(authority: string): string {
  return authority.slice(0, 256);
}

function causeMessage(record: StreamRecord): Cause | undefined {
  const cause = causeOf(record);
  return cause === undefined ? undefined : { $typeName: 'lateen.observation.v1.Cause', ...cause, evidence: [...cause.evidence] };
}

/** Whether no response, a 5xx, a gRPC error or a response flag came of it. */
export function isFailed(record: StreamRecord): boolean {
  if (record.responseFlags !== 0 || record.grpcStatus > 0 || record.responseCode >= 500) return true;
  return record.responseCode === 0 && record.protocol !== 'tcp';
}

/** The trace a request belongs to, by its headers. Spec: W3C Trace Context; B3 multiple headers. */
function traceOf({ request }: HttpStream): { readonly traceId: string; readonly spanId: string; readonly parentSpanId: string } {
  const [, traceId, spanId] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/.exec(request.get('traceparent') ?? '') ?? [];
  if (traceId !== undefined && spanId !== undefined) return { traceId, spanId, parentSpanId: '' };
  return {
    traceId: (request.get('x-b3-traceid') ?? '').slice(0, 32),
    spanId: (request.get('x-b3-spanid') ?? '').slice(0, 16),
    parentSpanId: (request.get('x-b3-parentspanid') ?? '').slice(0, 16),
  };
}

function faultOf({ record, route }: HttpStream): { readonly faultDelayMs: number; readonly faultAbortStatus: number } {
  const delayed = (record.responseFlags & RESPONSE_FLAG.DI) !== 0;
  const aborted = (record.responseFlags & RESPONSE_FLAG.FI) !== 0;
  return {
    faultDelayMs: delayed ? (route?.perFilter.fault?.delay?.delayMs ?? 0) : -1,
    faultAbortStatus: aborted ? record.responseCode : 0,
  };
}
