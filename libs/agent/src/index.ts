export { type AgentConfig, type Interception, parseAgentConfig, type ProxyChoice, type ProxyPorts, readAgentConfig } from './agent-config';
export { bootstrapFor, ISTIO_VERSION, nodeFor } from './bootstrap/bootstrap';
export { type ConsoleLogger, createConsoleLogger, type LogLevel } from './console-logger';
export { runAgentProcess } from './agent-process';
export { type Identity, IdentityManager } from './identity/identity-manager';
export { type AgentOptions, type ProxyContext, runAgent, type RunningAgent, type RunningProxy } from './run-agent';
export { type SecretStore } from './sds/secret-store';
