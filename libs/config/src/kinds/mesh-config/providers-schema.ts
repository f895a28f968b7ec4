import { z } from 'zod';
import { anyDuration } from '../../schema/scalars';
import { lenient, open } from './proxy-schema';

const texts = z.array(z.string());
const textMap = z.record(z.string(), z.string());
const service = { service: z.string(), port: z.int() };
const headers = z.array(lenient({ name: z.string(), value: z.string(), envName: z.string() }));

const extAuthz = {
  ...service,
  timeout: anyDuration,
  failOpen: z.boolean(),
  clearRouteCache: z.boolean(),
  statusOnError: z.string(),
  includeRequestBodyInCheck: lenient({ maxRequestBytes: z.int(), allowPartialMessage: z.boolean(), packAsBytes: z.boolean() }),
};
const grpcLog = {
  ...service,
  logName: z.string(),
  filterStateObjectsToLog: texts,
  additionalRequestHeadersToLog: texts,
  additionalResponseHeadersToLog: texts,
  additionalResponseTrailersToLog: texts,
};
const logFormat = lenient({ text: z.string(), labels: open });

/** One provider of `extensionProviders`: a name, and one of the kinds. Spec: Istio `MeshConfig.ExtensionProvider`. */
export const extensionProvider = lenient({
  name: z.string(),
  envoyExtAuthzHttp: lenient({
    ...extAuthz,
    pathPrefix: z.string(),
    includeHeadersInCheck: texts,
    includeRequestHeadersInCheck: texts,
    includeAdditionalHeadersInCheck: textMap,
    headersToUpstreamOnAllow: texts,
    headersToDownstreamOnDeny: texts,
    headersToDownstreamOnAllow: texts,
  }),
  envoyExtAuthzGrpc: lenient(extAuthz),
  zipkin: lenient({
    ...service,
    maxTagLength: z.int(),
    enable64bitTraceId: z.boolean(),
    path: z.string(),
    timeout: anyDuration,
    headers,
    traceContextOption: z.string(),
  }),
  lightstep: lenient({ ...service, accessToken: z.string(), maxTagLength: z.int() }),
  datadog: lenient({ ...service, maxTagLength: z.int() }),
  stackdriver: open,
  opencensus: lenient({ ...service, context: texts, maxTagLength: z.int() }),
  skywalking: lenient({ ...service, accessToken: z.string() }),
  opentelemetry: lenient({
    ...service,
    maxTagLength: z.int(),
    http: lenient({ path: z.string(), timeout: anyDuration, headers }),
    grpc: lenient({ timeout: anyDuration, initialMetadata: headers }),
    resourceDetectors: open,
    dynatraceSampler: open,
    serviceAttributeEnrichment: z.string(),
  }),
  prometheus: open,
  envoyFileAccessLog: lenient({ path: z.string(), logFormat, omitEmptyValues: z.boolean() }),
  envoyHttpAls: lenient(grpcLog),
  envoyTcpAls: lenient(grpcLog),
  envoyOtelAls: lenient({ ...grpcLog, logFormat }),
  sds: lenient({ ...service, name: z.string() }),
});

/** The kinds of providers, by the field that holds each. */
export const PROVIDER_KINDS: readonly string[] = Object.keys(extensionProvider.shape).filter((field) => field !== 'name');
