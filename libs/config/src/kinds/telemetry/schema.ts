import { z } from 'zod';
import { crd, oneOf } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { duration, message } from '../../schema/scalars';
import { oneTarget, policySelector, targetRef, targetRefs } from '../../schema/shared';

const text = crd(z.string(), { keywords: { minLength: 1 } });
const maybe = crd(z.boolean(), { keywords: { nullable: true } });
const mode = z.enum(['CLIENT_AND_SERVER', 'CLIENT', 'SERVER']);
const providers = z.array(message({ name: text }).required({ name: true }));
const named = message({ name: text, defaultValue: z.string() }).required({ name: true });
const valued = message({ value: text }).required({ value: true });

const customTag = oneOf(
  message({ literal: valued, environment: named, header: named, formatter: valued }),
  'literal',
  'environment',
  'header',
  'formatter',
);

const tracing = message({
  match: message({ mode }),
  providers,
  randomSamplingPercentage: crd(z.number(), { keywords: { minimum: 0, maximum: 100, nullable: true } }),
  disableSpanReporting: maybe,
  customTags: z.record(z.string(), customTag),
  useRequestIdForTraceSampling: maybe,
  enableIstioTags: maybe,
  disableContextPropagation: maybe,
});

const tagOverride = crd(message({ operation: z.enum(['UPSERT', 'REMOVE']), value: crd(z.string(), { keywords: { maxLength: 4096 } }) }), {
  validations: [
    {
      rule: '(has(self.operation) ? self.operation : "") == "UPSERT" ? (has(self.value) && self.value != "") : true',
      message: 'UPSERT needs a value',
    },
    { rule: '(has(self.operation) ? self.operation : "") == "REMOVE" ? !has(self.value) : true', message: 'REMOVE has no value' },
  ],
});

const metricMatch = oneOf(
  message({
    metric: z.enum([
      'ALL_METRICS',
      'REQUEST_COUNT',
      'REQUEST_DURATION',
      'REQUEST_SIZE',
      'RESPONSE_SIZE',
      'TCP_OPENED_CONNECTIONS',
      'TCP_CLOSED_CONNECTIONS',
      'TCP_SENT_BYTES',
      'TCP_RECEIVED_BYTES',
      'GRPC_REQUEST_MESSAGES',
      'GRPC_RESPONSE_MESSAGES',
    ]),
    customMetric: text,
    mode,
  }),
  'metric',
  'customMetric',
);

const metrics = message({
  providers,
  overrides: z.array(message({ match: metricMatch, disabled: maybe, tagOverrides: z.record(z.string(), tagOverride) })),
  reportingInterval: duration,
});

const accessLogging = message({ match: message({ mode }), providers, disabled: maybe, filter: message({ expression: z.string() }) });

/** The `spec` of a Telemetry. Spec: telemetry.istio.io Telemetry. */
export const telemetrySpec = crd(
  message({
    selector: policySelector,
    targetRef,
    targetRefs,
    tracing: z.array(tracing),
    metrics: z.array(metrics),
    accessLogging: z.array(accessLogging),
  }),
  {
    validations: [oneTarget('selector', 'targetRef', 'targetRefs')],
  },
);

/** Which metrics, traces and access logs workloads give. */
export type TelemetrySpec = DeepReadonly<z.output<typeof telemetrySpec>>;
/** Tracing of some traffic. */
export type TelemetryTracing = DeepReadonly<z.output<typeof tracing>>;
/** Metrics of some traffic. */
export type TelemetryMetrics = DeepReadonly<z.output<typeof metrics>>;
/** Access logs of some traffic. */
export type TelemetryAccessLogging = DeepReadonly<z.output<typeof accessLogging>>;
