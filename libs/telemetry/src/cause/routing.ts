import { type CauseRule, has } from './cause-rule';
import { clusterText, parseClusterName, shortHost } from './names';

/** No route, or a route to a cluster that is not there. */
export const ROUTING: readonly CauseRule[] = [
  {
    code: 'no_virtual_host',
    flags: ['NR'],
    when: (f) => has(f, 'NR') && f.responseCodeDetails === 'route_not_found' && f.failure?.virtualHost === '',
    short: (f) => `no virtual host for "${f.authority}"`,
    sentence: (f) =>
      `Nothing is configured for host "${f.authority}" here: ${
        f.failure?.routeTable === undefined || f.failure.routeTable === ''
          ? 'no virtual host'
          : `no virtual host of routes "${f.failure.routeTable}"`
      } has that domain, so the answer was 404.`,
    evidence: (f) => [`host ${f.authority}`],
  },
  {
    code: 'no_rule_matched',
    flags: ['NR'],
    when: (f) => has(f, 'NR') && f.responseCodeDetails === 'route_not_found',
    short: (f) => `no rule matches ${f.method} ${pathOf(f)}`,
    sentence: (f) =>
      `No rule for host "${f.authority}" matches ${f.method} ${pathOf(f)}${
        (f.failure?.virtualHost ?? '') === ''
          ? ''
          : `: virtual host "${f.failure?.virtualHost}" has rules, but none takes this path, method and headers`
      }, so the answer was 404.`,
    evidence: (f) => {
      const virtualHost = f.failure?.virtualHost ?? '';
      return [`host ${f.authority}`, virtualHost === '' ? undefined : `virtual host ${virtualHost}`, `${f.method} ${pathOf(f)}`];
    },
  },
  {
    code: 'cluster_waiting',
    flags: ['NC'],
    when: (f) => has(f, 'NC') && f.failure?.waitsFor !== undefined,
    short: (f) => `${clusterText(wanted(f))} waits for ${f.failure?.waitsFor}`,
    sentence: (f) => `The route sends to ${clusterText(wanted(f))}, which this proxy cannot use yet: it waits for ${f.failure?.waitsFor}.`,
    evidence: (f) => [`cluster ${wanted(f)}`],
  },
  {
    code: 'subset_not_found',
    flags: ['NC'],
    when: (f) => has(f, 'NC') && (parseClusterName(wanted(f))?.subset ?? '') !== '',
    short: (f) => {
      const { subset, host } = parseClusterName(wanted(f))!;
      return `no DestinationRule defines subset ${subset} of ${shortHost(host)}`;
    },
    sentence: (f) => {
      const { subset, host } = parseClusterName(wanted(f))!;
      return `The route sends to subset "${subset}" of ${host}, which no DestinationRule that this proxy sees defines: the subset is missing, or there is no such host.`;
    },
    evidence: (f) => [`cluster ${wanted(f)}`],
  },
  {
    code: 'cluster_not_found',
    flags: ['NC'],
    when: (f) => has(f, 'NC'),
    short: (f) => (wanted(f) === '' ? 'the route names no cluster' : `no service ${clusterText(wanted(f))}`),
    sentence: (f) =>
      wanted(f) === ''
        ? 'The route takes its cluster from a header that the request does not have.'
        : `The route sends to ${clusterText(wanted(f))}, which this proxy does not know: no such service or port is in the registry, or its Sidecar or exportTo hides it.`,
    evidence: (f) => [wanted(f) === '' ? undefined : `cluster ${wanted(f)}`],
  },
  {
    code: 'registry_only',
    flags: [],
    when: (f) => f.routeName === 'block_all' || f.upstreamCluster === 'BlackHoleCluster',
    short: (f) => `${f.authority || f.requestedServerName || f.downstreamLocalAddress} is not in the registry`,
    sentence: (f) =>
      `"${f.authority || f.requestedServerName || f.downstreamLocalAddress}" is no service of the mesh, and outboundTrafficPolicy REGISTRY_ONLY lets nothing else out.`,
    evidence: (f) => [f.routeName === '' ? undefined : `route ${f.routeName}`],
  },
];

/** Without its query: that may hold what is nobody's business. */
function pathOf({ path }: { readonly path: string }): string {
  return path.split('?', 1)[0]!;
}

function wanted({
  failure,
  upstreamCluster,
}: {
  readonly failure?: { readonly wantedCluster?: string } | undefined;
  readonly upstreamCluster: string;
}): string {
  return failure?.wantedCluster ?? upstreamCluster;
}
