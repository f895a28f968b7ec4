import { type Clock } from '@lateen/base';
import { typeName } from '@lateen/xds';
import { type AdsServer, type XdsClientInfo, type XdsEvent } from '@lateen/xds/server';
import { parseNodeId } from './proxy-of-node';

/** How one proxy took a change. */
export interface ProxySync {
  /** `POD.NAMESPACE`. */
  readonly proxy: string;
  /** From the start of the wait to its last answer; absent where there was none. */
  readonly ms?: number;
  readonly state: 'synced' | 'stale' | 'nack' | 'unaffected';
  readonly message?: string;
}

/** How all proxies took a change. */
export interface SyncReport {
  /** Until the last affected proxy answered, or the wait was given up. */
  readonly ms: number;
  readonly proxies: readonly ProxySync[];
}

/** Something that a connected proxy rejected and has not taken in a later version. */
export interface Rejection {
  readonly client: XdsClientInfo;
  readonly typeUrl: string;
  /** Its name in xDS. */
  readonly resource: string;
  /** The proxy has it as it was in this generation; -1: not at all. */
  readonly afterGeneration: number;
  /** The newest that was rejected. */
  readonly generation: number;
  /** `RDS: ` and the proxy's words. */
  readonly message: string;
}

interface Progress {
  readonly client: XdsClientInfo;
  pushed: number;
  settled: number;
  settledAtMs: number;
  rejected: { readonly generation: number; readonly message: string } | undefined;
  /** What was sent last, by type URL. */
  readonly sent: Map<string, { readonly nonce: string; readonly generation: number; readonly names: readonly string[] }>;
  /** By type URL and name. */
  readonly rejections: Map<string, Rejection>;
}

/** Follows who has answered which generation, and waits for all of them. */
export class SyncTracker {
  readonly #clock: Clock;
  readonly #clients = new Map<string, Progress>();
  readonly #checks = new Set<() => void>();

  constructor(server: AdsServer, clock: Clock) {
    this.#clock = clock;
    server.subscribe((event) => this.#take(event));
  }

  /**
   * Resolves when every proxy connected now has answered `generation`, or `timeoutMs` have passed.
   * @param sinceMs what milliseconds are counted from, by `clock.monotonicMs`.
   */
  wait(generation: number, sinceMs: number, timeoutMs: number): Promise<SyncReport> {
    const waitedFor = [...this.#clients.keys()];
    const open = (): boolean => waitedFor.some((id) => (this.#clients.get(id)?.settled ?? Infinity) < generation);
    return new Promise((resolve) => {
      const finish = (): void => {
        cancel();
        this.#checks.delete(check);
        resolve(this.#report(waitedFor, generation, sinceMs));
      };
      const check = (): void => {
        if (!open()) finish();
      };
      const cancel = this.#clock.after(Math.max(0, timeoutMs - (this.#clock.monotonicMs() - sinceMs)), finish);
      this.#checks.add(check);
      check();
    });
  }

  /** What connected proxies do not have because they rejected it. */
  rejections(): readonly Rejection[] {
    return [...this.#clients.values()].flatMap(({ rejections }) => [...rejections.values()]);
  }

  #report(waitedFor: readonly string[], generation: number, sinceMs: number): SyncReport {
    const now = this.#clock.monotonicMs();
    const proxies = waitedFor.flatMap((id): readonly ProxySync[] => {
      const progress = this.#clients.get(id);
      if (progress === undefined) return []; // gone: it gets everything when it is back
      const proxy = proxyName(progress.client);
      if (progress.settled < generation) return [{ proxy, state: 'stale' }];
      // What was settled before is in effect at once.
      const ms = round(Math.max(0, progress.settledAtMs - sinceMs));
      if (progress.rejected !== undefined && progress.rejected.generation >= generation)
        return [{ proxy, ms, state: 'nack', message: progress.rejected.message }];
      return [progress.pushed < generation ? { proxy, state: 'unaffected' } : { proxy, ms, state: 'synced' }];
    });
    const last = Math.max(0, ...proxies.map((p) => (p.state === 'stale' ? now - sinceMs : (p.ms ?? 0))));
    return { ms: round(last), proxies };
  }

  #take(event: XdsEvent): void {
    if (event.kind === 'connected')
      this.#clients.set(event.client.streamId, {
        client: event.client,
        pushed: -1,
        settled: -1,
        settledAtMs: 0,
        rejected: undefined,
        sent: new Map(),
        rejections: new Map(),
      });
    const progress = this.#clients.get(event.client.streamId);
    if (progress === undefined) return;
    if (event.kind === 'pushed') {
      const { nonce, generation, resources, removed } = event;
      progress.pushed = generation;
      progress.sent.set(event.typeUrl, { nonce, generation, names: [...resources, ...removed] });
    }
    if (event.kind === 'acked' || event.kind === 'rejected') noteAnswer(progress, event);
    if (event.kind === 'rejected')
      progress.rejected = { generation: progress.pushed, message: `${typeName(event.typeUrl)}: ${event.message}` };
    if (event.kind === 'disconnected') this.#clients.delete(event.client.streamId);
    if (event.kind === 'settled') [progress.settled, progress.settledAtMs] = [event.generation, this.#clock.monotonicMs()];
    if (event.kind === 'settled' || event.kind === 'disconnected') for (const check of [...this.#checks]) check();
  }
}

/** A name counts as rejected from the first version that was refused to the next that is taken. */
function noteAnswer({ client, settled, sent, rejections }: Progress, event: XdsEvent & { readonly kind: 'acked' | 'rejected' }): void {
  const { typeUrl, nonce } = event;
  const answered = sent.get(typeUrl);
  if (answered?.nonce !== nonce) return;
  sent.delete(typeUrl);
  const { generation, names } = answered;
  if (event.kind === 'acked') for (const name of names) rejections.delete(`${typeUrl}\n${name}`);
  else
    for (const resource of event.resources) {
      const key = `${typeUrl}\n${resource}`;
      const afterGeneration = rejections.get(key)?.afterGeneration ?? settled;
      const message = `${typeName(typeUrl)}: ${event.message}`;
      rejections.set(key, { client, typeUrl, resource, afterGeneration, generation, message });
    }
}

/** `POD.NAMESPACE`, or the whole id of a node that is not of Istio's form. */
export function proxyName({ node }: XdsClientInfo): string {
  const name = parseNodeId(node.id);
  return name === undefined ? node.id : `${name.pod}.${name.namespace}`;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
