import { type AgentConfig } from '../agent-config';

/** A valid configuration of a captured sidecar, with `change` laid over it. */
export function validAgentConfig(change: Partial<AgentConfig> = {}): AgentConfig {
  return {
    role: 'sidecar',
    pod: 'reviews-v1-0',
    namespace: 'default',
    workload: 'reviews-v1',
    serviceAccount: 'bookinfo-reviews',
    ip: '10.44.1.3',
    labels: { app: 'reviews', version: 'v1' },
    annotations: {},
    clusterId: 'Kubernetes',
    trustDomain: 'cluster.local',
    controlPlane: {
      address: '10.44.0.1:15012',
      rootCertFile: '/state/ca/root-cert.pem',
      tokenFile: '/state/run/default/reviews-v1-0/token',
    },
    runDir: '/state/run/default/reviews-v1-0',
    ports: { admin: 15000, outbound: 15001, inbound: 15006, mergedMetrics: 15020, health: 15021, metrics: 15090, dns: 15053 },
    interception: { mode: 'REDIRECT', sourceAddress: '10.45.1.3' },
    proxy: { kind: 'lateen', concurrency: 1 },
    nameservers: [],
    drainMs: 5000,
    ...change,
  };
}
