import { type AnyResource, positionOf } from '@lateen/config';
import { type MeshSnapshot } from '@lateen/mesh';
import { type DeadPart } from '@lateen/observation';
import { type XdsClientInfo } from '@lateen/xds/server';
import { labelsOf, parseNodeId } from '../push/proxy-of-node';

/** The parts of a workload that selectors are for. */
export interface Selectable {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What selectors are judged by. */
export interface SelectorInputs {
  readonly workloads: readonly Selectable[];
  /** Whose policies hold for every namespace. */
  readonly rootNamespace: string;
  /** When the resource was applied, and since when it is judged: milliseconds since the epoch. */
  readonly appliedAtMs: number;
  readonly judgedSinceMs: number;
}

/** A resource whose selector selects no workload, which is dead whatever is asked for; undefined: it selects some, or has none. */
export function selectsNothing(
  resource: AnyResource,
  { workloads, rootNamespace, appliedAtMs, judgedSinceMs }: SelectorInputs,
): DeadPart | undefined {
  const selector = selectorOf(resource);
  if (selector === undefined || workloads.some((workload) => appliesTo(resource, workload, rootNamespace))) return undefined;
  const { kind, metadata } = resource;
  const { namespace, name } = metadata;
  const { file, line } = positionOf(resource, `spec.${selector.path}`);
  const text = Object.entries(selector.labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(', ');
  const where = isEverywhere(resource, rootNamespace) ? 'of the mesh' : `of namespace "${namespace}"`;
  const reason = `selects no workload: none ${where} has the labels ${text}`;
  return { kind, namespace, name, path: selector.path, file, line, appliedAtMs, judgedSinceMs, candidates: 0, certain: true, reason };
}

/**
 * Whether a resource is for a workload: of a kind with selectors one that it selects in its namespace, of the root
 * namespace anywhere; all are for what others say.
 */
export function appliesTo(resource: AnyResource, { namespace, labels }: Selectable, rootNamespace: string): boolean {
  if (SELECTORS[resource.kind] === undefined) return true;
  if (!isEverywhere(resource, rootNamespace) && namespace !== resource.metadata.namespace) return false;
  return Object.entries(selectorOf(resource)?.labels ?? {}).every(([label, value]) => labels[label] === value);
}

/** Whether a resource is for the workload of a connected proxy; a Gateway is for gateways. */
export function appliesToProxy(resource: AnyResource, { node }: Pick<XdsClientInfo, 'node'>, snapshot: MeshSnapshot): boolean {
  if (SELECTORS[resource.kind] === undefined) return true;
  const name = parseNodeId(node.id);
  if (name === undefined || (resource.kind === 'Gateway' && name.type !== 'router')) return false;
  const { namespace, pod } = name;
  return appliesTo(resource, { namespace, labels: labelsOf(node, snapshot.workload(namespace, pod)) }, rootNamespaceOf(snapshot));
}

/** Whose policies are for every namespace. Spec: Istio MeshConfig `rootNamespace`. */
export function rootNamespaceOf({ meshConfig }: Pick<MeshSnapshot, 'meshConfig'>): string {
  return meshConfig.rootNamespace ?? 'istio-system';
}

/** Gateways are run where somebody else rules; policies of the root namespace are for all, and so is its Sidecar for all who have no own. */
function isEverywhere(resource: AnyResource, rootNamespace: string): boolean {
  const { kind, metadata } = resource;
  if (kind === 'Gateway') return true;
  return metadata.namespace === rootNamespace && (kind !== 'Sidecar' || selectorOf(resource) === undefined);
}

/** The labels that a resource selects workloads by, and where they stand; undefined without any. */
function selectorOf({
  kind,
  ...resource
}: AnyResource): { readonly labels: Readonly<Record<string, string>>; readonly path: string } | undefined {
  const path = SELECTORS[kind];
  if (path === undefined || !('spec' in resource)) return undefined;
  let at: unknown = resource.spec;
  for (const field of path.split('.')) at = (at as Readonly<Record<string, unknown>> | undefined)?.[field];
  const labels = (at ?? {}) as Readonly<Record<string, string>>;
  return Object.keys(labels).length === 0 ? undefined : { labels, path };
}

/** Where kinds have the labels they select by. Spec: Istio `WorkloadSelector`, of type and networking. */
const SELECTORS: Readonly<Record<string, string>> = {
  Gateway: 'selector',
  Sidecar: 'workloadSelector.labels',
  EnvoyFilter: 'workloadSelector.labels',
  PeerAuthentication: 'selector.matchLabels',
  RequestAuthentication: 'selector.matchLabels',
  AuthorizationPolicy: 'selector.matchLabels',
  Telemetry: 'selector.matchLabels',
  ProxyConfig: 'selector.matchLabels',
  WasmPlugin: 'selector.matchLabels',
  TrafficExtension: 'selector.matchLabels',
};
