import { type AnyResource, type Namespace, type PodSpec } from '@lateen/config';
import { asLabels, asList, asMap, dig, type Raw } from './raw';
import { lazy, push } from './lazy';

/** A pod: one that is written, or the one that a Deployment or its like makes. */
export interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
  /** The resource it comes from; findings about the pod are about this. */
  readonly resource: AnyResource;
  /** Where the pod's own metadata and spec stand in the resource. */
  readonly at: readonly string[];
  /** Whether it has, or gets, a sidecar. */
  readonly inMesh: boolean;
  readonly ambient: boolean;
  /** Where it is known from. Nothing is to be said of the text of one that is not written. */
  readonly from: 'text' | 'mesh' | 'assumption';
}

/** A pod that runs. */
export interface RunningPod {
  readonly namespace: string;
  /** The Deployment's name, or what the pod is run as where there is none. */
  readonly workload: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The proxy beside it. */
  readonly kind: 'sidecar' | 'router' | 'none';
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
}

/** Pods by namespace and label. */
export interface WorkloadTable {
  readonly all: readonly Workload[];
  /** Whether any workload is known: without one nothing is said about what runs. */
  readonly described: boolean;
  /** Pods with all of `labels`, in `namespace` or anywhere; every pod where there are no labels. */
  matching(labels: Readonly<Record<string, string>>, namespace?: string): readonly Workload[];
}

/** Kinds that make pods from a template, with the template's place. */
const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Job: ['spec', 'template'],
};

/** Kinds that describe workloads. */
export const WORKLOAD_KINDS: readonly string[] = ['Pod', ...Object.keys(TEMPLATES)];

/** Whether `labels` has all pairs of `selector`. */
export function matches(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** `a=1,b=2`, keys ascending. */
export function selectorText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

/** A namespace's labels; undefined where no Namespace is written. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

/** Whether a namespace's labels make it ambient. Spec: analyzers.md 1.7. */
export function isAmbientNamespace(labels: Readonly<Record<string, string>> | undefined): boolean {
  return (
    labels?.['istio.io/dataplane-mode'] === 'ambient' && labels['istio-injection'] !== 'enabled' && (labels['istio.io/rev'] ?? '') === ''
  );
}

/** Every pod the configuration describes, and those that run besides, indexed. */
export function workloadTable(
  resources: readonly AnyResource[],
  namespaces: ReadonlyMap<string, Namespace>,
  running: readonly RunningPod[] = [],
): WorkloadTable {
  const labelsOf: NamespaceLabels = (namespace) => namespaces.get(namespace)?.metadata.labels;
  const written = resources.flatMap((resource): readonly Workload[] => {
    const workload = workloadOf(resource, labelsOf);
    return workload === undefined ? [] : [workload];
  });
  const names = new Set(written.map(({ namespace, name }) => `${namespace}/${name}`));
  const unwritten = running.filter(({ namespace, workload }) => !names.has(`${namespace}/${workload}`)).map(runningWorkload);
  const known = [...written, ...unwritten];
  const all = known.some(({ labels }) => labels['istio'] === 'ingressgateway') ? known : [...known, ingressGateway()];
  const byLabel = lazy(() => {
    const index = new Map<string, Workload[]>();
    for (const workload of all) for (const [key, value] of Object.entries(workload.labels)) push(index, `${key}\0${value}`, workload);
    return index;
  });
  const byNamespace = lazy(() => {
    const index = new Map<string, Workload[]>();
    for (const workload of all) push(index, workload.namespace, workload);
    return index;
  });
  const found = new Map<string, readonly Workload[]>();
  return {
    all,
    described: known.length > 0,
    matching(labels, namespace) {
      const key = `${namespace ?? ''}\0${selectorText(labels)}`;
      const before = found.get(key);
      if (before !== undefined) return before;
      const pairs = Object.entries(labels);
      const lists = pairs.map(([label, value]) => byLabel().get(`${label}\0${value}`) ?? []);
      const shortest = lists.reduce<readonly Workload[] | undefined>(
        (best, list) => (best === undefined || list.length < best.length ? list : best),
        undefined,
      );
      const candidates = shortest ?? (namespace === undefined ? all : (byNamespace().get(namespace) ?? []));
      const result = candidates.filter((w) => (namespace === undefined || w.namespace === namespace) && matches(w.labels, labels));
      found.set(key, result);
      return result;
    },
  };
}

function workloadOf(resource: AnyResource, labelsOf: NamespaceLabels): Workload | undefined {
  const kind: string = resource.kind;
  const { metadata } = resource;
  if (kind === 'Pod')
    return finish(
      resource,
      [],
      metadata.name,
      { labels: metadata.labels, annotations: metadata.annotations, spec: asMap(resource.spec) },
      labelsOf,
    );
  const at = TEMPLATES[kind];
  // A ReplicaSet that a Deployment has made has its pods counted there.
  if (at === undefined || (kind === 'ReplicaSet' && Object.hasOwn(metadata.annotations, 'deployment.kubernetes.io/revision')))
    return undefined;
  const template = asMap(dig({ spec: resource.spec }, ...at));
  const pod = {
    labels: asLabels(dig(template, 'metadata', 'labels')),
    annotations: asLabels(dig(template, 'metadata', 'annotations')),
    spec: asMap(template['spec']),
  };
  return finish(resource, at, metadata.name, pod, labelsOf);
}

interface PodParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Raw;
}

