export { type AppsFile, EMPTY_APPS_FILE, parseAppsFile } from './apps-file/parse-apps-file';
export {
  type CaptureConfig,
  type Command,
  type Interception,
  type InterceptionKind,
  type NetworkRequest,
  type ProxyPorts,
  type ServicePortRef,
  type WorkloadNetwork,
  type WorkloadPort,
} from './interception/interception';
export { chooseInterception, type InterceptionChoice, type NamespaceProbe, probeNamespaces } from './interception/probe';
export { launch, LaunchError, type LaunchedMesh, type LaunchOptions } from './launcher/launch';
export { type StartConfig } from './launcher/messages';
export { supervise } from './launcher/supervise';
export { type MeshCard, readMeshCard, removeMeshCard, writeMeshCard } from './state/mesh-card';
export { resolveStateDir, type StatePaths, statePaths } from './state/state-dir';
export { SupervisorClient, SupervisorError } from './supervisor/client';
export { type AdminAnswer, callAdmin } from './supervisor/control-plane';
export { type SupervisorEvent } from './supervisor/events';
export { type ConfigFile, type Programs } from './supervisor/mesh-supervisor';
export { type Request, type RequestBody, type Response, type RunRequest, type ServerEvent } from './supervisor/protocol';
export {
  type IdleDeployment,
  type MeshStatus,
  type ProcessExit,
  type ProcessState,
  type ProcessStatus,
  type WorkloadStatus,
} from './supervisor/status';
export { DEFAULT_GATEWAY, DEFAULT_GATEWAY_SERVICE_YAML, defaultGatewayWorkload } from './workloads/default-gateway';
export { proxyConcurrency } from './workloads/proxy-settings';
export { type AppCommand, type EnvironmentEntry, type WorkloadSpec } from './workloads/workload';
