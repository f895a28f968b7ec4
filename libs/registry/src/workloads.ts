import { type AnyResource, type Container, type Deployment, type Pod, type PodSpec } from '@lateen/config';
import { type Locality, type WorkloadInstance, type WorkloadPort } from './model';

/** Where workloads are when nothing says otherwise. */
export const DEFAULT_LOCALITY: Locality = { region: 'region1', zone: 'zone1', subZone: '' };

const INJECT = 'sidecar.istio.io/inject';
const TEMPLATES = 'inject.istio.io/templates';

/**
 * The Pods that files describe, with no mesh running: each Deployment's replicas at 10.1.N.10 and up, N counting
 * Deployments in the order of the files, then Pods written by themselves.
 */
export function offlineWorkloads(resources: Iterable<AnyResource>): readonly WorkloadInstance[] {
  const deployments: Deployment[] = [];
  const pods: Pod[] = [];
  for (const resource of resources) {
    if (resource.kind === 'Deployment') deployments.push(resource);
    else if (resource.kind === 'Pod') pods.push(resource);
  }
  return [
    ...deployments.flatMap((deployment, n) => replicasOf(deployment, n)),
    ...pods.map((pod, i) => podOf(pod, addressOf(deployments.length, i))),
  ];
}

function replicasOf({ metadata, spec }: Deployment, n: number): readonly WorkloadInstance[] {
  const { labels = {}, annotations = {} } = spec.template.metadata ?? {};
  return Array.from({ length: spec.replicas ?? 1 }, (_, i) => ({
    name: `${metadata.name}-${i}`,
    namespace: metadata.namespace,
    workload: metadata.name,
    address: addressOf(n, i),
    ...identityOf({ labels, annotations, workload: metadata.name, pod: spec.template.spec }),
  }));
}

function podOf({ metadata, spec }: Pod, address: string): WorkloadInstance {
  const { name, namespace, labels, annotations } = metadata;
  return { name, namespace, workload: name, address, ...identityOf({ labels, annotations, workload: name, pod: spec }) };
}

function addressOf(n: number, i: number): string {
  const offset = 10 + i;
  return `10.${1 + (n >> 8)}.${n & 255}.${Math.min(offset, 254)}`;
}

interface PodInputs {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly workload: string;
  readonly pod: PodSpec | undefined;
}

function identityOf({ labels, annotations, workload, pod }: PodInputs) {
  const kind = proxyKindOf(labels, annotations);
  return {
    kind,
    labels: kind === 'none' ? labels : injectedLabels(labels, workload),
    annotations,
    serviceAccount: pod?.serviceAccountName ?? pod?.serviceAccount ?? 'default',
    ports: (pod?.containers ?? []).flatMap(portsOf),
    locality: DEFAULT_LOCALITY,
    ready: true,
  };
}

function portsOf({ ports }: Container): readonly WorkloadPort[] {
  return (ports ?? [])
    .filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP')
    .map(({ name, containerPort }) => ({ ...(name === undefined ? {} : { name }), containerPort }));
}

/**
 * Which proxy a Pod gets: none with `sidecar.istio.io/inject: "false"` (label, else annotation), a gateway when it is
 * labelled `istio: ingressgateway` or `egressgateway` or asks for the gateway template, else a sidecar.
 */
export function proxyKindOf(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): WorkloadInstance['kind'] {
  if ((labels[INJECT] ?? annotations[INJECT]) === 'false') return 'none';
  const gateway = labels['istio'] === 'ingressgateway' || labels['istio'] === 'egressgateway' || annotations[TEMPLATES] === 'gateway';
  return gateway ? 'router' : 'sidecar';
}

/** A Pod's labels with those that injection adds. Spec: `security.istio.io/tlsMode`, canonical name, and revision where a label gives one. */
export function injectedLabels(labels: Readonly<Record<string, string>>, workload: string): Readonly<Record<string, string>> {
  const revision = canonicalRevision(labels);
  return {
    ...labels,
    'security.istio.io/tlsMode': labels['security.istio.io/tlsMode'] ?? 'istio',
    'service.istio.io/canonical-name': canonicalName(labels, workload),
    ...(revision === undefined ? {} : { 'service.istio.io/canonical-revision': revision }),
  };
}

/** Spec: Istio canonical service. */
export function canonicalName(labels: Readonly<Record<string, string>>, workload: string): string {
  return labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels['app'] ?? workload;
}

/** Undefined where no label gives one; Istio's telemetry says `latest` then. */
export function canonicalRevision(labels: Readonly<Record<string, string>>): string | undefined {
  return labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version'];
}