function finish(resource: AnyResource, at: readonly string[], name: string, pod: PodParts, labelsOf: NamespaceLabels): Workload {
  const { namespace } = resource.metadata;
  return {
    name,
    namespace,
    ...pod,
    spec: pod.spec,
    resource,
    at,
    inMesh: isInMesh(pod, labelsOf(namespace)),
    ambient: pod.annotations['ambient.istio.io/redirection'] === 'enabled',
    from: 'text',
  };
}

/** Where no Namespace is written, everything that does not say otherwise gets a sidecar, as in a local mesh. Spec: analyzers.md 1.7. */
function isInMesh({ labels, annotations, spec }: PodParts, namespace: Readonly<Record<string, string>> | undefined): boolean {
  const containers = [...asList(spec['containers']), ...asList(spec['initContainers'])].map(asMap);
  if (containers.some(({ name, image }) => name === 'istio-proxy' && typeof image === 'string' && image !== '')) return true;
  const own = labels['sidecar.istio.io/inject'] ?? annotations['sidecar.istio.io/inject'];
  if (own !== undefined) return own === 'true';
  return namespace === undefined || namespace['istio-injection'] === 'enabled' || (namespace['istio.io/rev'] ?? '') !== '';
}

/** The gateway that every Istio installation and every local mesh has. */
function ingressGateway(): Workload {
  const metadata = {
    name: 'istio-ingressgateway-dummypod',
    namespace: 'istio-system',
    labels: { istio: 'ingressgateway' },
    annotations: {},
  };
  return unwrittenWorkload(metadata, {}, { inMesh: true, from: 'assumption' });
}

/** What runs without being written: started by `lateen run`. */
function runningWorkload({ namespace, workload, labels, annotations, kind, ports }: RunningPod): Workload {
  const spec = { containers: [{ name: workload, ports: ports.map(({ name, containerPort }) => ({ name, containerPort })) }] };
  return unwrittenWorkload({ name: workload, namespace, labels, annotations }, spec, { inMesh: kind !== 'none', from: 'mesh' });
}

function unwrittenWorkload(metadata: AnyResource['metadata'], spec: PodSpec, rest: Pick<Workload, 'inMesh' | 'from'>): Workload {
  const { name, namespace, labels, annotations } = metadata;
  const resource: AnyResource = { apiVersion: 'v1', kind: 'Pod', metadata, spec, origin: { file: '', line: 1, text: '' } };
  return { name, namespace, labels, annotations, spec, resource, at: [], ambient: false, ...rest };
}
