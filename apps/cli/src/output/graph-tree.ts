import { type Graph, type GraphEdge } from '@lateen/observation';
import { out } from './colors';
import { nodeNames, securityText, splitText } from './graph-names';
import { errorsText, fails, milliseconds, rate } from './numbers';
import { plain } from './plain';

/**
 * The graph as a tree from where requests come in. A workload that was drawn above is named again without what it calls.
 *
 *     unknown
 *     └─ istio-system/istio-ingressgateway  12.0/s  0%  p99 40 ms  plaintext
 *        └─ productpage-v1  12.0/s  0%  p99 38 ms  mTLS
 */
export function drawTree(graph: Graph): string {
  if (graph.edges.length === 0) return `no traffic in the last ${graph.windowSeconds} s`;
  const names = nodeNames(graph);
  const from = new Map<string, GraphEdge[]>();
  for (const edge of graph.edges) from.set(edge.source, [...(from.get(edge.source) ?? []), edge]);
  for (const edges of from.values()) edges.sort((a, b) => b.rates.perSecond - a.rates.perSecond || a.target.localeCompare(b.target));
  const drawn = new Set<string>();
  const lines: string[] = [];
  const below = (id: string, indent: string): void => {
    if (drawn.has(id)) return;
    drawn.add(id);
    const edges = from.get(id) ?? [];
    edges.forEach((edge, i) => {
      const last = i === edges.length - 1;
      const again = drawn.has(edge.target) && (from.get(edge.target)?.length ?? 0) > 0;
      lines.push(
        `${indent}${last ? '└─' : '├─'} ${names.get(edge.target) ?? plain(edge.target)}  ${edgeText(edge)}${again ? out.dim('  (above)') : ''}`,
      );
      below(edge.target, `${indent}${last ? '   ' : '│  '}`);
    });
  };
  for (const root of rootsOf(graph)) {
    if (drawn.has(root)) continue;
    lines.push(out.bold(names.get(root) ?? plain(root)));
    below(root, '');
  }
  return lines.join('\n');
}

/** Nodes that call and are not called, then those of circles that nothing outside calls. */
function rootsOf({ edges }: Graph): readonly string[] {
  const called = new Set(edges.filter(({ source, target }) => source !== target).map(({ target }) => target));
  const callers = [...new Set(edges.map(({ source }) => source))].sort();
  return [...callers.filter((id) => !called.has(id)), ...callers.filter((id) => called.has(id))];
}

function edgeText(edge: GraphEdge): string {
  const { rates, security, health } = edge;
  const errors = errorsText(rates);
  const secure = securityText(edge);
  const split = splitText(edge);
  return [
    `${rate(rates.perSecond)}/s`,
    fails(rates) ? out.red(errors) : out.dim(errors),
    ...(rates.p99Ms === undefined ? [] : [`p99 ${milliseconds(rates.p99Ms)}`]),
    secure === 'mTLS' ? out.green(secure) : out.yellow(secure),
    ...(split === '' ? [] : [`split ${split}`]),
    ...(health !== undefined && health.healthy < health.endpoints
      ? [out.yellow(`${health.healthy} of ${health.endpoints} endpoints`)]
      : []),
    ...(health?.circuitOpen === true ? [out.red('circuit open')] : []),
    ...(security.reason === undefined ? [] : [out.dim(plain(security.reason))]),
  ].join('  ');
}
