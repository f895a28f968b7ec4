import { type WorkloadPort } from '../interception/interception';

/** How to run an app: what `lateen.yaml` says of its image, resolved to absolute paths. */
export interface AppCommand {
  readonly command: readonly [string, ...string[]];
  /** Absolute. */
  readonly directory: string;
  /** The environment variable that carries the port to listen on. */
  readonly portVariable?: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of an Envoy to run as sidecar. */
  readonly envoy?: string;
}

/** One replica the local platform runs: everything that does not depend on the network it gets. */
export interface WorkloadSpec {
  /** Unique within the namespace: `reviews-v1-0`. */
  readonly pod: string;
  readonly namespace: string;
  /** The Deployment, or the name given to `lateen run`. */
  readonly workload: string;
  readonly ordinal: number;
  readonly role: 'sidecar' | 'router' | 'none';
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly ports: readonly WorkloadPort[];
  /** The container's own `env`, `fieldRef`s still to be filled in. */
  readonly environment: readonly EnvironmentEntry[];
  /** The shell's environment of a `lateen run`; what the mesh says wins over it. */
  readonly shell?: Readonly<Record<string, string>>;
  /** Absent for a gateway, which is only a proxy. */
  readonly app?: AppCommand;
  /** Dies with the `lateen run` that asked for it. */
  readonly transient: boolean;
}

/** One entry of a container's `env`. */
export type EnvironmentEntry = { readonly name: string; readonly value: string } | { readonly name: string; readonly fieldPath: string };
