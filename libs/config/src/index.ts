export { readFiles, type ReadOptions, type ReadResult } from './files/read-files';
export { GATEWAY_API_KINDS } from './gateway-api/catalog';
export { findKind, ISTIO_GROUPS, kindByName, KINDS } from './kinds/catalog';
export { validateResource } from './kinds/common-rules';
export { type ConfigMapSpec } from './kinds/config-map/schema';
export { type DeploymentSpec, type PodTemplate } from './kinds/deployment/schema';
export {
  type ClientTLSSettings,
  type ConnectionPoolSettings,
  type ConsistentHashLB,
  type DestinationRuleSpec,
  type HTTPSettings,
  type LoadBalancerSettings,
  type LocalityLoadBalancerSetting,
  type OutlierDetection,
  type PortTrafficPolicy,
  type Subset,
  type TCPSettings,
  type TrafficPolicy,
} from './kinds/destination-rule/schema';
export { type GatewaySpec, type Server, type ServerPort, type ServerTLSSettings } from './kinds/gateway/schema';
export { validateKubernetesResource } from './kinds/kubernetes-rules';
export { type Effect, type Finding, type KindDefinition } from './kinds/kind';
export { meshConfigFindings, meshConfigOf, parseMeshConfig, proxyConfigFindings, readMeshConfigFile } from './kinds/mesh-config/parse';
export { type ProxyConfig } from './kinds/mesh-config/proxy-schema';
export { MESH_CONFIG_DEFAULTS, type MeshConfig } from './kinds/mesh-config/schema';
export { type NamespaceSpec } from './kinds/namespace/schema';
export { type MutualTLS, type PeerAuthenticationSpec } from './kinds/peer-authentication/schema';
export { type Container, type ContainerPort, type PodSpec, type Probe } from './kinds/pod/schema';
export { type SecretSpec } from './kinds/secret/schema';
export { type ServiceAccountSpec } from './kinds/service-account/schema';
export { type ServiceEntryPort, type ServiceEntrySpec, type WorkloadEntrySpec } from './kinds/service-entry/schema';
export { type ServicePortSpec, type ServiceSpec } from './kinds/service/schema';
export {
  type CorsPolicy,
  type Destination,
  type HeaderOperations,
  type Headers,
  type HTTPDirectResponse,
  type HTTPFaultInjection,
  type HTTPMatchRequest,
  type HTTPMirrorPolicy,
  type HTTPRedirect,
  type HTTPRetry,
  type HTTPRewrite,
  type HTTPRoute,
  type HTTPRouteDestination,
  type L4MatchAttributes,
  type RouteDestination,
  type StringMatch,
  type TCPRoute,
  type TLSMatchAttributes,
  type TLSRoute,
  type VirtualServiceSpec,
} from './kinds/virtual-service/schema';
export {
  type AuthorizationCondition,
  type AuthorizationOperation,
  type AuthorizationPolicySpec,
  type AuthorizationRule,
  type AuthorizationSource,
} from './kinds/authorization-policy/schema';
export { type EnvoyConfigObjectPatch, type EnvoyFilterSpec } from './kinds/envoy-filter/schema';
export { type ProxyConfigSpec } from './kinds/proxy-config/schema';
export { type JWTRule, type RequestAuthenticationSpec } from './kinds/request-authentication/schema';
export { type IstioEgressListener, type IstioIngressListener, type SidecarSpec } from './kinds/sidecar/schema';
export { type TelemetryAccessLogging, type TelemetryMetrics, type TelemetrySpec, type TelemetryTracing } from './kinds/telemetry/schema';
export { type TrafficExtensionSpec } from './kinds/traffic-extension/schema';
export { type TrafficSelector, type WasmPluginSpec } from './kinds/wasm-plugin/schema';
export { type WorkloadGroupSpec } from './kinds/workload-group/schema';
export { type StatefulSetSpec } from './kinds/stateful-set/schema';
export { type DaemonSetSpec } from './kinds/daemon-set/schema';
export { type ReplicaSetSpec } from './kinds/replica-set/schema';
export { type JobSpec } from './kinds/job/schema';
export { type EndpointsSpec } from './kinds/endpoints/schema';
export { type EndpointSliceSpec } from './kinds/endpoint-slice/schema';
export { type IngressSpec } from './kinds/ingress/schema';
export { YAML_OPTIONS } from './parse/documents';
export { type ParseOptions, type ParseResult, parseFiles, type SourceFile } from './parse/parse-files';
export { type FieldPath, formatPath, parsePath } from './parse/path';
export { positionOf } from './parse/positions';
export { type KubernetesObject, toListObject, toObject, toYaml } from './render/to-object';
export {
  type AnyResource,
  type AuthorizationPolicy,
  type ConfigMap,
  type Deployment,
  type DestinationRule,
  type EnvoyFilter,
  type Gateway,
  type InertKind,
  type InertResource,
  isKind,
  keyOf,
  type KnownKind,
  type Namespace,
  type Ingress,
  type EndpointSlice,
  type Endpoints,
  type Job,
  type ReplicaSet,
  type DaemonSet,
  type StatefulSet,
  type ObjectMeta,
  type Origin,
  type PeerAuthentication,
  type Pod,
  type ProxyConfig as ProxyConfigResource,
  type RequestAuthentication,
  type Resource,
  resourceKey,
  type ResourceOf,
  type Secret,
  type Service,
  type ServiceAccount,
  type ServiceEntry,
  type Sidecar,
  type Telemetry,
  type TrafficExtension,
  type VirtualService,
  type WasmPlugin,
  type WorkloadEntry,
  type WorkloadGroup,
} from './resource';
export { type DeepReadonly } from './schema/deep-readonly';
export {
  type ApplyResult,
  type ChangeOptions,
  type ConfigStore,
  type DeleteResult,
  openStore,
  type ResourceRef,
  type StoreChange,
  type StoreEvent,
  type StoreOptions,
} from './store/store';
export { StoreError, type StoreErrorCode } from './store/store-error';
