import { type MutualTLS, type PeerAuthentication } from '@lateen/config';
import { matchesLabels } from '@lateen/registry';
import { type Client, type MtlsMode } from './snapshot';

/** The mode of a workload's port; without a port the workload's own. */
export type MtlsLookup = (client: Client, port?: number) => MtlsMode;

/**
 * Indexes PeerAuthentications, oldest first: at each level the oldest counts.
 * Spec: port of the workload, workload, namespace, root namespace, else PERMISSIVE; UNSET inherits.
 */
export function indexPeerAuthentications(resources: readonly PeerAuthentication[], rootNamespace: string): MtlsLookup {
  const ofNamespace = new Map<string, MtlsMode | undefined>();
  const ofWorkloads = new Map<string, PeerAuthentication[]>();
  for (const resource of resources) {
    const { namespace } = resource.metadata;
    if (Object.keys(resource.spec.selector?.matchLabels ?? {}).length === 0) {
      if (!ofNamespace.has(namespace)) ofNamespace.set(namespace, modeOf(resource.spec.mtls));
    } else {
      ofWorkloads.set(namespace, [...(ofWorkloads.get(namespace) ?? []), resource]);
    }
  }
  return (client, port) => {
    const own = ofWorkloads.get(client.namespace)?.find(({ spec }) => matchesLabels(client.labels, spec.selector?.matchLabels ?? {}));
    const ofPort = port === undefined ? undefined : modeOf(own?.spec.portLevelMtls?.[String(port)]);
    return ofPort ?? modeOf(own?.spec.mtls) ?? ofNamespace.get(client.namespace) ?? ofNamespace.get(rootNamespace) ?? 'PERMISSIVE';
  };
}

function modeOf(mtls: MutualTLS | undefined): MtlsMode | undefined {
  return mtls?.mode === undefined || mtls.mode === 'UNSET' ? undefined : mtls.mode;
}
