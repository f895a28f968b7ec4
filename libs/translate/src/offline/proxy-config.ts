import { type JsonValue, toJson } from '@bufbuild/protobuf';
import { type Violation } from '@lateen/base';
import { type AnyResource } from '@lateen/config';
import { buildMeshSnapshot } from '@lateen/mesh';
import { buildRegistry } from '@lateen/registry';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { xdsRegistry } from '@lateen/xds/registry';
import { type ProxyResources } from '../proxy-resources';
import { translateProxy } from '../translate-proxy';
import { offlineProxy } from './offline-proxy';

/** What a proxy is sent, in protobuf's JSON names. */
export interface ProxyConfig {
  readonly listeners: readonly JsonValue[];
  readonly routes: readonly JsonValue[];
  readonly clusters: readonly JsonValue[];
  readonly endpoints: readonly JsonValue[];
}

/** Whose proxy is wanted, and from which files. */
export interface OfflineInputs {
  readonly resources: readonly AnyResource[];
  readonly namespace: string;
  /** The Deployment's or Pod's name, also `DEPLOYMENT-ORDINAL`; without an ordinal the first replica. */
  readonly workload: string;
}

/** The configuration, or the names of the workloads that there are. */
export type OfflineResult =
  | { readonly found: true; readonly config: ProxyConfig; readonly violations: readonly Violation[] }
  | { readonly found: false; readonly workloads: readonly string[] };

/** What a workload's proxy would be sent by a mesh that has only these resources. Pure. */
export function offlineProxyConfig({ resources, namespace, workload: name }: OfflineInputs): OfflineResult {
  const snapshot = buildMeshSnapshot({ resources, registry: buildRegistry({ resources }) });
  const inNamespace = snapshot.workloads.filter((w) => w.namespace === namespace);
  const workload = inNamespace.find((w) => w.workload === name) ?? inNamespace.find((w) => w.name === name);
  if (workload === undefined || workload.kind === 'none') {
    const withProxy = snapshot.workloads.filter(({ kind }) => kind !== 'none');
    return { found: false, workloads: [...new Set(withProxy.map((w) => `${w.namespace}/${w.workload}`))] };
  }
  const translated = translateProxy({ snapshot, proxy: offlineProxy(snapshot, workload) });
  return { found: true, config: toProxyConfig(translated), violations: translated.violations };
}

/** Renders resources in protobuf's JSON form. */
export function toProxyConfig({ listeners, routes, clusters, endpoints }: ProxyResources): ProxyConfig {
  const registry = xdsRegistry();
  return {
    listeners: listeners.map(({ message }) => toJson(ListenerSchema, message, { registry })),
    routes: routes.map(({ message }) => toJson(RouteConfigurationSchema, message, { registry })),
    clusters: clusters.map(({ message }) => toJson(ClusterSchema, message, { registry })),
    endpoints: endpoints.map(({ message }) => toJson(ClusterLoadAssignmentSchema, message, { registry })),
  };
}
