import {
  type AnyResource,
  type KnownKind,
  MESH_CONFIG_DEFAULTS,
  type MeshConfig,
  meshConfigOf,
  type Namespace,
  type Resource,
  type ResourceOf,
  type VirtualService,
} from '@lateen/config';
import { fullHost, hostTable, type HostTable, isIstioApi } from './hosts';
import { lazy, push } from './lazy';
import { type ServiceTable, serviceTable } from './services';
import { type RunningPod, type WorkloadTable, workloadTable } from './workloads';

/** A resource whose spec is read defensively. */
export type LooseResource = Resource<string, Readonly<Record<string, unknown>>>;

/** One whole configuration, indexed once; every analyzer reads from this. */
export interface Configuration {
  readonly resources: readonly AnyResource[];
  /** Istio's defaults filled in. */
  readonly meshConfig: MeshConfig;
  readonly rootNamespace: string;
  /** Now, in milliseconds since 1970; undefined where nobody says, and then nothing is early or late. */
  readonly nowMs: number | undefined;
  /** Nothing is outside: what is not among the resources is not there. */
  readonly isWhole: boolean;
  /** Of one typed kind; of Gateways only Istio's. */
  of<K extends KnownKind>(kind: K): readonly ResourceOf<K>[];
  /** Of any kind, in one API group when named, spec as it is. */
  loose(kind: string, group?: string): readonly LooseResource[];
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly hosts: HostTable;
  readonly workloads: WorkloadTable;
  readonly services: ServiceTable;
  /** Istio Gateways by `namespace/name`. */
  readonly gateways: ReadonlyMap<string, ResourceOf<'Gateway'>>;
  /** VirtualServices by each full host of theirs. */
  readonly virtualServicesByHost: ReadonlyMap<string, readonly VirtualService[]>;
}

/** What is beside the resources. */
export interface ConfigurationOptions {
  /** The user's mesh configuration; by default that of the ConfigMap `istio`. */
  readonly meshConfig?: MeshConfig;
  /** Now, in milliseconds since 1970, for dates of certificates; without it these are not judged. */
  readonly nowMs?: number;
  /** The resources are all that a running mesh has, its Secrets too; by default some files of it. */
  readonly isWhole?: boolean;
  /** What runs in that mesh, written or not. */
  readonly running?: readonly RunningPod[];
}

/** Namespaces of Kubernetes' own, of which nothing is looked at. */
const IGNORED = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

/** Indexes a configuration; each index is built when first asked for. */
export function indexConfiguration(given: readonly AnyResource[], options: ConfigurationOptions = {}): Configuration {
  const resources = given.filter(
    ({ kind, metadata }) => !IGNORED.has(metadata.namespace) && !(kind === 'Namespace' && IGNORED.has(metadata.name)),
  );
  const byKind = new Map<string, AnyResource[]>();
  for (const resource of resources) if (resource.kind !== 'Gateway' || isIstioApi(resource)) push(byKind, resource.kind, resource);
  const of = <K extends KnownKind>(kind: K): readonly ResourceOf<K>[] => (byKind.get(kind) ?? []) as unknown as readonly ResourceOf<K>[];
  const namespaces = lazy(() => new Map(of('Namespace').map((namespace) => [namespace.metadata.name, namespace])));
  const hosts = lazy(() => hostTable(of('Service'), of('ServiceEntry'), of('Service').length > 0));
  const workloads = lazy(() => workloadTable(resources, namespaces(), options.running));
  const gateways = lazy(() => new Map(of('Gateway').map((gateway) => [`${gateway.metadata.namespace}/${gateway.metadata.name}`, gateway])));
  const virtualServicesByHost = lazy(() => {
    const index = new Map<string, VirtualService[]>();
    for (const vs of of('VirtualService'))
      for (const host of new Set((vs.spec.hosts ?? []).map((h) => fullHost(h, vs.metadata.namespace)))) push(index, host, vs);
    return index;
  });
  const meshConfig: MeshConfig = { ...MESH_CONFIG_DEFAULTS, ...(options.meshConfig ?? meshConfigOf(resources)) };
  return {
    resources,
    meshConfig,
    rootNamespace: meshConfig.rootNamespace ?? 'istio-system',
    nowMs: options.nowMs,
    isWhole: options.isWhole ?? false,
    of,
    loose(kind, group) {
      // Of Gateways `byKind` has only Istio's.
      const all = kind === 'Gateway' && group !== undefined ? resources.filter((r) => r.kind === 'Gateway') : (byKind.get(kind) ?? []);
      const found = group === undefined ? all : all.filter((r) => r.apiVersion.startsWith(`${group}/`));
      return found as unknown as readonly LooseResource[];
    },
    get namespaces() {
      return namespaces();
    },
    get hosts() {
      return hosts();
    },
    get workloads() {
      return workloads();
    },
    services: serviceTable(of('Service')),
    get gateways() {
      return gateways();
    },
    get virtualServicesByHost() {
      return virtualServicesByHost();
    },
  };
}

/** `namespace/name`, as messages print it. */
export function fullName({ metadata }: Pick<Resource, 'metadata'>): string {
  return metadata.namespace === '' ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
