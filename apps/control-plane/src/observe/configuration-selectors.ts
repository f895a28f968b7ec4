import { type AnyResource, positionOf } from '@lateen/config';
import { type DeadPart } from '@lateen/observation';

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
  if (selector === undefined) return undefined;
  const { kind, metadata } = resource;
  const { namespace, name } = metadata;
  // Gateways are run where somebody else rules; policies of the root namespace are for all.
  const everywhere = kind === 'Gateway' || (namespace === rootNamespace && kind !== 'Sidecar');
  const inScope = workloads.filter((workload) => everywhere || workload.namespace === namespace);
  const wanted = Object.entries(selector.labels);
  if (inScope.some(({ labels }) => wanted.every(([label, value]) => labels[label] === value))) return undefined;
  const { file, line } = positionOf(resource, `spec.${selector.path}`);
  const text = wanted.map(([label, value]) => `${label}=${value}`).join(', ');
  const where = everywhere ? 'of the mesh' : `of namespace "${namespace}"`;
  const reason = `selects no workload: none ${where} has the labels ${text}`;
  return { kind, namespace, name, path: selector.path, file, line, appliedAtMs, judgedSinceMs, candidates: 0, certain: true, reason };
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
