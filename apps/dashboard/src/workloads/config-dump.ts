import { type SecretView } from '@lateen/observation';
import { relative } from '../lib/format';

/** A table of one part of a proxy's configuration. */
export interface DumpTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Json = { readonly [key: string]: unknown };

/** What a proxy was sent (listeners, routes, clusters, endpoints in Envoy's JSON, and the certificates it holds) as tables. */
export function dumpTables(dump: unknown, nowMs: number): readonly DumpTable[] {
  const part = (name: string): readonly Json[] => list(object(dump)[name]).map(object);
  const [listeners, routes, clusters] = [part('listeners'), part('routes'), part('clusters')];
  const [endpoints, secrets] = [part('endpoints'), part('secrets')];
  return [
    {
      title: 'Listeners',
      columns: ['Name', 'Address', 'Filter chains'],
      rows: listeners.map((l) => [text(l['name']), address(l['address']), chains(l)]),
    },
    { title: 'Routes', columns: ['Configuration', 'Virtual host', 'Domains', 'Route', 'Goes to'], rows: routes.flatMap(routeRows) },
    {
      title: 'Clusters',
      columns: ['Name', 'Type', 'Load balancing', 'Connect timeout', 'TLS'],
      rows: clusters.map((c) => [
        text(c['name']),
        text(c['type'] ?? 'STATIC'),
        text(c['lbPolicy'] ?? 'ROUND_ROBIN'),
        text(c['connectTimeout']),
        c['transportSocket'] !== undefined || list(c['transportSocketMatches']).length > 0
          ? 'mutual TLS where the endpoint has it'
          : 'none',
      ]),
    },
    { title: 'Endpoints', columns: ['Cluster', 'Address', 'Locality', 'Health', 'Weight'], rows: endpoints.flatMap(endpointRows) },
    {
      title: 'Secrets',
      columns: ['Name', 'Kind', 'For', 'Serial', 'Valid until', 'Expires'],
      rows: secrets.map((s) => secretRow(s as unknown as SecretView, nowMs)),
    },
  ];
}

function chains(listener: Json): string {
  const filters = list(listener['filterChains']).map((chain) => {
    const { name, filters: own } = object(chain);
    const last =
      list(own)
        .map((f) => text(object(f)['name']))
        .at(-1) ?? '';
    return `${text(name) || 'default'}: ${last.replace('envoy.filters.network.', '').replaceAll('_', ' ')}`;
  });
  return filters.join('; ');
}

function routeRows(config: Json): readonly (readonly string[])[] {
  return list(config['virtualHosts'])
    .map(object)
    .flatMap((host) =>
      list(host['routes'])
        .map(object)
        .map((route) => [
          text(config['name']),
          text(host['name']),
          shortList(list(host['domains']).map(text)),
          routeMatch(route),
          routeTarget(route),
        ]),
    );
}

/** The first of a list, and how many more there are. */
function shortList(items: readonly string[]): string {
  return items.length <= 2 ? items.join(', ') : `${items[0]} and ${items.length - 1} more`;
}

function routeMatch(route: Json): string {
  const match = object(route['match']);
  const path = match['prefix'] ?? match['path'] ?? object(match['safeRegex'])['regex'] ?? match['pathSeparatedPrefix'];
  const headers = list(match['headers']).map((h) => text(object(h)['name']));
  return `${text(route['name'])} ${text(path)}${headers.length === 0 ? '' : `, headers ${headers.join(', ')}`}`.trim();
}

function routeTarget(route: Json): string {
  const action = object(route['route']);
  const weighted = list(object(action['weightedClusters'])['clusters']).map(object);
  if (weighted.length > 0) return weighted.map((c) => `${text(c['weight'])} ${text(c['name'])}`).join('; ');
  if (route['redirect'] !== undefined) return 'a redirect';
  if (route['directResponse'] !== undefined) return `status ${text(object(route['directResponse'])['status'])}`;
  return text(action['cluster']);
}

function endpointRows(assignment: Json): readonly (readonly string[])[] {
  return list(assignment['endpoints'])
    .map(object)
    .flatMap((group) =>
      list(group['lbEndpoints'])
        .map(object)
        .map((e) => {
          const { region, zone } = object(group['locality']);
          return [
            text(assignment['clusterName']),
            address(object(e['endpoint'])['address']),
            [region, zone].filter(Boolean).map(text).join('/'),
            text(e['healthStatus'] ?? 'HEALTHY').toLowerCase(),
            text(e['loadBalancingWeight'] ?? 1),
          ];
        }),
    );
}

function secretRow({ name, kind, names, serial, notAfterMs, problem }: SecretView, nowMs: number): readonly string[] {
  if (problem !== undefined) return [name, kind, '', '', '', `cannot be read: ${problem}`];
  const expires = notAfterMs < nowMs ? `expired ${relative(notAfterMs, nowMs)}` : relative(notAfterMs, nowMs);
  return [name, kind, names.join(', '), serial, new Date(notAfterMs).toISOString(), expires];
}

function address(value: unknown): string {
  const socket = object(object(value)['socketAddress']);
  if (socket['address'] !== undefined) return `${text(socket['address'])}:${text(socket['portValue'])}`;
  const internal = object(object(value)['envoyInternalAddress'])['serverListenerName'];
  return internal === undefined ? text(object(object(value)['pipe'])['path']) : text(internal);
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return value === undefined || value === null
    ? ''
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value as string | number | boolean);
}
