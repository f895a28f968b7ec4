import { z } from 'zod';

/** What is decided, in the order a request meets it; several stages may repeat on each hop. */
export const STAGES = [
  'listener',
  'filter-chain',
  'virtual-host',
  'route',
  'authorization',
  'fault',
  'rewrite',
  'headers',
  'mirror',
  'cluster',
  'endpoint',
  'mtls',
  'timeout',
  'retry',
] as const;

/**
 * What came of it. `matched`: it fits. `not-matched`: it was tried and does not. `chosen`: it is the one of several.
 * `skipped`: it was not tried, or is not in effect. `applied`: it changes the request or how it is sent.
 */
export const VERDICTS = ['matched', 'not-matched', 'chosen', 'skipped', 'applied'] as const;

/** How a request ends, as far as configuration decides it. */
export const OUTCOME_KINDS = ['route', 'redirect', 'direct-response', 'fault', 'denied', 'no-route', 'passthrough', 'black-hole'] as const;

const resource = z.object({ kind: z.string(), namespace: z.string(), name: z.string() });

/** A predicate that a request does not satisfy, or that decided. */
const predicate = z.object({
  kind: z.enum(['path', 'header', 'query', 'grpc', 'tls', 'fraction', 'client']),
  /** Of a header, a query parameter, or a condition on the client such as `sourceLabels.app`. */
  name: z.string().optional(),
  /** `to be "jason"`. */
  expected: z.string(),
  /** Absent: the request has nothing there. */
  actual: z.string().optional(),
});

/** One address a cluster may pick. */
const endpoint = z.object({
  /** `HOST:PORT`. */
  address: z.string(),
  /** `WORKLOAD.NAMESPACE`, when known. */
  workload: z.string().optional(),
  /** `REGION/ZONE/SUBZONE`; absent when it has none. */
  locality: z.string().optional(),
  priority: z.number().int(),
  weight: z.number(),
  /** As configured. */
  health: z.enum(['healthy', 'unhealthy', 'degraded', 'draining']),
  /** By outlier detection, now; absent when that proxy's live state is not known. */
  ejected: z.boolean().optional(),
  /** True where its name gives that proxy no address, now. */
  unresolved: z.literal(true).optional(),
  /** Whether it takes requests. */
  usable: z.boolean(),
  /** Its certificate is asked for. */
  tls: z.boolean(),
});

/** One decision. */
export const stepSchema = z.object({
  /** 1 is the proxy that the request meets first. */
  hop: z.number().int().min(1),
  /** `POD.NAMESPACE` of the proxy that decides. */
  proxy: z.string(),
  side: z.enum(['outbound', 'inbound', 'gateway']),
  stage: z.enum(STAGES),
  verdict: z.enum(VERDICTS),
  /** Plain English, one or two sentences. */
  reason: z.string(),
  /** Of the thing that was decided on: a listener, a domain, `http[1].match[0]`, a cluster. */
  name: z.string().optional(),
  /** Where it is written; absent for what no file says. */
  file: z.string().optional(),
  line: z.number().int().optional(),
  resource: resource.optional(),
  /** The field: `spec.http[1].match[0]`. */
  path: z.string().optional(),
  predicate: predicate.optional(),
  /** 0 to 1, of requests that come this far; absent: all of them. */
  probability: z.number().min(0).max(1).optional(),
  /** Who set the value: `default`, `MeshConfig`, or a kind such as `VirtualService`. */
  source: z.string().optional(),
  endpoints: z.array(endpoint).optional(),
  /** This is what really happened to the request that is explained. */
  happened: z.boolean().optional(),
});

/** How a request ends. */
export const outcomeSchema = z.object({
  kind: z.enum(OUTCOME_KINDS),
  /** Where it is sent. */
  cluster: z.string().optional(),
  /** Of an answer that a proxy makes itself; absent when the destination answers. */
  status: z.number().int().optional(),
  /** Envoy's response flags, `FI` or `DI,UH`; absent without any. */
  flag: z.string().optional(),
  /** The rule that decided: `VirtualService default/reviews http[1].match[0]`. */
  rule: z.string().optional(),
  /** Of a redirection. */
  location: z.string().optional(),
  /** 0 to 1. */
  probability: z.number().min(0).max(1),
  /** One sentence. */
  reason: z.string(),
  /** Where the configuration said so when a request that happened failed; absent where it is not about configuration. */
  file: z.string().optional(),
  line: z.number().int().optional(),
  /** What was seen when a request that happened failed: `response flag UF`. */
  evidence: z.array(z.string()).optional(),
  /** A change that would remove the cause: whole resources as YAML, to hand to `lateen apply`. */
  patch: z.object({ title: z.string(), yaml: z.string() }).optional(),
});

/** A whole explanation: what `lateen explain -o json` prints and `POST /api/explain` answers. */
export const explanationSchema = z.object({
  /** Of this form: 1. */
  version: z.literal(1),
  request: z.object({
    /** `POD.NAMESPACE` of the first proxy. */
    from: z.string(),
    method: z.string(),
    url: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
  }),
  /** The likeliest of `outcomes`. */
  outcome: outcomeSchema,
  /** All of them, likeliest first; their probabilities add up to 1. */
  outcomes: z.array(outcomeSchema),
  steps: z.array(stepSchema),
  /** What limits this explanation: proxies it cannot see into, live state it does not have. */
  notes: z.array(z.string()),
});

export type Stage = (typeof STAGES)[number];
export type Verdict = (typeof VERDICTS)[number];
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];
export type Step = z.output<typeof stepSchema>;
export type Outcome = z.output<typeof outcomeSchema>;
export type EndpointView = z.output<typeof endpoint>;
export type Explanation = z.output<typeof explanationSchema>;
