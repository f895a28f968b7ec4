import { type DescMessage, fromJson, isMessage, type JsonValue, toJson } from '@bufbuild/protobuf';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { xdsRegistry } from '@lateen/xds/registry';
import { type ProxyConfig } from '../../offline/proxy-config';

/** The four kinds of resources that are compared. */
export const KINDS = ['listeners', 'routes', 'clusters', 'endpoints'] as const;
export type Kind = (typeof KINDS)[number];

/** One leaf that is not alike. An undefined side does not have it. */
export interface Difference {
  readonly kind: Kind;
  /** `RESOURCE › field.field[0].field`. */
  readonly path: string;
  readonly ours: string | undefined;
  readonly pilots: string | undefined;
}

/** How two sets of one kind compare. */
export interface Comparison {
  readonly kind: Kind;
  readonly total: number;
  readonly alike: number;
  readonly differences: readonly Difference[];
}

const SCHEMAS: Readonly<Record<Kind, DescMessage>> = {
  listeners: ListenerSchema,
  routes: RouteConfigurationSchema,
  clusters: ClusterSchema,
  endpoints: ClusterLoadAssignmentSchema,
};

/** Lists whose order means nothing to Envoy, with what an element goes by. */
const UNORDERED: Readonly<Record<string, (element: JsonValue) => string>> = {
  virtualHosts: (element) => fieldOf(element, 'name'),
  domains: (element) => JSON.stringify(element),
  queryParameters: (element) => fieldOf(element, 'name'),
};

/** Compares every leaf of every resource, after both went through protobuf's JSON form. */
export function compare(kind: Kind, ours: readonly JsonValue[], pilots: readonly JsonValue[]): Comparison {
  const a = leavesOf(kind, ours);
  const b = leavesOf(kind, pilots);
  const differences: Difference[] = [];
  let alike = 0;
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    if (a.get(path) === b.get(path)) alike++;
    else differences.push({ kind, path, ours: a.get(path), pilots: b.get(path) });
  }
  return { kind, alike, total: alike + differences.length, differences };
}

/** Compares all four kinds of a proxy. */
export function compareProxy(ours: ProxyConfig, pilots: ProxyConfig): readonly Comparison[] {
  return KINDS.map((kind) => compare(kind, ours[kind], pilots[kind]));
}

function leavesOf(kind: Kind, resources: readonly JsonValue[]): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const registry = xdsRegistry();
  const schema = SCHEMAS[kind];
  for (const resource of resources) {
    const message = fromJson(schema, resource, { registry });
    if (!isMessage(message)) throw new Error(`Cannot read a resource of ${kind}`);
    const json = toJson(schema, message, { registry });
    const name = fieldOf(json, 'name') || fieldOf(json, 'clusterName');
    flatten(json, `${name} › `, '', leaves);
  }
  return leaves;
}

function flatten(value: JsonValue, path: string, field: string, leaves: Map<string, string>): void {
  if (Array.isArray(value)) {
    const key = UNORDERED[field];
    if (value.length === 0) leaves.set(path, '[]');
    else if (key === undefined) value.forEach((element, i) => flatten(element, `${path}[${i}]`, '', leaves));
    else for (const element of value) flatten(element, `${path}[${key(element)}]`, '', leaves);
  } else if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) leaves.set(path, '{}');
    for (const [name, child] of entries) flatten(child, path.endsWith(' › ') ? `${path}${name}` : `${path}.${name}`, name, leaves);
  } else {
    leaves.set(path, JSON.stringify(value));
  }
}

function fieldOf(value: JsonValue, field: string): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return '';
  const found = value[field];
  return typeof found === 'string' ? found : '';
}
