import { didYouMean } from '@lateen/base';
import { CliError, EXIT } from '../exit';

/** Kinds by the names kubectl knows them by. Spec: the names in Istio's and Kubernetes' CRDs. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  VirtualService: ['virtualservice', 'virtualservices', 'vs'],
  DestinationRule: ['destinationrule', 'destinationrules', 'dr'],
  Gateway: ['gateway', 'gateways', 'gw'],
  ServiceEntry: ['serviceentry', 'serviceentries', 'se'],
  PeerAuthentication: ['peerauthentication', 'peerauthentications', 'pa'],
  AuthorizationPolicy: ['authorizationpolicy', 'authorizationpolicies', 'ap'],
  RequestAuthentication: ['requestauthentication', 'requestauthentications', 'ra'],
  Sidecar: ['sidecar', 'sidecars'],
  WorkloadEntry: ['workloadentry', 'workloadentries', 'we'],
  WorkloadGroup: ['workloadgroup', 'workloadgroups', 'wg'],
  EnvoyFilter: ['envoyfilter', 'envoyfilters'],
  ProxyConfig: ['proxyconfig', 'proxyconfigs'],
  Telemetry: ['telemetry', 'telemetries'],
  WasmPlugin: ['wasmplugin', 'wasmplugins'],
  TrafficExtension: ['trafficextension', 'trafficextensions'],
  Service: ['service', 'services', 'svc'],
  Deployment: ['deployment', 'deployments', 'deploy'],
  Pod: ['pod', 'pods', 'po'],
  ServiceAccount: ['serviceaccount', 'serviceaccounts', 'sa'],
  Secret: ['secret', 'secrets'],
  ConfigMap: ['configmap', 'configmaps', 'cm'],
  Namespace: ['namespace', 'namespaces', 'ns'],
};

/** Resolves what the user typed, `vs,dr` or `all`; throws with the nearest name. `virtualservices.networking.istio.io` counts too. */
export function parseKinds(text: string): readonly string[] {
  if (text === 'all') return Object.keys(KINDS);
  return text.split(',').map((name) => {
    const plain = (name.split('.')[0] ?? '').toLowerCase();
    const kind = Object.keys(KINDS).find((k) => KINDS[k]?.includes(plain));
    if (kind !== undefined) return kind;
    const guess = didYouMean(plain, Object.values(KINDS).flat());
    throw new CliError(`Cannot find kind "${name}"${guess === undefined ? '' : `: did you mean "${guess}"?`}`, EXIT.usage);
  });
}
