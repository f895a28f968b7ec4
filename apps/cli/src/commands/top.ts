import { type Graph, type Rates } from '@lateen/observation';
import { openObservation } from '../mesh/observation-client';
import { observedGraph } from '../mesh/observed-graph';
import { out } from '../output/colors';
import { nodeNames, nodeText, securityText, splitText } from '../output/graph-names';
import { showLive } from '../output/live';
import { bytes, errorsText, fails, RATE_HEADS, rate, rateCells } from '../output/numbers';
import { plural } from '../output/plural';
import { table } from '../output/table';

/** Options of `lateen top`. */
export interface TopOptions {
  readonly namespace?: string;
  readonly by: 'workload' | 'edge';
  /** Seconds that are looked at. */
  readonly window: number;
  /** Seconds between two pictures. */
  readonly interval: number;
  readonly once?: boolean;
  readonly output?: 'table' | 'json';
  readonly state?: string;
}

/** Shows who serves how much, how well: busiest first, again and again in a terminal. */
export async function top(workload: string | undefined, options: TopOptions): Promise<void> {
  const client = openObservation(options.state);
  const read = (): Promise<Graph> => observedGraph(client, { workload, namespace: options.namespace, window: options.window });
  if (options.output === 'json') {
    process.stdout.write(`${JSON.stringify(await read(), undefined, 2)}\n`);
    return;
  }
  await showLive(async () => drawTop(await read(), options.by), { once: options.once === true, intervalMs: options.interval * 1000 });
}

/** The table of a graph, busiest first; rows with errors in red. */
export function drawTop(graph: Graph, by: TopOptions['by']): string {
  const { head, rows } = by === 'edge' ? edgeRows(graph) : workloadRows(graph);
  const [first = '', ...lines] = table(
    head,
    rows.map(({ cells }) => cells),
  ).split('\n');
  const painted = lines.map((line, i) => (rows[i]?.failing === true ? out.red(line) : line));
  return [summary(graph), '', out.bold(first), ...painted, ...(rows.length === 0 ? ['no traffic'] : [])].join('\n');
}

interface Row {
  readonly cells: readonly string[];
  readonly failing: boolean;
}

function workloadRows(graph: Graph): { readonly head: readonly string[]; readonly rows: readonly Row[] } {
  const nodes = graph.nodes.filter(({ kind, inbound }) => kind === 'workload' || kind === 'gateway' || inbound.requests > 0);
  return {
    head: ['WORKLOAD', 'VERSION', ...RATE_HEADS],
    rows: nodes
      .toSorted((a, b) => b.inbound.perSecond - a.inbound.perSecond || a.id.localeCompare(b.id))
      .map((node) => ({
        cells: [nodeText(node), node.workload.version, ...rateCells(node.inbound)],
        failing: fails(node.inbound),
      })),
  };
}

function edgeRows(graph: Graph): { readonly head: readonly string[]; readonly rows: readonly Row[] } {
  const names = nodeNames(graph);
  return {
    head: ['FROM', 'TO', 'PROTOCOL', ...RATE_HEADS, 'BYTES', 'SECURITY', 'SPLIT', 'FLAGS'],
    rows: graph.edges
      .toSorted((a, b) => b.rates.perSecond - a.rates.perSecond || a.id.localeCompare(b.id))
      .map((edge) => ({
        cells: [
          names.get(edge.source) ?? edge.source,
          names.get(edge.target) ?? edge.target,
          edge.protocol,
          ...rateCells(edge.rates),
          edge.rates.bytesPerSecond === undefined ? '-' : bytes(edge.rates.bytesPerSecond),
          securityText(edge),
          splitText(edge) || '-',
          Object.entries(edge.flags)
            .map(([flag, count]) => `${flag} ${count}`)
            .join(', ') || '-',
        ],
        failing: fails(edge.rates),
      })),
  };
}

/** What came in from outside the mesh counts once: what its own workloads call each other for does not. */
function summary({ nodes, edges, windowSeconds }: Graph): string {
  const called = new Set(edges.map(({ target }) => target));
  const all = sum(edges.filter(({ source }) => !called.has(source)).map(({ rates }) => rates));
  const running = nodes.filter(({ kind, running: runs }) => kind === 'workload' && runs).length;
  return `${plural(running, 'workload')}, ${rate(all.perSecond)} requests/s from outside, ${errorsText(all)}, last ${windowSeconds} s`;
}

function sum(rates: readonly Rates[]): { readonly perSecond: number; readonly requests: number; readonly errorRatio: number } {
  const perSecond = rates.reduce((total, each) => total + each.perSecond, 0);
  const requests = rates.reduce((total, each) => total + each.requests, 0);
  const failed = rates.reduce((total, each) => total + each.perSecond * each.errorRatio, 0);
  return { perSecond, requests, errorRatio: perSecond === 0 ? 0 : failed / perSecond };
}
