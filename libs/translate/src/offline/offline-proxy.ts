import { type MeshSnapshot } from '@lateen/mesh';
import { canonicalName, DEFAULT_LOCALITY, type WorkloadInstance } from '@lateen/registry';
import { ISTIO_EXTENSION_NAMES, type Proxy } from '../proxy';

/** The version that offline proxies say they are. */
const ISTIO_VERSION = '1.31.0';

/** The proxy that would stand beside a workload, with all of Istio's filters and captured traffic. */
export function offlineProxy(snapshot: MeshSnapshot, workload: WorkloadInstance): Proxy {
  const { name, namespace, labels, serviceAccount, address } = workload;
  const type = workload.kind === 'router' ? 'router' : 'sidecar';
  return {
    id: `${type}~${address}~${name}.${namespace}~${namespace}.svc.${snapshot.domain}`,
    type,
    ip: address,
    name,
    namespace,
    labels,
    workload: workload.workload,
    serviceAccount,
    locality: workload.locality ?? DEFAULT_LOCALITY,
    clusterId: 'Kubernetes',
    meshId: snapshot.trustDomain,
    metadata: {
      NAME: name,
      NAMESPACE: namespace,
      INSTANCE_IPS: address,
      LABELS: labels,
      SERVICE_ACCOUNT: serviceAccount,
      WORKLOAD_NAME: workload.workload,
      CANONICAL_SERVICE: canonicalName(labels, workload.workload),
      CLUSTER_ID: 'Kubernetes',
      MESH_ID: snapshot.trustDomain,
      ISTIO_VERSION,
      INTERCEPTION_MODE: 'REDIRECT',
    },
    extensions: new Set(ISTIO_EXTENSION_NAMES),
    interception: { mode: 'REDIRECT' },
    trustDomain: snapshot.trustDomain,
  };
}
