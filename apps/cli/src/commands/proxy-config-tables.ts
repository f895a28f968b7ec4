import { type ProxyParts } from './proxy-config';

/** A table to print. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

type Json = Readonly<Record<string, unknown>>;

/** The columns that istioctl prints for each kind of resource. Field names may be protobuf's or JSON's. */
export function tablesOf(parts: ProxyParts): readonly Table[] {
  const tables: Table[] = [];
  const add = (
    resources: readonly unknown[] | undefined,
    head: readonly string[],
    rows: (r: Json) => readonly (readonly string[])[],
  ): void => {
    if (resources !== undefined) tables.push({ head, rows: resources.flatMap((r) => rows(r as Json)) });
  };
  add(parts.clusters, ['SERVICE FQDN', 'PORT', 'SUBSET', 'DIRECTION', 'TYPE'], (c) => [clusterRow(c)]);
  add(parts.listeners, ['ADDRESSES', 'PORT', 'MATCH', 'DESTINATION'], listenerRows);
  add(parts.routes, ['NAME', 'VHOST NAME', 'DOMAINS', 'MATCH', 'DESTINATION'], routeRows);
  add(parts.endpoints, ['ENDPOINT', 'STATUS', 'CLUSTER'], endpointRows);
  add(parts.secrets, ['RESOURCE NAME', 'TYPE'], (s) => [[text(s, 'name'), get(s, 'tls_certificate') === undefined ? 'CA' : 'Cert Chain']]);
  return tables;
}

/** `outbound|9080|v1|reviews…` in its parts; other names stand alone. */
function clusterRow(cluster: Json): readonly string[] {
  const name = text(cluster, 'name');
  const [direction, port, subset, host] = name.split('|');
  const type = text(cluster, 'type') || text(object(get(cluster, 'cluster_type')), 'name') || 'STATIC';
  return host === undefined
    ? [name, '-', '-', '-', type]
    : [host === '' ? '' : host, port ?? '', subset === '' ? '-' : (subset ?? ''), direction ?? '', type];
}

function listenerRows(listener: Json): readonly (readonly string[])[] {
  const socket = object(get(object(get(listener, 'address')), 'socket_address'));
  const [address, port] = [text(socket, 'address'), text(socket, 'port_value')];
  const fallback = get(listener, 'default_filter_chain');
  const chains = [...array(get(listener, 'filter_chains')), ...(fallback === undefined ? [] : [object(fallback)])];
  return chains.map((chain) => [address, port, matchText(object(get(chain, 'filter_chain_match'))), destinationOf(chain)]);
}

/** A filter chain's conditions as one phrase. */
function matchText(match: Json): string {
  const transport = text(match, 'transport_protocol');
  const list = (key: string): readonly string[] =>
    Array.isArray(get(match, key)) ? (get(match, key) as readonly unknown[]).map(String) : [];
  const ranges = array(get(match, 'prefix_ranges')).map((r) => `${text(r, 'address_prefix')}/${text(r, 'prefix_len')}`);
  const words = [
    transport === '' ? '' : `Trans: ${transport}`,
    list('application_protocols').length === 0 ? '' : `App: ${list('application_protocols').join(',')}`,
    list('server_names').length === 0 ? '' : `SNI: ${list('server_names').join(',')}`,
    ranges.length === 0 ? '' : `Addr: ${ranges.join(',')}`,
    text(match, 'destination_port') === '' ? '' : `Port: ${text(match, 'destination_port')}`,
  ].filter((w) => w !== '');
  return words.length === 0 ? 'ALL' : words.join('; ');
}

/** Where the last filter of a chain sends what it takes. */
function destinationOf(chain: Json): string {
  for (const filter of array(get(chain, 'filters'))) {
    const config = object(get(filter, 'typed_config'));
    const rds = text(object(get(config, 'rds')), 'route_config_name');
    if (rds !== '') return `Route: ${rds}`;
    if (get(config, 'route_config') !== undefined) return `Inline Route: ${text(object(get(config, 'route_config')), 'name')}`;
    if (text(config, 'cluster') !== '') return `Cluster: ${text(config, 'cluster')}`;
  }
  return '-';
}

function routeRows(config: Json): readonly (readonly string[])[] {
  return array(get(config, 'virtual_hosts')).flatMap((host) => {
    const domains = Array.isArray(get(host, 'domains')) ? (get(host, 'domains') as readonly unknown[]).map(String) : [];
    const shown = domains.length > 2 ? `${domains.slice(0, 2).join(', ')} + ${domains.length - 2} more...` : domains.join(', ');
    return array(get(host, 'routes')).map((route) => [
      text(config, 'name'),
      text(host, 'name'),
      shown,
      pathText(object(get(route, 'match'))),
      actionText(route),
    ]);
  });
}

function pathText(match: Json): string {
  const path =
    text(match, 'path') ||
    (text(match, 'prefix') === '' ? '' : `${text(match, 'prefix')}*`) ||
    text(match, 'path_separated_prefix') ||
    text(object(get(match, 'safe_regex')), 'regex');
  const headers = array(get(match, 'headers')).map((h) => text(h, 'name'));
  return headers.length === 0 ? path : `${path} (${headers.join(', ')})`;
}

function actionText(route: Json): string {
  const action = object(get(route, 'route'));
  const weighted = array(get(object(get(action, 'weighted_clusters')), 'clusters'));
  if (weighted.length > 0) return weighted.map((c) => `${text(c, 'name')} ${text(c, 'weight') || '0'}`).join(', ');
  if (text(action, 'cluster') !== '') return text(action, 'cluster');
  if (get(route, 'redirect') !== undefined) return 'redirect';
  if (get(route, 'direct_response') !== undefined) return `answer ${text(object(get(route, 'direct_response')), 'status')}`;
  return '-';
}

function endpointRows(assignment: Json): readonly (readonly string[])[] {
  const cluster = text(assignment, 'cluster_name');
  return array(get(assignment, 'endpoints')).flatMap((locality) =>
    array(get(locality, 'lb_endpoints')).map((lb) => {
      const address = object(get(object(get(lb, 'endpoint')), 'address'));
      const socket = object(get(address, 'socket_address'));
      const pipe = text(object(get(address, 'pipe')), 'path');
      return [
        pipe === '' ? `${text(socket, 'address')}:${text(socket, 'port_value')}` : pipe,
        text(lb, 'health_status') || 'HEALTHY',
        cluster,
      ];
    }),
  );
}

/** A field by its protobuf name, in either of the spellings that JSON has. */
function get(value: Json, snake: string): unknown {
  return value[snake] ?? value[snake.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())];
}

function text(value: Json, snake: string): string {
  const field = get(value, snake);
  return typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean' ? String(field) : '';
}

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function array(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
