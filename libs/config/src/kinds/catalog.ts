import { z } from 'zod';
import { type KnownKind } from '../resource';
import { configMapSpec } from './config-map/schema';
import { validateConfigMap } from './config-map/validate';
import { deploymentSpec } from './deployment/schema';
import { destinationRuleSpec } from './destination-rule/schema';
import { validateDestinationRule } from './destination-rule/validate';
import { gatewaySpec } from './gateway/schema';
import { validateGateway } from './gateway/validate';
import { type Effect, type KindDefinition } from './kind';
import { namespaceSpec } from './namespace/schema';
import { peerAuthenticationSpec } from './peer-authentication/schema';
import { validatePeerAuthentication } from './peer-authentication/validate';
import { podSpec } from './pod/schema';
import { secretSpec } from './secret/schema';
import { serviceAccountSpec } from './service-account/schema';
import { serviceEntrySpec } from './service-entry/schema';
import { validateServiceEntry } from './service-entry/validate';
import { serviceSpec } from './service/schema';
import { virtualServiceSpec } from './virtual-service/schema';
import { validateVirtualService } from './virtual-service/validate';

const NETWORKING = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'], scope: 'namespaced', payload: 'spec', effect: 'full', protobuf: true } as const;
const SECURITY = { ...NETWORKING, group: 'security.istio.io', versions: ['v1', 'v1beta1'] } as const;
const CORE = { group: '', versions: ['v1'], scope: 'namespaced', effect: 'full', protobuf: false } as const;

/** A kind that is stored as written and changes nothing yet. */
function inert(kind: string, group: string, versions: readonly string[], plural: string, shortNames: readonly string[] = [], effect: Effect = 'inert'): KindDefinition {
  return { kind, group, versions, plural, shortNames, scope: 'namespaced', payload: 'spec', effect, protobuf: false, schema: z.looseObject({}) };
}

/** Every kind that is read, Istio's first. To add a kind, add its folder and a line here. */
export const KINDS: readonly KindDefinition[] = [
  { kind: 'VirtualService', ...NETWORKING, plural: 'virtualservices', shortNames: ['vs'], schema: virtualServiceSpec, validate: validateVirtualService },
  { kind: 'DestinationRule', ...NETWORKING, plural: 'destinationrules', shortNames: ['dr'], schema: destinationRuleSpec, validate: validateDestinationRule },
  { kind: 'Gateway', ...NETWORKING, plural: 'gateways', shortNames: ['gw'], schema: gatewaySpec, validate: validateGateway },
  { kind: 'ServiceEntry', ...NETWORKING, plural: 'serviceentries', shortNames: ['se'], schema: serviceEntrySpec, validate: validateServiceEntry },
  { kind: 'PeerAuthentication', ...SECURITY, plural: 'peerauthentications', shortNames: ['pa'], schema: peerAuthenticationSpec, validate: validatePeerAuthentication },
  inert('Sidecar', NETWORKING.group, NETWORKING.versions, 'sidecars'),
  inert('WorkloadEntry', NETWORKING.group, NETWORKING.versions, 'workloadentries', ['we']),
  inert('WorkloadGroup', NETWORKING.group, NETWORKING.versions, 'workloadgroups', ['wg']),
  inert('EnvoyFilter', NETWORKING.group, ['v1alpha3'], 'envoyfilters'),
  inert('ProxyConfig', NETWORKING.group, ['v1beta1'], 'proxyconfigs'),
  inert('RequestAuthentication', SECURITY.group, SECURITY.versions, 'requestauthentications', ['ra'], 'protecting'),
  inert('AuthorizationPolicy', SECURITY.group, SECURITY.versions, 'authorizationpolicies', ['ap'], 'protecting'),
  inert('Telemetry', 'telemetry.istio.io', ['v1', 'v1alpha1'], 'telemetries', ['telemetry']),
  inert('WasmPlugin', 'extensions.istio.io', ['v1alpha1'], 'wasmplugins'),
  inert('TrafficExtension', 'extensions.istio.io', ['v1alpha1'], 'trafficextensions'),
  { kind: 'Service', ...CORE, payload: 'spec', plural: 'services', shortNames: ['svc'], schema: serviceSpec },
  { kind: 'Deployment', ...CORE, group: 'apps', payload: 'spec', plural: 'deployments', shortNames: ['deploy'], schema: deploymentSpec },
  { kind: 'Pod', ...CORE, payload: 'spec', plural: 'pods', shortNames: ['po'], schema: podSpec },
  { kind: 'ServiceAccount', ...CORE, payload: 'fields', plural: 'serviceaccounts', shortNames: ['sa'], schema: serviceAccountSpec },
  { kind: 'Secret', ...CORE, payload: 'fields', plural: 'secrets', shortNames: [], schema: secretSpec },
  { kind: 'ConfigMap', ...CORE, payload: 'fields', plural: 'configmaps', shortNames: ['cm'], schema: configMapSpec, validate: validateConfigMap },
  { kind: 'Namespace', ...CORE, scope: 'cluster', payload: 'spec', plural: 'namespaces', shortNames: ['ns'], schema: namespaceSpec },
] satisfies readonly (KindDefinition & { kind: KnownKind | string })[];

/** Istio's API groups, each with the kinds it holds. */
export const ISTIO_GROUPS: readonly string[] = [...new Set(KINDS.map((k) => k.group).filter((g) => g.endsWith('.istio.io')))];

/** The definition of a kind in a group, or undefined. */
export function findKind(group: string, kind: string): KindDefinition | undefined {
  return KINDS.find((k) => k.group === group && k.kind === kind);
}

/** The kind a command line means by `word`: kind, plural, short name or `kind.group`, in any case. */
export function kindByName(word: string): KindDefinition | undefined {
  const name = word.toLowerCase();
  return KINDS.find((k) => [k.kind.toLowerCase(), k.plural, ...k.shortNames, `${k.plural}.${k.group}`, `${k.kind.toLowerCase()}.${k.group}`].includes(name));
}
