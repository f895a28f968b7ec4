import { type Graph, type GraphEdge } from '@lateen/observation';
import { nodeNames, securityText, splitText } from './graph-names';
import { errorsText, fails, rate } from './numbers';

/** The graph for Graphviz, grouped by app. */
export function drawDot(graph: Graph): string {
  const names = nodeNames(graph);
  const groups = new Map<string, string[]>();
  for (const { id, group } of graph.nodes) groups.set(group, [...(groups.get(group) ?? []), id]);
  const clusters = [...groups].flatMap(([group, ids], i) => {
    const nodes = ids.map((id) => `${quoted(id)} [label=${quoted(names.get(id) ?? id)}];`);
    return ids.length < 2 || group === ''
      ? nodes.map((node) => `  ${node}`)
      : [`  subgraph cluster_${i} {`, `    label=${quoted(group)};`, ...nodes.map((node) => `    ${node}`), '  }'];
  });
  const edges = graph.edges.map(
    (edge) =>
      `  ${quoted(edge.source)} -> ${quoted(edge.target)} [label=${quoted(label(edge))}${fails(edge.rates) ? ', color=red' : ''}${
        edge.security.mutualTls === 'yes' ? '' : ', style=dashed'
      }];`,
  );
  return ['digraph mesh {', '  rankdir=LR;', '  node [shape=box];', ...clusters, ...edges, '}'].join('\n');
}

/** The graph as a Mermaid flowchart, for Markdown. */
export function drawMermaid(graph: Graph): string {
  const names = nodeNames(graph);
  const short = new Map(graph.nodes.map(({ id }, i) => [id, `n${i}`]));
  const idOf = (id: string): string => short.get(id) ?? 'unknown';
  return [
    'flowchart LR',
    ...graph.nodes.map(({ id }) => `  ${idOf(id)}["${entities(names.get(id) ?? id)}"]`),
    ...graph.edges.map(
      (edge) =>
        `  ${idOf(edge.source)} ${edge.security.mutualTls === 'yes' ? '-->' : '-.->'}|"${entities(label(edge))}"| ${idOf(edge.target)}`,
    ),
  ].join('\n');
}

function label(edge: GraphEdge): string {
  const split = splitText(edge);
  return [`${rate(edge.rates.perSecond)}/s`, ...(fails(edge.rates) ? [errorsText(edge.rates)] : []), securityText(edge), split]
    .filter((part) => part !== '' && part !== '-')
    .join(', ');
}

const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const entities = (text: string): string => text.replaceAll(/["<>&#]/g, (char) => `#${char.charCodeAt(0)};`);
