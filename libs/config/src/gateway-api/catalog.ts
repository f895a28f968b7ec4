import { type KindDefinition } from '../kinds/kind';
import {
  backendTlsPolicySpec,
  gatewayClassSpec,
  gatewaySpec,
  grpcRouteSpec,
  httpRouteSpec,
  listenerSetSpec,
  referenceGrantSpec,
  tcpRouteSpec,
  tlsRouteSpec,
} from './schema';
import { validateBackendTlsPolicy, validateGrpcRoute, validateHttpRoute, validateListeners, validateTlsRoute } from './validate';

const COMMON = {
  group: 'gateway.networking.k8s.io',
  versions: ['v1'],
  scope: 'namespaced',
  payload: 'spec',
  effect: 'inert',
  protobuf: false,
} as const;
const WITH_BETA = { ...COMMON, versions: ['v1', 'v1beta1'] } as const;

/** The Gateway API kinds that Istio supports: judged here, and not yet translated. */
export const GATEWAY_API_KINDS: readonly KindDefinition[] = [
  { kind: 'GatewayClass', ...WITH_BETA, scope: 'cluster', plural: 'gatewayclasses', shortNames: ['gc'], schema: gatewayClassSpec },
  { kind: 'Gateway', ...WITH_BETA, plural: 'gateways', shortNames: ['gtw'], schema: gatewaySpec, validate: validateListeners },
  { kind: 'HTTPRoute', ...WITH_BETA, plural: 'httproutes', shortNames: [], schema: httpRouteSpec, validate: validateHttpRoute },
  { kind: 'GRPCRoute', ...COMMON, plural: 'grpcroutes', shortNames: [], schema: grpcRouteSpec, validate: validateGrpcRoute },
  {
    kind: 'TLSRoute',
    ...COMMON,
    versions: ['v1', 'v1alpha3', 'v1alpha2'],
    plural: 'tlsroutes',
    shortNames: [],
    schema: tlsRouteSpec,
    validate: validateTlsRoute,
  },
  { kind: 'TCPRoute', ...COMMON, versions: ['v1', 'v1alpha2'], plural: 'tcproutes', shortNames: [], schema: tcpRouteSpec },
  { kind: 'ReferenceGrant', ...WITH_BETA, plural: 'referencegrants', shortNames: ['refgrant'], schema: referenceGrantSpec },
  {
    kind: 'BackendTLSPolicy',
    ...COMMON,
    versions: ['v1', 'v1alpha3'],
    plural: 'backendtlspolicies',
    shortNames: ['btlspolicy'],
    schema: backendTlsPolicySpec,
    validate: validateBackendTlsPolicy,
  },
  { kind: 'ListenerSet', ...COMMON, plural: 'listenersets', shortNames: ['lset'], schema: listenerSetSpec, validate: validateListeners },
];
