import { type MeshStatus } from './status';

/**
 * Requests on `supervisor.sock`: one JSON object a line, each answered by zero or more `event` lines and one `result`
 * or `error`, all with the request's `id`. Closing the connection cancels what is still running for it.
 */
export type Request = { readonly id: number } & RequestBody;

/** What may be asked of a supervisor. `workload` is `[NAMESPACE/]DEPLOYMENT[-ORDINAL]`. */
export type RequestBody =
  | { readonly op: 'status' }
  /** Ends when the mesh is ready, with its status. */
  | { readonly op: 'ready' }
  | { readonly op: 'down' }
  /** Reads Deployments and Services from the control plane anew and starts or stops the difference. */
  | { readonly op: 'reconcile' }
  /** A command in a workload's network. Events `stdout`, `stderr`; result `{ exitCode }`. */
  | {
      readonly op: 'exec';
      readonly workload: string;
      readonly command: readonly [string, ...string[]];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  /** More standard input for a running `exec` or `run`; no answer. `data` is base64; absent ends the input. */
  | { readonly op: 'stdin'; readonly of: number; readonly data?: string }
  /** A signal for a running `exec` or `run`; no answer. */
  | { readonly op: 'signal'; readonly of: number; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGKILL' }
  | ({ readonly op: 'run' } & RunRequest)
  | { readonly op: 'logs'; readonly workload?: string; readonly follow?: boolean; readonly tail?: number }
  /** A GET or POST on the workload's proxy admin port. Result `{ status, body }`. */
  | { readonly op: 'proxy-admin'; readonly workload: string; readonly path: string; readonly method?: 'GET' | 'POST' }
  | { readonly op: 'restart'; readonly workload: string; readonly part: 'app' | 'proxy' };

/** A workload to add to a running mesh, for as long as the connection lives. */
export interface RunRequest {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly portVariable?: string;
  readonly role: 'sidecar' | 'router' | 'none';
  /** Absent for a gateway. */
  readonly command?: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** One line back. */
export type Response =
  | { readonly id: number; readonly event: ServerEvent }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

/** What happens on the way to a result. */
export type ServerEvent =
  | { readonly type: 'stdout' | 'stderr'; /** base64 */ readonly data: string }
  | { readonly type: 'log'; readonly source: string; readonly line: string }
  | { readonly type: 'progress'; readonly message: string }
  | { readonly type: 'started'; readonly workload: string; readonly address: string };

/** The result of `status` and `ready`. */
export type StatusResult = MeshStatus;
