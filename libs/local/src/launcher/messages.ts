import { type AppsFile } from '../apps-file/parse-apps-file';
import { type InterceptionKind } from '../interception/interception';
import { type SupervisorEvent } from '../supervisor/events';
import { type ConfigFile, type Programs } from '../supervisor/mesh-supervisor';
import { type MeshCard } from '../state/mesh-card';

/** What a supervisor is told before it starts; sent as its first message, so that nothing shows in its arguments. */
export interface StartConfig {
  readonly state: string;
  readonly version: string;
  readonly launcherPid: number;
  readonly interception: { readonly kind: InterceptionKind; readonly reason: string };
  readonly files: readonly ConfigFile[];
  readonly apps?: AppsFile;
  readonly defaultGateway: boolean;
  readonly trustDomain: string;
  readonly programs: Programs;
  /** By container port of the ingress gateway. */
  readonly ingressPorts: Readonly<Record<string, number>>;
}

/** From the launcher, on the host, to the supervisor, inside. */
export type ToSupervisor =
  | { readonly type: 'start'; readonly config: StartConfig }
  | { readonly type: 'stop' }
  /** Comes with a native listening handle. */
  | { readonly type: 'socket'; readonly role: string; readonly address: string }
  | { readonly type: 'socket-refused'; readonly role: string; readonly message: string };

/** From the supervisor to the launcher. */
export type ToLauncher =
  | { readonly type: 'hello' }
  | { readonly type: 'open'; readonly role: string; readonly preferred: number }
  | { readonly type: 'event'; readonly event: SupervisorEvent }
  | { readonly type: 'ready'; readonly card: MeshCard }
  /** The mesh did not come up; `refusal` is the admin API's answer to the files. */
  | { readonly type: 'failed'; readonly message: string; readonly refusal?: { readonly status: number; readonly body: unknown } }
  | { readonly type: 'stopped' };
