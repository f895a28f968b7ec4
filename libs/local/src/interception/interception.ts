import { type PortMap } from '@lateen/base';

/** How apps' traffic reaches their sidecars. */
export type InterceptionKind = 'namespace' | 'explicit';

/** A port a workload serves: its container port and, where Kubernetes gives one, its name. */
export interface WorkloadPort {
  readonly name?: string;
  readonly containerPort: number;
}

/** What an interception must know of a workload to give it a place on the network. */
export interface NetworkRequest {
  readonly pod: string;
  readonly namespace: string;
  readonly role: 'sidecar' | 'router' | 'none';
  readonly ports: readonly WorkloadPort[];
}

/** A service somebody may call, as far as the local platform has to know it. */
export interface ServicePortRef {
  /** Short name, for environment variables. */
  readonly name: string;
  readonly namespace: string;
  /** `reviews.default.svc.cluster.local`. */
  readonly host: string;
  readonly port: number;
}

/** Ports a proxy and its agent listen on. Spec: Istio's ports 15000 to 15090. */
export interface ProxyPorts {
  readonly admin: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly mergedMetrics: number;
  readonly health: number;
  readonly metrics: number;
  readonly dns?: number;
}

/** How traffic is captured, as `agent.json` says it. */
export type CaptureConfig =
  { readonly mode: 'REDIRECT'; readonly sourceAddress: string } | { readonly mode: 'NONE'; readonly portMap: PortMap };

/** A program to start: argv without a shell, where, and with which environment. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Which process of a workload a command is: they resolve names differently. */
export type Part = 'app' | 'proxy';

/** One workload's place on the network. */
export interface WorkloadNetwork {
  /** Where peers find it. */
  readonly address: string;
  readonly proxyPorts: ProxyPorts;
  readonly capture: CaptureConfig;
  /** Where the app listens for a container port. */
  appPort(containerPort: number): number;
  /** Where peers dial for a container port, when that is another port than the container's. */
  endpointPort(containerPort: number): number | undefined;
  /** Environment that tells the app how to reach services. */
  appEnvironment(services: readonly ServicePortRef[]): Readonly<Record<string, string>>;
  /** The same command, placed on this network. */
  place(command: Command, part: Part): Command;
  /** Gives the place back. */
  release(): Promise<void>;
}

/** Gives workloads a network on which their sidecars see their traffic. */
export interface Interception {
  readonly kind: InterceptionKind;
  /** Where sidecars reach the control plane's xDS and CA over TLS: `HOST:PORT`. */
  readonly xdsAddress: string;
  /** `HOST:PORT`s the control plane listens on itself; the rest arrives as handles from the launcher. */
  readonly controlPlane: {
    readonly admin: string;
    readonly metrics: string;
    readonly xdsPlaintext: string;
    readonly xds: readonly string[];
  };
  /** Whether sockets of the host are handed in by the launcher because the mesh cannot open them itself. */
  readonly needsHostSockets: boolean;
  /** `services` are all services known now; explicit mode reserves a local port for each. */
  attach(request: NetworkRequest, services: readonly ServicePortRef[]): Promise<WorkloadNetwork>;
  /** Takes down what was set up. */
  close(): Promise<void>;
}
