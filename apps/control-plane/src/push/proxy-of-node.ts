import { type MeshSnapshot } from '@lateen/mesh';
import { type Locality, type WorkloadInstance } from '@lateen/registry';
import { type PortMap, type Proxy } from '@lateen/translate';
import { type Caller, RefusedClientError } from '@lateen/xds/server';
import { type Node } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';

/** The parts of a node id. Spec: Istio `TYPE~IP~POD.NAMESPACE~DOMAIN`. */
export interface NodeName {
  readonly type: 'sidecar' | 'router';
  readonly ip: string;
  readonly pod: string;
  readonly namespace: string;
}

/** Reads a node id; undefined for one that is not of Istio's form. */
export function parseNodeId(id: string): NodeName | undefined {
  const match = /^(sidecar|router)~([0-9a-fA-F.:]+)~([^~]+)\.([^~.]+)~[^~]*$/.exec(id);
  const [, type, ip, pod, namespace] = match ?? [];
  if (type === undefined || ip === undefined || pod === undefined || namespace === undefined) return undefined;
  return { type: type === 'router' ? 'router' : 'sidecar', ip, pod, namespace };
}

/**
 * Who a configuration is for, from what its node says and what is registered; where both say something of a
 * workload, what is registered counts.
 * Throws RefusedClientError when the caller proved to be somebody else than the node says.
 */
export function proxyOfNode(node: Node, caller: Caller, snapshot: MeshSnapshot, clusterId: string): Proxy {
  const name = parseNodeId(node.id);
  if (name === undefined)
    throw new RefusedClientError(
      'invalid_argument',
      `Cannot serve node "${node.id}": sidecar~IP~POD.NAMESPACE~DOMAIN or router~... expected`,
    );
  const metadata: Readonly<Record<string, unknown>> = node.metadata ?? {};
  const text = (key: string): string | undefined => (typeof metadata[key] === 'string' && metadata[key] !== '' ? metadata[key] : undefined);
  const instance = snapshot.workload(name.namespace, name.pod);
  const serviceAccount = instance?.serviceAccount ?? text('SERVICE_ACCOUNT') ?? 'default';
  checkCaller(name, serviceAccount, caller);
  const ports = metadata['LATEEN_PORTS'];
  return {
    id: node.id,
    type: name.type,
    ip: name.ip,
    name: name.pod,
    namespace: name.namespace,
    labels: labelsOf(node, instance),
    workload: instance?.workload ?? text('WORKLOAD_NAME') ?? name.pod,
    serviceAccount,
    locality: instance?.locality ?? localityOf(node),
    clusterId: text('CLUSTER_ID') ?? clusterId,
    ...(node.cluster === '' ? {} : { nodeCluster: node.cluster }),
    meshId: text('MESH_ID') ?? snapshot.trustDomain,
    metadata,
    extensions: new Set(node.extensions.map((extension) => extension.name)),
    interception: metadata['INTERCEPTION_MODE'] === 'NONE' && isPortMap(ports) ? { mode: 'NONE', ports } : { mode: 'REDIRECT' },
    ...(metadata['GENERATOR'] === 'grpc' ? { generator: 'grpc' as const } : {}),
    trustDomain: snapshot.trustDomain,
  };
}

/** A caller who proved an identity gets the configuration of that identity and of no other. */
function checkCaller({ pod, namespace }: NodeName, serviceAccount: string, caller: Caller): void {
  if (caller.via === 'none') return;
  const refuse = (what: string, proven: string, claimed: string): never => {
    throw new RefusedClientError(
      'permission_denied',
      `Cannot serve node "${pod}.${namespace}": its ${caller.via} is for ${what} "${proven}", not "${claimed}"`,
    );
  };
  if (caller.namespace !== namespace) refuse('namespace', caller.namespace ?? '', namespace);
  if (caller.serviceAccount !== serviceAccount) refuse('service account', caller.serviceAccount ?? '', serviceAccount);
  if (caller.pod !== undefined && caller.pod !== pod) refuse('pod', caller.pod, pod);
}

/** What a proxy's workload is labelled with: what is registered, else what its node says. */
export function labelsOf({ metadata }: Pick<Node, 'metadata'>, instance: WorkloadInstance | undefined): Readonly<Record<string, string>> {
  if (instance !== undefined) return instance.labels;
  const value: unknown = metadata?.['LABELS'];
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function localityOf({ locality }: Node): Locality {
  return { region: locality?.region ?? '', zone: locality?.zone ?? '', subZone: locality?.subZone ?? '' };
}

function isPortMap(value: unknown): value is PortMap {
  return typeof value === 'object' && value !== null && 'inbound' in value && 'outbound' in value;
}
