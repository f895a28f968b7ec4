import { type AnyResource } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { buildMeshSnapshot, type MeshSnapshot } from '@lateen/mesh';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { offlineProxy } from '../offline/offline-proxy';
import { type Proxy } from '../proxy';

/** A snapshot of YAML that has to be right, and of what runs if it is not what the YAML describes. */
export function snapshotFrom(yaml: string, workloads?: readonly WorkloadInstance[]): MeshSnapshot {
  const resources: readonly AnyResource[] = resourcesFrom(yaml);
  return buildMeshSnapshot({ resources, registry: buildRegistry({ resources, workloads }) });
}

/** The proxy beside the first replica of a workload, `NAMESPACE/DEPLOYMENT`, with what is different from the usual. */
export function proxyOf(snapshot: MeshSnapshot, name: string, different: Partial<Proxy> = {}): Proxy {
  const workload = snapshot.workloads.find((w) => `${w.namespace}/${w.workload}` === name);
  if (workload === undefined) throw new Error(`Cannot find the workload ${name}`);
  return { ...offlineProxy(snapshot, workload), ...different };
}
