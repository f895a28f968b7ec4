import { type Level } from './levels';

/** What is known about a code. */
export interface MessageType {
  readonly name: string;
  readonly level: Level;
  /** `{0}` stands for the first parameter. */
  readonly template: string;
  /** Whether istioctl points at the field that an analyzer names, or at the resource whatever it names. */
  readonly line: 'field' | 'resource';
}

const type = (name: string, level: Level, line: MessageType['line'], template: string): MessageType => ({ name, level, template, line });

/**
 * Every code there is. IST codes, levels and the order of parameters are Istio's, the words are ours; LAT codes are ours.
 * Spec: Istio configuration analysis messages.
 */
export const MESSAGES = {
  IST0001: type('InternalError', 'Error', 'resource', 'Analysis itself failed: {0}'),
  IST0002: type('Deprecated', 'Warning', 'resource', 'Deprecated: {0}'),
  IST0101: type('ReferencedResourceNotFound', 'Error', 'field', 'Referenced {0} not found: "{1}"'),
  IST0102: type(
    'NamespaceNotInjected',
    'Info',
    'field',
    'Namespace {0} does not ask for sidecars. Label it istio-injection=enabled to get them, or istio-injection=disabled to say that it wants none: kubectl label namespace {1} istio-injection=enabled',
  ),
  IST0103: type(
    'PodMissingProxy',
    'Warning',
    'resource',
    'Pod {0} runs without a sidecar, though its namespace asks for one. Recreating the pod usually adds it',
  ),
  IST0106: type('SchemaValidationError', 'Error', 'resource', 'Schema validation error: {0}'),
  IST0107: type('MisplacedAnnotation', 'Warning', 'resource', 'Annotation {0} has no effect here; it belongs on {1}'),
  IST0108: type('UnknownAnnotation', 'Warning', 'resource', 'Unknown Istio annotation: {0}'),
  IST0109: type(
    'ConflictingMeshGatewayVirtualServiceHosts',
    'Error',
    'field',
    'VirtualServices {0}, bound to the mesh, define the same host {1}, which leads to undefined behavior. Merge them into one, or give them hosts of their own',
  ),
  IST0110: type(
    'ConflictingSidecarWorkloadSelectors',
    'Error',
    'field',
    'Sidecars {0} in namespace "{1}" select the same pod "{2}", which leads to undefined behavior',
  ),
  IST0111: type(
    'MultipleSidecarsWithoutWorkloadSelectors',
    'Error',
    'resource',
    'Sidecars {0} in namespace "{1}" all have no workload selector, which leads to undefined behavior',
  ),
  IST0112: type(
    'VirtualServiceDestinationPortSelectorRequired',
    'Error',
    'field',
    'Destination "{0}" has several ports ({1}), and the route names none',
  ),
  IST0116: type(
    'DeploymentAssociatedToMultipleServices',
    'Warning',
    'field',
    'Deployment {0} belongs to several services that use port {1} with different protocols: {2}',
  ),
  IST0118: type(
    'PortNameIsNotUnderNamingConvention',
    'Info',
    'field',
    'Port name "{0}" (port {1}, target port {2}) does not follow the naming convention for ports, so its protocol is found out from traffic',
  ),
  IST0123: type(
    'NamespaceMultipleInjectionLabels',
    'Warning',
    'resource',
    'The namespace has several labels that decide about sidecars, which contradict each other: {0}',
  ),
  IST0125: type('InvalidAnnotation', 'Warning', 'resource', 'Invalid value of annotation {0}: {1}'),
  IST0126: type('UnknownMeshNetworksServiceRegistry', 'Error', 'resource', 'Service registry "{0}" of network "{1}" is unknown'),
  IST0127: type('NoMatchingWorkloadsFound', 'Warning', 'resource', 'No workload in the mesh matches this resource with the labels: {0}'),
  IST0128: type(
    'NoServerCertificateVerificationDestinationLevel',
    'Warning',
    'field',
    "DestinationRule {0} in namespace {1} has TLS mode {2} but no caCertificates to verify the server's identity with, for host {3}",
  ),
  IST0129: type(
    'NoServerCertificateVerificationPortLevel',
    'Warning',
    'field',
    "DestinationRule {0} in namespace {1} has TLS mode {2} but no caCertificates to verify the server's identity with, for host {3} at port {4}",
  ),
  IST0130: type('VirtualServiceUnreachableRule', 'Warning', 'resource', 'VirtualService rule {0} is never used ({1})'),
  IST0131: type(
    'VirtualServiceIneffectiveMatch',
    'Info',
    'resource',
    'VirtualService rule {0}: match {1} is never used, because rule {2} already matches the same',
  ),
  IST0132: type(
    'VirtualServiceHostNotFoundInGateway',
    'Warning',
    'field',
    'None of the hosts {0} of VirtualService {1} is a host of gateway {2}',
  ),
  IST0133: type('SchemaWarning', 'Warning', 'resource', 'Schema validation warning: {0}'),
  IST0134: type(
    'ServiceEntryAddressesRequired',
    'Warning',
    'field',
    'A ServiceEntry with a port of protocol TCP, or of none, needs addresses',
  ),
  IST0135: type('DeprecatedAnnotation', 'Info', 'resource', 'Annotation {0} is deprecated{1} and may not work in later versions of Istio'),
  IST0136: type('AlphaAnnotation', 'Info', 'resource', 'Annotation {0} belongs to an alpha feature and may not be fully supported'),
  IST0137: type(
    'DeploymentConflictingPorts',
    'Warning',
    'field',
    'Deployment {0} is reached by services {1} at target port {2} through different ports: {3}',
  ),
  IST0138: type(
    'GatewayDuplicateCertificate',
    'Warning',
    'field',
    'Gateways {0} use the same certificate; browsers that reuse a connection get 404 answers',
  ),
  IST0139: type('InvalidWebhook', 'Error', 'resource', '{0}'),
  IST0140: type(
    'IngressRouteRulesNotAffected',
    'Warning',
    'resource',
    'Subset in VirtualService {0} has no effect on ingress gateway VirtualService {1}',
  ),
  IST0141: type('InsufficientPermissions', 'Error', 'resource', 'The permission to create resource {0} is missing ({1})'),
  IST0142: type('UnsupportedKubernetesVersion', 'Error', 'resource', 'Kubernetes {0} is older than the oldest supported version, {1}'),
  IST0143: type('LocalhostListener', 'Error', 'resource', 'Port {0} listens on localhost only and is not reachable from other pods'),
  IST0144: type(
    'InvalidApplicationUID',
    'Warning',
    'resource',
    'User ID 1337 belongs to the sidecar: no container of an application may run as it',
  ),
  IST0145: type('ConflictingGateways', 'Error', 'resource', 'Gateways {0} (selector {1}) define the same hosts on port {2}: {3}'),
  IST0146: type(
    'ImageAutoWithoutInjectionWarning',
    'Warning',
    'resource',
    '{0} {1} has the container image "auto", but no injection webhook matches it',
  ),
  IST0147: type(
    'ImageAutoWithoutInjectionError',
    'Error',
    'resource',
    '{0} {1} has the container image "auto", which was not replaced by injection',
  ),
  IST0148: type(
    'NamespaceInjectionEnabledByDefault',
    'Info',
    'resource',
    'The namespace has no injection label, and injection is on by default',
  ),
  IST0149: type(
    'JwtClaimBasedRoutingWithoutRequestAuthN',
    'Error',
    'resource',
    'The VirtualService routes by JWT claim (key {0}), but gateway {1}, on pod {2}, has no RequestAuthentication',
  ),
  IST0150: type(
    'ExternalNameServiceTypeInvalidPortName',
    'Warning',
    'field',
    'The port name of an ExternalName service must name a protocol other than tcp; otherwise it takes the listener of all addresses of its port',
  ),
  IST0151: type(
    'EnvoyFilterUsesRelativeOperation',
    'Warning',
    'resource',
    'The EnvoyFilter has no priority and a patch relative to other filters, which may not be applied. INSERT_FIRST, ADD or a priority make sure',
  ),
  IST0152: type(
    'EnvoyFilterUsesReplaceOperationIncorrectly',
    'Error',
    'resource',
    'REPLACE works only with applyTo HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST',
  ),
  IST0153: type(
    'EnvoyFilterUsesAddOperationIncorrectly',
    'Error',
    'resource',
    'ADD does nothing with applyTo ROUTE_CONFIGURATION and HTTP_ROUTE',
  ),
  IST0154: type(
    'EnvoyFilterUsesRemoveOperationIncorrectly',
    'Error',
    'resource',
    'REMOVE does nothing with applyTo ROUTE_CONFIGURATION and HTTP_ROUTE',
  ),
  IST0155: type(
    'EnvoyFilterUsesRelativeOperationWithProxyVersion',
    'Warning',
    'resource',
    'The EnvoyFilter has no priority and a patch relative to one that is set for some proxy versions only, which may not be applied',
  ),
  IST0156: type('UnsupportedGatewayAPIVersion', 'Error', 'resource', 'The Gateway API version {0} is not supported; {1} is the least'),
  IST0157: type(
    'InvalidTelemetryProvider',
    'Warning',
    'resource',
    'Telemetry {0} in namespace {1} names no provider, and the mesh has no default one: its access logging does nothing',
  ),
  IST0158: type(
    'PodsIstioProxyImageMismatchInNamespace',
    'Warning',
    'resource',
    "Pods run another proxy image than the namespace's revision gives: {0}. Usually they have to be restarted after an upgrade",
  ),
  IST0159: type(
    'ConflictingTelemetryWorkloadSelectors',
    'Error',
    'field',
    'Telemetries {0} in namespace "{1}" select the same pod "{2}", which leads to undefined behavior',
  ),
  IST0160: type(
    'MultipleTelemetriesWithoutWorkloadSelectors',
    'Error',
    'resource',
    'Telemetries {0} in namespace "{1}" all have no selector, which leads to undefined behavior',
  ),
  IST0161: type(
    'InvalidGatewayCredential',
    'Error',
    'field',
    'The credential of Gateway {0} in namespace {1} holds no valid certificate and key',
  ),
  IST0162: type(
    'GatewayPortNotDefinedOnService',
    'Warning',
    'field',
    'The gateway listens on port {0}, which no service of its pods (selector {1}) has',
  ),
  IST0163: type(
    'InvalidExternalControlPlaneConfig',
    'Warning',
    'resource',
    "The external control plane's address ({0}) in webhook {1} is not valid: {2}",
  ),
  IST0164: type(
    'ExternalControlPlaneAddressIsNotAHostname',
    'Info',
    'resource',
    "The external control plane's address ({0}) in webhook {1} is an IP address, not a host name",
  ),
  IST0165: type(
    'ReferencedInternalGateway',
    'Warning',
    'field',
    'VirtualService {0} names the internal gateway {1}, which may change at any time',
  ),
  IST0166: type(
    'IneffectiveSelector',
    'Warning',
    'resource',
    'The selector has no effect on Kubernetes Gateway {0}: use targetRef instead',
  ),
  IST0167: type('IneffectivePolicy', 'Warning', 'resource', 'The resource has no effect: {0}'),
  IST0168: type(
    'UnknownUpgradeCompatibility',
    'Warning',
    'resource',
    'Field {0} changes in {1} ({2}) and cannot be checked here; compatibilityVersion={3} keeps the old behaviour',
  ),
  IST0169: type(
    'UpdateIncompatibility',
    'Warning',
    'resource',
    'Field {0} changes in {1} ({2}); compatibilityVersion={3} keeps the old behaviour',
  ),
  IST0170: type(
    'MultiClusterInconsistentService',
    'Warning',
    'resource',
    'Service {0} in namespace {1} differs between the clusters {2}: {3}',
  ),
  IST0171: type('NegativeConditionStatus', 'Warning', 'resource', 'Condition {0} is not met: {1}: {2}'),
  IST0172: type(
    'FutureUnsupportedGatewayAPIVersion',
    'Warning',
    'resource',
    'The Gateway API version {0} will not be supported in the next Istio version; {1} is the least then',
  ),
  IST0173: type('DestinationRuleSubsetNotSelectPods', 'Error', 'resource', 'Subset {0} selects no pod'),
  IST0174: type('UnknownDestinationRuleHost', 'Warning', 'resource', 'The host "{0}" of the DestinationRule is no service of the mesh'),
  IST0175: type(
    'JwksUriFetchUnrestricted',
    'Warning',
    'resource',
    '{0} RequestAuthentications are there ({1}), and istiod may fetch their jwksUri from any address: set BLOCKED_CIDRS_IN_JWKS_URIS',
  ),
  IST0176: type('GatewayAPICRDVersionBelowMinimum', 'Warning', 'resource', 'CRD {0} is of version {1}; {2} is the least that works'),
  IST0177: type(
    'ConflictingServiceEntryProtocol',
    'Warning',
    'field',
    'ServiceEntries {0} give port {2} of host {1} different protocols: {3}',
  ),
  LAT0001: type(
    'MeshHostRoutedTwice',
    'Warning',
    'field',
    'Host "{0}" is routed by VirtualService {1} as well, which wins: {2}. Nothing of this VirtualService applies to the host in sidecars',
  ),
  LAT0002: type(
    'MatchShadowed',
    'Warning',
    'field',
    'Match {0} of rule {1} can never be reached: match {2} of rule {3} takes every request that it would',
  ),
  LAT0003: type('RouteUnreachable', 'Warning', 'field', 'Rule {0} can be reached by no gateway and no sidecar: {1}'),
  LAT0004: type(
    'FaultWithRetries',
    'Warning',
    'field',
    'Rule {0} has a fault and retries: injected faults are never retried, so the retries of this rule are not tested by it',
  ),
  LAT0005: type(
    'RetriesRepeatWrites',
    'Warning',
    'field',
    'Rule {0} retries on {1}, which can happen after the upstream has done its work, and takes {2}: a write may be done twice',
  ),
  LAT0006: type(
    'LocalityWithoutOutlierDetection',
    'Warning',
    'field',
    'The locality settings of {0} need outlierDetection to know which endpoints have failed; without it nothing fails over',
  ),
  LAT0007: type(
    'TimeoutShorterThanRetries',
    'Warning',
    'field',
    'Rule {0} times out after {1}, before its {2} retries can be made: {3} tries of {4} each need {5}',
  ),
  LAT0008: type('ResourceGivenTwice', 'Warning', 'field', '{0}'),
} as const satisfies Record<string, MessageType>;

/** A code of Istio's or of ours. */
export type Code = keyof typeof MESSAGES;

/** All codes, ascending. */
export const CODES = Object.keys(MESSAGES) as readonly Code[];

/** Fills in the parameters of a code's template. */
export function renderMessage(code: Code, params: readonly string[]): string {
  return MESSAGES[code].template.replace(/\{(\d)\}/g, (_, index: string) => params[Number(index)] ?? '');
}

/** Where a code is explained. */
export function documentationUrl(code: Code): string {
  const lower = code.toLowerCase();
  return code.startsWith('LAT') ? `docs/analysis.md#${lower}` : `https://istio.io/latest/docs/reference/config/analysis/${lower}/`;
}
