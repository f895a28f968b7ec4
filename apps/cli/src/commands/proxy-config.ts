import { parseFiles } from '@lateen/config';
import { offlineProxyConfig } from '@lateen/translate';
import { CliError, EXIT } from '../exit';
import { openMesh } from '../mesh/open';
import { table } from '../output/table';
import { printViolations } from '../output/violations';
import { tablesOf } from './proxy-config-tables';
import { readConfiguration } from './up';

/** The kinds of resources a proxy holds; `all` is every one. */
export const PARTS = ['listeners', 'routes', 'clusters', 'endpoints', 'secrets'] as const;
/** One of `PARTS`. */
export type Part = (typeof PARTS)[number];
/** A proxy's resources in protobuf's JSON names. */
export type ProxyParts = Readonly<Partial<Record<Part, readonly unknown[]>>>;

/** Options of `lateen proxy-config`. */
export interface ProxyConfigOptions {
  readonly filename: readonly string[];
  readonly output?: 'table' | 'json' | 'yaml';
  readonly state?: string;
}

/** Prints what a running proxy holds, or with files what a workload's proxy would be sent. */
export async function proxyConfig(partText: string, workload: string, options: ProxyConfigOptions): Promise<void> {
  const parts = parsePart(partText);
  const all = options.filename.length > 0 ? await offline(workload, options.filename) : await live(workload, options.state);
  const chosen = Object.fromEntries(parts.filter((p) => all[p] !== undefined).map((p) => [p, all[p]])) as ProxyParts;
  const format = options.output ?? 'table';
  if (format === 'table') {
    for (const { head, rows } of tablesOf(chosen)) process.stdout.write(`${table(head, rows)}\n\n`);
    return;
  }
  // One kind is a list, as istioctl prints it; all of them a map by kind.
  const value = parts.length === 1 ? (chosen[parts[0] ?? 'listeners'] ?? []) : chosen;
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify(value, undefined, 2)}\n`
      : (await import('yaml')).stringify(value, { version: '1.1', aliasDuplicateObjects: false, lineWidth: 0 }),
  );
}

/** `listener`, `listeners` or `all`. */
function parsePart(text: string): readonly Part[] {
  if (text === 'all') return PARTS;
  const part = PARTS.find((p) => p === text || p === `${text}s`);
  if (part === undefined) throw new CliError(`Cannot show "${text}": expected ${PARTS.join(', ')} or all`, EXIT.usage);
  return [part];
}

async function offline(workload: string, names: readonly string[]): Promise<ProxyParts> {
  const files = await readConfiguration(names);
  const { resources, violations } = parseFiles(files, { allowIneffective: true });
  printViolations(violations);
  if (violations.some((v) => v.severity === 'error')) throw new CliError('');
  const slash = workload.indexOf('/');
  const result = offlineProxyConfig({
    resources,
    namespace: slash === -1 ? 'default' : workload.slice(0, slash),
    workload: workload.slice(slash + 1),
  });
  if (!result.found)
    throw new CliError(`Cannot find workload "${workload}" in these files: they have ${result.workloads.join(', ') || 'none'}`, EXIT.usage);
  printViolations(result.violations);
  return {
    listeners: result.config.listeners,
    routes: result.config.routes,
    clusters: result.config.clusters,
    endpoints: result.config.endpoints,
  };
}

/** From the proxy's own admin port: what it has, not what it should have. */
async function live(workload: string, state: string | undefined): Promise<ProxyParts> {
  const { client } = await openMesh(state);
  try {
    const { status, body } = (await client.call({ op: 'proxy-admin', workload, path: '/config_dump?include_eds' })) as {
      readonly status: number;
      readonly body: string;
    };
    if (status !== 200) throw new CliError(`Cannot read the proxy's configuration: its admin port answered ${status}`);
    return partsOfDump(JSON.parse(body));
  } finally {
    client.close();
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Takes the resources out of an Envoy config dump. Spec: `envoy.admin.v3.ConfigDump`. */
export function partsOfDump(dump: unknown): ProxyParts {
  const configs = list((dump as Json)['configs']);
  const of = (type: string): Json => configs.find((c) => String(c['@type']).endsWith(type)) ?? {};
  const inner = (entries: readonly Json[], ...path: readonly (readonly [string, string])[]): readonly unknown[] =>
    entries
      .map((entry) =>
        path.reduce<unknown>(
          (value, [snake, camel]) => (value as Json | undefined)?.[snake] ?? (value as Json | undefined)?.[camel],
          entry,
        ),
      )
      .filter((v) => v !== undefined);
  const both = (config: Json, snake: string, camel: string): readonly Json[] => list(config[snake] ?? config[camel]);
  const [listeners, routes, clusters, endpoints, secrets] = [
    'ListenersConfigDump',
    'RoutesConfigDump',
    'ClustersConfigDump',
    'EndpointsConfigDump',
    'SecretsConfigDump',
  ].map(of) as [Json, Json, Json, Json, Json];
  return {
    listeners: [
      ...inner(both(listeners, 'dynamic_listeners', 'dynamicListeners'), ['active_state', 'activeState'], ['listener', 'listener']),
      ...inner(both(listeners, 'static_listeners', 'staticListeners'), ['listener', 'listener']),
    ],
    routes: [
      ...inner(both(routes, 'dynamic_route_configs', 'dynamicRouteConfigs'), ['route_config', 'routeConfig']),
      ...inner(both(routes, 'static_route_configs', 'staticRouteConfigs'), ['route_config', 'routeConfig']),
    ],
    clusters: [
      ...inner(both(clusters, 'dynamic_active_clusters', 'dynamicActiveClusters'), ['cluster', 'cluster']),
      ...inner(both(clusters, 'static_clusters', 'staticClusters'), ['cluster', 'cluster']),
    ],
    endpoints: inner(both(endpoints, 'dynamic_endpoint_configs', 'dynamicEndpointConfigs'), ['endpoint_config', 'endpointConfig']),
    secrets: inner(both(secrets, 'dynamic_active_secrets', 'dynamicActiveSecrets'), ['secret', 'secret']),
  };
}

function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
