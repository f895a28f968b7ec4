import { type Analyzer } from '../analyzer';
import { annotations } from './annotations';
import { applicationUid } from './application-uid';
import { authorizationPolicies } from './authorization-policies';
import { conditions } from './conditions';
import { deploymentServices } from './deployment-services';
import { deprecated } from './deprecated';
import { destinationRuleCertificates } from './destination-rule-certificates';
import { destinationRuleHosts } from './destination-rule-hosts';
import { envoyFilters } from './envoy-filters';
import { gatewayApiCrds } from './gateway-api-crds';
import { gatewayCertificates } from './gateway-certificates';
import { gatewayConflicts } from './gateway-conflicts';
import { gatewayPorts } from './gateway-ports';
import { gatewaySecrets } from './gateway-secrets';
import { imageAuto } from './image-auto';
import { ingressRules } from './ingress-rules';
import { injection } from './injection';
import { jwksUri } from './jwks-uri';
import { jwtClaimRoutes } from './jwt-claim-routes';
import { LIVE_ONLY } from './live-only';
import { meshHostWinner } from './mesh-host-winner';
import { shadowedMatches } from './shadowed-matches';
import { unreachableRoutes } from './unreachable-routes';
import { retries } from './retries';
import { localitySettings } from './locality-settings';
import { meshNetworks } from './mesh-networks';
import { policySelectors } from './policy-selectors';
import { proxyImage } from './proxy-image';
import { schema } from './schema';
import { serviceEntryAddresses } from './service-entry-addresses';
import { serviceEntryProtocols } from './service-entry-protocols';
import { servicePorts } from './service-ports';
import { sidecarSelectors } from './sidecar-selectors';
import { telemetryProviders } from './telemetry-providers';
import { telemetrySelectors } from './telemetry-selectors';
import { virtualServiceDestinations } from './virtual-service-destinations';
import { virtualServiceGateways } from './virtual-service-gateways';
import { virtualServiceHosts } from './virtual-service-hosts';
import { virtualServiceSubsets } from './virtual-service-subsets';
import { webhooks } from './webhooks';

/** Every analyzer. To add one, add its file and a line here. */
export const ANALYZERS: readonly Analyzer[] = [
  schema,
  virtualServiceDestinations,
  virtualServiceSubsets,
  virtualServiceGateways,
  virtualServiceHosts,
  ingressRules,
  jwtClaimRoutes,
  destinationRuleHosts,
  destinationRuleCertificates,
  gatewayPorts,
  gatewayConflicts,
  gatewaySecrets,
  gatewayCertificates,
  serviceEntryAddresses,
  serviceEntryProtocols,
  servicePorts,
  deploymentServices,
  sidecarSelectors,
  telemetrySelectors,
  telemetryProviders,
  authorizationPolicies,
  policySelectors,
  injection,
  imageAuto,
  proxyImage,
  annotations,
  applicationUid,
  envoyFilters,
  jwksUri,
  deprecated,
  webhooks,
  gatewayApiCrds,
  meshNetworks,
  conditions,
  meshHostWinner,
  shadowedMatches,
  unreachableRoutes,
  retries,
  localitySettings,
  ...LIVE_ONLY,
];
