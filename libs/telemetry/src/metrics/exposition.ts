import { Counter, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { type MetricFamily, type MetricRow, nextTurn } from './families';
import { BUCKETS, linesOf } from './histogram';

/** A value whose first labels many share: prom-client writes these out once. */
interface SharedValue extends MetricValue<string> {
  readonly metricName?: string;
  readonly sharedLabels: Readonly<Record<string, string>>;
}

/**
 * Characters printed in one turn of the event loop, about: a dozen histograms with Istio's labels. prom-client prints
 * 100 to 200 MB a second, so a turn is held up for two milliseconds.
 */
const SLICE_CHARS = 256 * 1024;

/**
 * Families as Prometheus text, in slices, each made in a turn of its own when it is asked for: a full table is a hundred
 * megabytes, more than one string could hold and seconds of work. prom-client prints every slice: a family's first with
 * its help and type, the others without. Slices end with a line's end.
 * Spec: Prometheus text format 0.0.4.
 */
export async function* expose(families: readonly MetricFamily[]): AsyncGenerator<string, void, undefined> {
  for (const family of families) {
    const printer = new FamilyPrinter(family);
    const header = await printer.print([]);
    yield `${header}\n`;
    for (const rows of slicesOf(family)) {
      await nextTurn();
      // What comes after the help and type that prom-client prints each time.
      yield (await printer.print(rows)).slice(header.length + 1) + '\n';
    }
    yield '\n';
  }
}

/** Rows by slice. One row is printed whole, however large. */
function* slicesOf({ type, bounds = BUCKETS, rows }: MetricFamily): Iterable<readonly MetricRow[]> {
  const lines = type === 'histogram' ? linesOf(bounds) : 1;
  let slice: MetricRow[] = [];
  let chars = 0;
  for (const row of rows) {
    slice.push(row);
    chars += lines * row.printed.text.length;
    if (chars < SLICE_CHARS) continue;
    yield slice;
    slice = [];
    chars = 0;
  }
  if (slice.length > 0) yield slice;
}

/** A metric of prom-client's whose values are those it is told to print. */
class FamilyPrinter extends Counter {
  readonly #registry: Registry;
  readonly #family: MetricFamily;
  #rows: readonly MetricRow[] = [];

  constructor(family: MetricFamily) {
    const registry = new Registry();
    super({ name: family.name, help: family.help, registers: [registry] });
    this.#registry = registry;
    this.#family = family;
  }

  /** Help, type, and these rows; without a newline at the end. */
  print(rows: readonly MetricRow[]): Promise<string> {
    this.#rows = rows;
    return this.#registry.getSingleMetricAsString(this.#family.name);
  }

  override get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const { name, help, type, bounds = BUCKETS } = this.#family;
    const values = this.#rows.flatMap((row) => (type === 'histogram' ? histogramValues(name, bounds, row) : [plainValue(row)]));
    // prom-client's types leave out what its own histograms use: a type by name, and shared labels.
    return Promise.resolve({ name, help, type, values, aggregator: 'sum' } as unknown as MetricObjectWithValues<MetricValue<string>>);
  }
}

function plainValue({ printed, numbers }: MetricRow): SharedValue {
  return { labels: {}, sharedLabels: printed.labels, value: numbers[0]! };
}

/** Cumulative buckets, sum, count. */
function histogramValues(
  name: string,
  bounds: readonly number[],
  { printed: { labels: sharedLabels }, numbers }: MetricRow,
): readonly SharedValue[] {
  const values: SharedValue[] = [];
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) {
    count += numbers[1 + i]!;
    values.push({ metricName: `${name}_bucket`, labels: { le: bounds[i] ?? '+Inf' }, sharedLabels, value: count });
  }
  values.push({ metricName: `${name}_sum`, labels: {}, sharedLabels, value: numbers[0]! });
  values.push({ metricName: `${name}_count`, labels: {}, sharedLabels, value: count });
  return values;
}
