import { type MetricDefinition, METRICS } from './catalog';
import { BUCKETS, HISTOGRAM_SIZE } from './histogram';
import { type IstioCounter } from './istio-counter';
import { labelsOf } from './istio-labels';
import { type MetricPlan } from './plan';
import { type PrintedLabels, type Series } from './series';

/** One metric with its series, before it is text: small enough to go from one process to another. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Every process says the same of it: it is not added up. */
  readonly alike?: boolean;
  /** Of a histogram. Default: `BUCKETS`. */
  readonly bounds?: readonly number[];
  /** No two have equal labels. */
  readonly rows: readonly MetricRow[];
}

/** One series of a family. */
export interface MetricRow {
  readonly printed: PrintedLabels;
  /** A value, or a histogram's sum and counts by bucket. */
  readonly numbers: Float64Array;
}

/** Resolves in a later turn of the event loop, when traffic has had its own. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Series looked at in one turn: about 10 µs each the first time, when their labels are made. */
const SERIES_A_TURN = 200;

/**
 * The series of some counters by Istio's metrics, in their order. A metric without series is left out; series with equal
 * labels are one. Traffic gets its turn after every 200 series.
 */
export async function familiesOf(counters: readonly IstioCounter[]): Promise<readonly MetricFamily[]> {
  const families: MetricFamily[] = [];
  let looked = 0;
  for (const definition of METRICS) {
    const rows = new Map<string, MetricRow>();
    let bounds: readonly number[] = BUCKETS;
    for (const counter of counters) {
      const plan = counter.plan.metrics.find((metric) => metric.definition === definition);
      if (plan === undefined) continue;
      bounds = plan.own?.bounds ?? BUCKETS;
      // A copy: streams add and forget series between turns.
      for (const series of [...counter.series()]) {
        if (!isOf(series, definition.of)) continue;
        addRow(rows, rowOf(plan, series));
        if (++looked % SERIES_A_TURN === 0) await nextTurn();
      }
    }
    const { name, help, type } = definition;
    if (rows.size > 0) families.push({ name: `istio_${name}`, help, type, bounds, rows: [...rows.values()] });
  }
  return families;
}

/** A family of single values. */
export function plainFamily(
  family: Omit<MetricFamily, 'rows'>,
  values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
): MetricFamily {
  return { ...family, rows: values.map(({ labels, value }) => ({ printed: printedLabels(labels), numbers: Float64Array.of(value) })) };
}

/** What several processes say, as one: series with equal labels are added up, in the order of their first appearance. */
export function mergeFamilies(lists: readonly (readonly MetricFamily[])[]): readonly MetricFamily[] {
  if (lists.length === 1) return lists[0]!;
  const merged = new Map<string, { readonly family: MetricFamily; readonly rows: Map<string, MetricRow> }>();
  for (const family of lists.flat()) {
    let into = merged.get(family.name);
    if (into === undefined) merged.set(family.name, (into = { family, rows: new Map() }));
    for (const row of family.rows) if (family.alike !== true || !into.rows.has(row.printed.text)) addRow(into.rows, row);
  }
  return [...merged.values()].map(({ family, rows }) => ({ ...family, rows: [...rows.values()] }));
}

function isOf({ key: { protocol } }: Series, of: MetricDefinition['of']): boolean {
  return of === 'http' ? protocol !== 'tcp' : protocol === of;
}

function addRow(rows: Map<string, MetricRow>, { printed, numbers }: MetricRow): void {
  const row = rows.get(printed.text);
  rows.set(printed.text, row === undefined ? { printed, numbers } : { printed, numbers: row.numbers.map((n, i) => n + numbers[i]!) });
}

function rowOf(plan: MetricPlan, series: Series): MetricRow {
  return { printed: printedOf(plan, series), numbers: numbersOf(plan, series.numbers) };
}

function numbersOf({ definition: { offset, type }, own }: MetricPlan, numbers: Float64Array): Float64Array {
  if (type === 'counter') return numbers.subarray(offset, offset + 1);
  if (own === undefined) return numbers.subarray(offset, offset + HISTOGRAM_SIZE);
  return Float64Array.of(numbers[offset]!, ...numbers.subarray(own.offset, own.offset + own.bounds.length + 1));
}

function printedOf(plan: MetricPlan, series: Series): PrintedLabels {
  let found = series.labels.get(plan.variant);
  if (found === undefined) {
    const labels: Record<string, string> = {};
    for (const [name, value] of labelsOf(series.key, series)) if (!plan.removed.has(name)) labels[name] = value;
    for (const [name, tag] of plan.added) labels[name] = series.tags[tag]!;
    series.labels.set(plan.variant, (found = printedLabels(labels)));
  }
  return found;
}

function printedLabels(labels: Readonly<Record<string, string>>): PrintedLabels {
  return { labels, text: JSON.stringify(Object.entries(labels).sort()) };
}
