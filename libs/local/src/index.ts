export { type CaptureConfig, type Command, type Interception, type InterceptionKind, type NetworkRequest, type ProxyPorts, type ServicePortRef, type WorkloadNetwork, type WorkloadPort } from './interception/interception';
export { type MeshCard, readMeshCard, removeMeshCard, writeMeshCard } from './state/mesh-card';
export { resolveStateDir, type StatePaths, statePaths } from './state/state-dir';
export { type Request, type RequestBody, type Response, type RunRequest, type ServerEvent } from './supervisor/protocol';
export { type IdleDeployment, type MeshStatus, type ProcessState, type ProcessStatus, type WorkloadStatus } from './supervisor/status';
export { type AppCommand, type EnvironmentEntry, type WorkloadSpec } from './workloads/workload';
