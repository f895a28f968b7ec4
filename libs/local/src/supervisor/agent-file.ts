import { type CaptureConfig, type ProxyPorts } from '../interception/interception';

/** The contents of `agent.json`, the contract with the sidecar and ingress executables (docs/architecture.md). */
export interface AgentFile {
  readonly role: 'sidecar' | 'router';
  readonly pod: string;
  readonly namespace: string;
  readonly workload: string;
  readonly serviceAccount: string;
  readonly ip: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly clusterId: string;
  readonly trustDomain: string;
  readonly controlPlane: { readonly address: string; readonly rootCertFile: string; readonly tokenFile: string };
  readonly runDir: string;
  readonly ports: ProxyPorts;
  readonly interception: CaptureConfig;
  readonly proxy: { readonly kind: 'lateen'; readonly concurrency: number } | { readonly kind: 'envoy'; readonly binary: string };
  readonly drainMs: number;
}
