import { type SecretState } from '@lateen/xds/gen/lateen/observation_pb';
import { type ConnectedClient } from '@lateen/xds/server';
import { configDump } from '../admin/config-dump';
import { heldSecrets, sentSecrets } from './secrets';

interface Dump {
  readonly configs: readonly (Readonly<Record<string, unknown>> & { readonly '@type': string })[];
}

type Entry = Readonly<Record<string, unknown>>;

/**
 * What a proxy was given, in Envoy's JSON, one list for each kind of resource. Of its secrets there are the certificates
 * that it says it `held`, or else those it was sent: no key is shown.
 */
export function proxyConfiguration(client: ConnectedClient, held: readonly SecretState[] | undefined): object {
  const { configs } = configDump(client) as Dump;
  const listOf = (type: string, list: string, pick: (entry: Entry) => unknown): readonly unknown[] => {
    const found = configs.find((config) => config['@type'].endsWith(`.${type}`))?.[list];
    return Array.isArray(found) ? (found as readonly Entry[]).map(pick) : [];
  };
  return {
    listeners: listOf('ListenersConfigDump', 'dynamicListeners', (entry) => (entry['activeState'] as Entry | undefined)?.['listener']),
    routes: listOf('RoutesConfigDump', 'dynamicRouteConfigs', (entry) => entry['routeConfig']),
    clusters: listOf('ClustersConfigDump', 'dynamicActiveClusters', (entry) => entry['cluster']),
    endpoints: listOf('EndpointsConfigDump', 'dynamicEndpointConfigs', (entry) => entry['endpointConfig']),
    secrets: held === undefined ? sentSecrets(client) : heldSecrets(held),
  };
}
