import { matchImage } from '../apps-file/image';
import { type AppsFile } from '../apps-file/parse-apps-file';
import { type ServicePortRef } from '../interception/interception';
import { type IdleDeployment } from '../supervisor/status';
import { type ContainerSpec, type DeploymentSpec, type KubernetesObject, type PodSpec, type ServiceSpec } from './kubernetes';
import { type EnvironmentEntry, type WorkloadSpec } from './workload';

/** What of a configuration is to run. */
export interface Plan {
  readonly workloads: readonly WorkloadSpec[];
  /** Deployments that are not run, each with its reason. */
  readonly idle: readonly IdleDeployment[];
  readonly services: readonly ServicePortRef[];
}

const GATEWAY_NAMES = new Set(['ingressgateway', 'egressgateway']);

/** Decides which processes a set of Kubernetes objects stands for. Objects of other kinds are passed over. */
export function planWorkloads(objects: readonly KubernetesObject[], apps: AppsFile): Plan {
  const workloads: WorkloadSpec[] = [];
  const idle: IdleDeployment[] = [];
  for (const object of objects) {
    if (object.kind !== 'Deployment' && object.kind !== 'Pod') continue;
    const planned = planOne(object, apps);
    if (typeof planned === 'string') idle.push({ namespace: namespaceOf(object), name: object.metadata.name, reason: planned });
    else workloads.push(...planned);
  }
  return { workloads, idle, services: objects.filter((o) => o.kind === 'Service').flatMap(servicePorts) };
}

/** True when some workload is an ingress gateway, so that none has to be added. */
export function hasIngressGateway(objects: readonly KubernetesObject[]): boolean {
  return objects.some(
    (o) => (o.kind === 'Deployment' || o.kind === 'Pod') && isGateway(podOf(o)) && podOf(o).labels['istio'] !== 'egressgateway',
  );
}

/** A Deployment's replicas, or the reason why it is not run. */
function planOne(object: KubernetesObject, apps: AppsFile): readonly WorkloadSpec[] | string {
  const pod = podOf(object);
  const gateway = isGateway(pod);
  const container = appContainer(pod.spec, apps);
  const key = container?.image === undefined ? undefined : matchImage(container.image, Object.keys(apps.images));
  const app = key === undefined ? undefined : apps.images[key];
  if (app === undefined && !gateway) {
    const images = (pod.spec.containers ?? []).map((c) => `"${c.image ?? ''}"`).join(', ');
    return images === '' ? 'it has no containers' : `lateen.yaml has no command for image ${images}`;
  }
  const injected = (pod.labels['sidecar.istio.io/inject'] ?? pod.annotations['sidecar.istio.io/inject']) !== 'false';
  const shared = {
    namespace: namespaceOf(object),
    workload: object.metadata.name,
    role: gateway ? ('router' as const) : injected ? ('sidecar' as const) : ('none' as const),
    serviceAccount: pod.spec.serviceAccountName ?? pod.spec.serviceAccount ?? 'default',
    labels: pod.labels,
    annotations: pod.annotations,
    ports: (pod.spec.containers ?? [])
      .flatMap((c) => c.ports ?? [])
      .flatMap((p) => (p.containerPort === undefined || p.protocol === 'UDP' ? [] : [{ name: p.name, containerPort: p.containerPort }])),
    environment: (container?.env ?? []).flatMap(environmentEntry),
    app: gateway ? undefined : app,
    transient: false,
  };
  if (object.kind === 'Pod') return [{ ...shared, pod: object.metadata.name, ordinal: 0 }];
  const replicas = (object.spec as DeploymentSpec | undefined)?.replicas ?? 1;
  return Array.from({ length: replicas }, (_, ordinal) => ({ ...shared, pod: `${object.metadata.name}-${ordinal}`, ordinal }));
}

/** The container to run: the first whose image is mapped, else the first that is not the injector's own. */
function appContainer(spec: PodSpec, apps: AppsFile): ContainerSpec | undefined {
  const containers = (spec.containers ?? []).filter((c) => c.name !== 'istio-proxy');
  return containers.find((c) => c.image !== undefined && matchImage(c.image, Object.keys(apps.images)) !== undefined) ?? containers[0];
}

/** A pod's labels, annotations and spec, whether it is a Pod or a Deployment's template. */
function podOf(object: KubernetesObject): {
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  spec: PodSpec;
} {
  if (object.kind === 'Pod')
    return { labels: object.metadata.labels ?? {}, annotations: object.metadata.annotations ?? {}, spec: (object.spec ?? {}) as PodSpec };
  const template = ((object.spec ?? {}) as DeploymentSpec).template;
  return { labels: template?.metadata?.labels ?? {}, annotations: template?.metadata?.annotations ?? {}, spec: template?.spec ?? {} };
}

/** Spec: Istio's gateway injection template, and the labels of its ingress and egress charts. */
function isGateway(pod: {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}): boolean {
  return GATEWAY_NAMES.has(pod.labels['istio'] ?? '') || pod.annotations['inject.istio.io/templates'] === 'gateway';
}

/** The ports of a Service that can be called by name. */
function servicePorts(object: KubernetesObject): readonly ServicePortRef[] {
  const namespace = namespaceOf(object);
  const { name } = object.metadata;
  const ports = ((object.spec ?? {}) as ServiceSpec).ports ?? [];
  return ports.flatMap((p) =>
    p.port === undefined || p.protocol === 'UDP' ? [] : [{ name, namespace, host: `${name}.${namespace}.svc.cluster.local`, port: p.port }],
  );
}

function environmentEntry(entry: NonNullable<ContainerSpec['env']>[number]): readonly EnvironmentEntry[] {
  if (entry.name === undefined) return [];
  const fieldPath = entry.valueFrom?.fieldRef?.fieldPath;
  if (fieldPath !== undefined) return [{ name: entry.name, fieldPath }];
  return entry.valueFrom === undefined ? [{ name: entry.name, value: entry.value ?? '' }] : [];
}

function namespaceOf(object: KubernetesObject): string {
  return object.metadata.namespace ?? 'default';
}
