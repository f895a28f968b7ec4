import { type Attributes } from '../expressions/attributes';
import { compileExpression, type Expression } from '../expressions/expression';
import { type StreamRecord } from '../stream-record';
import { HTTP_SIZE, type MetricDefinition, METRICS } from './catalog';
import { BUCKETS, linesOf } from './histogram';
import { type OwnBuckets } from './own-buckets';

/** What changes of one metric, or of all. Spec: Istio `stats.MetricConfig`. */
export interface MetricRule {
  /** As in {@link METRICS}; empty: every metric. */
  readonly name: string;
  readonly drop: boolean;
  /** Labels set to the values of expressions. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly tagsToRemove: readonly string[];
}

/** How a listener counts. */
export interface StatsConfig {
  /** Never take the destination service from the Host header: on inbound listeners it is the client's word. */
  readonly disableHostHeaderFallback: boolean;
  /** Later rules are laid over earlier ones. */
  readonly metrics: readonly MetricRule[];
}

/** How one metric is printed. */
export interface MetricPlan {
  readonly definition: MetricDefinition;
  readonly removed: ReadonlySet<string>;
  /** Names of labels, and which of a series' tags each is set to. */
  readonly added: ReadonlyMap<string, number>;
  /** Metrics with equal labels have equal variants. */
  readonly variant: string;
  /** Of a histogram whose bounds are the workload's own. */
  readonly own?: PlacedBuckets;
}

/** A histogram's own bounds, and where in a series' numbers their counts are. */
export interface PlacedBuckets extends OwnBuckets {
  readonly offset: number;
}

/** A configuration, compiled: which metrics are printed and how, and the tags to work out. */
export interface StatsPlan {
  readonly metrics: readonly MetricPlan[];
  /** Histograms that have bounds of their own. */
  readonly own: readonly PlacedBuckets[];
  /** Numbers of an HTTP series. */
  readonly httpSize: number;
  /** Lines of text that a series is printed as. */
  readonly lines: Readonly<Record<'http' | 'grpc' | 'tcp', number>>;
  /** The tags of streams that are not told apart. */
  readonly unknownTags: readonly string[];
  /** Tags that depend on the single stream: worked out for each. */
  readonly perStream: boolean;
  /** The values of all tags for a stream, in order; empty without tags. */
  tagsOf(record: StreamRecord): readonly string[];
}

/** What a tag says when its expression has no value. Spec: Istio `stats`. */
const UNKNOWN = 'unknown';
const NO_TAGS: readonly string[] = [];
/** Longest value of a tag, in characters: one request's word must not fill the page. */
const MAX_TAG_CHARS = 256;

/** Compiles rules. Each expression is compiled once, however many metrics have it. */
export function compilePlan(rules: readonly MetricRule[], attributes: Attributes, ownBuckets: readonly OwnBuckets[] = []): StatsPlan {
  let httpSize = HTTP_SIZE;
  const own = ownBuckets.map((buckets) => {
    const offset = httpSize;
    httpSize += buckets.bounds.length + 1;
    return { ...buckets, offset };
  });
  const tags = new Map<string, { readonly index: number; readonly expression: Expression | undefined }>();
  const tagOf = (source: string): number => {
    let tag = tags.get(source);
    if (tag === undefined) tags.set(source, (tag = { index: tags.size, expression: compileExpression(source) }));
    return tag.index;
  };
  const metrics = METRICS.flatMap((definition) => planOf(definition, rules, tagOf) ?? []).map((metric) => ({
    ...metric,
    own: own.find((buckets) => buckets.metric === metric.definition),
  }));
  const expressions = [...tags.values()].map(({ expression }) => expression);
  return {
    metrics,
    own,
    httpSize,
    lines: { http: printedLines(metrics, ['http']), grpc: printedLines(metrics, ['http', 'grpc']), tcp: printedLines(metrics, ['tcp']) },
    unknownTags: expressions.map(() => UNKNOWN),
    perStream: expressions.some((expression) => expression?.perSeries === false),
    tagsOf: (record) => {
      if (expressions.length === 0) return NO_TAGS;
      attributes.record = record;
      return expressions.map((expression) => {
        const value = expression?.evaluate(attributes);
        return value === undefined ? UNKNOWN : String(value).slice(0, MAX_TAG_CHARS);
      });
    },
  };
}

function printedLines(metrics: readonly MetricPlan[], of: readonly MetricDefinition['of'][]): number {
  const printed = metrics.filter(({ definition }) => of.includes(definition.of));
  return printed.reduce((lines, { definition, own }) => lines + (definition.type === 'histogram' ? linesOf(own?.bounds ?? BUCKETS) : 1), 0);
}

function planOf(definition: MetricDefinition, rules: readonly MetricRule[], tagOf: (source: string) => number): MetricPlan | undefined {
  const removed = new Set<string>();
  const added = new Map<string, number>();
  let dropped = false;
  for (const { name, drop, dimensions, tagsToRemove } of rules) {
    if (name !== '' && name !== definition.name) continue;
    dropped = drop;
    for (const [label, source] of Object.entries(dimensions)) {
      added.set(label, tagOf(source));
      removed.delete(label);
    }
    for (const label of tagsToRemove) {
      removed.add(label);
      added.delete(label);
    }
  }
  if (dropped) return undefined;
  return { definition, removed, added, variant: JSON.stringify([[...removed].sort(), [...added].sort()]) };
}
