import { create } from '@bufbuild/protobuf';
import { type Clock } from '@lateen/base';
import { Observatory, type ProxySession, type RequestFilter } from '@lateen/observatory';
import { type RequestRecord, type UnsentRequests } from '@lateen/observation';
import { NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import {
  FilterSchema,
  type Hello,
  type ProxyInstruction,
  ProxyInstructionSchema,
  type ProxyReport,
  WatchSchema,
} from '@lateen/xds/gen/lateen/observation_pb';
import { type Caller, type ObservationSession, type ObservationTaker, RefusedClientError } from '@lateen/xds/server';
import { parseNodeId, proxyOfNode } from '../push/proxy-of-node';
import { type MeshWorld } from '../world/mesh-world';
import { meshFacts, reportingProxy } from './mesh-facts';

/** What a hub is made of. */
export interface ObserveHubOptions {
  readonly clock: Clock;
  readonly world: MeshWorld;
  readonly clusterId: string;
  /** Default 64 MB. */
  readonly maxBytes: number;
  /** What lets a request have its explanation in its response; empty: nothing does. */
  readonly explainToken: string;
  /** What else is known of a request, added as it is reported. */
  readonly told: (record: RequestRecord) => RequestRecord;
}

/** Single requests that one proxy sends at most each second while somebody watches, and that all proxies send together. */
const WATCH_PER_PROXY = 200;
const WATCH_IN_ALL = 2000;
const WATCH_LEAST = 5;
/** The same of requests that succeed while nobody watches. */
const SAMPLES_PER_PROXY = 10;
const SAMPLES_IN_ALL = 500;
/** Between two looks for what is too old, in milliseconds. */
const AGE_MS = 30_000;

interface Member {
  readonly instruct: () => void;
}

interface Watcher {
  readonly filter: RequestFilter;
  readonly onUnsent: (unsent: UnsentRequests) => void;
}

/** Takes what proxies report, and tells them what is wanted. */
export class ObserveHub implements ObservationTaker {
  readonly observatory: Observatory;
  readonly #options: ObserveHubOptions;
  readonly #members = new Set<Member>();
  readonly #watchers = new Set<Watcher>();
  #followedHeaders: readonly string[] = [];
  #cancelAging: () => void;

  constructor(options: ObserveHubOptions) {
    this.#options = options;
    const { clock, maxBytes, world, told } = options;
    this.observatory = new Observatory({ clock, maxBytes, facts: () => meshFacts(world.current.snapshot), told });
    const age = (): (() => void) =>
      clock.after(AGE_MS, () => {
        this.observatory.age();
        this.#cancelAging = age();
      });
    this.#cancelAging = age();
  }

  /** Streams that somebody reads requests from. */
  get watching(): number {
    return this.#watchers.size;
  }

  join(hello: Hello, caller: Caller, instruct: (instruction: ProxyInstruction) => void): ObservationSession {
    const { world, clusterId } = this.#options;
    const { snapshot } = world.current;
    const name = parseNodeId(hello.nodeId);
    const instance = name === undefined ? undefined : snapshot.workload(name.namespace, name.pod);
    // Whether the caller is that node; throws when it is not.
    proxyOfNode(
      create(NodeSchema, { id: hello.nodeId, metadata: { SERVICE_ACCOUNT: caller.serviceAccount ?? '' } }),
      caller,
      snapshot,
      clusterId,
    );
    if (instance === undefined)
      throw new RefusedClientError('unavailable', `Cannot take observations of "${hello.nodeId}": it is not registered`);
    if (caller.via === 'none') throw new RefusedClientError('unauthenticated', 'Cannot take observations of a proxy that proves nothing');
    const session = this.observatory.join(reportingProxy(instance, snapshot.trustDomain), hello.instance.slice(0, 64));
    const member: Member = { instruct: () => instruct(this.#instruction(session.acknowledged)) };
    this.#members.add(member);
    // Others share what may be sent while somebody watches.
    if (this.#watchers.size > 0) this.#instructAll();
    else member.instruct();
    return {
      report: (report: ProxyReport['report']) => {
        const { state } = session;
        const unsent = state.failuresUnsent + state.watchedUnsent;
        if (report.case === 'window') {
          session.window(report.value);
          member.instruct();
        } else if (report.case === 'requests') {
          session.requests(report.value.requests);
          state.failuresUnsent += report.value.failuresUnsent;
          state.watchedUnsent += report.value.watchedUnsent;
        }
        this.#tellUnsent(session, state.failuresUnsent + state.watchedUnsent - unsent);
      },
      close: () => {
        this.#members.delete(member);
        session.close();
      },
    };
  }

  /** Has proxies send every request that `filter` accepts, to `listener`, until the returned function is called; `onUnsent` hears of those beyond what a proxy may send. */
  watch(
    filter: RequestFilter,
    listener: (record: RequestRecord) => void,
    onUnsent: (unsent: UnsentRequests) => void = () => undefined,
  ): () => void {
    const watcher: Watcher = { filter, onUnsent };
    this.#watchers.add(watcher);
    const unsubscribe = this.observatory.subscribe(listener);
    this.#instructAll();
    return () => {
      unsubscribe();
      if (this.#watchers.delete(watcher)) this.#instructAll();
    };
  }

  /** Has proxies look whether workloads pass these headers on; lower case. */
  follow(headers: readonly string[]): void {
    if (headers.join() === this.#followedHeaders.join()) return;
    this.#followedHeaders = headers;
    this.#instructAll();
  }

  close(): void {
    this.#cancelAging();
  }

  #tellUnsent({ state }: ProxySession, requests: number): void {
    if (requests === 0) return;
    const { workload } = state.proxy;
    for (const { filter, onUnsent } of this.#watchers) {
      // Proxies count all that any watcher accepts; they cannot tell all that a filter says.
      const atMost = Object.entries(filter).some(([field, value]) => value !== undefined && field !== 'workload' && field !== 'sinceMs');
      onUnsent({ workload, requests, atMost, limitPerSecond: this.#maxPerSecond });
    }
  }

  get #maxPerSecond(): number {
    return Math.max(WATCH_LEAST, Math.min(WATCH_PER_PROXY, Math.floor(WATCH_IN_ALL / Math.max(1, this.#members.size))));
  }

  #instructAll(): void {
    for (const { instruct } of this.#members) instruct();
  }

  #instruction(acknowledged: number): ProxyInstruction {
    const proxies = Math.max(1, this.#members.size);
    return create(ProxyInstructionSchema, {
      acknowledged,
      followedHeaders: [...this.#followedHeaders],
      explainToken: this.#options.explainToken,
      samplesPerSecond: Math.max(1, Math.min(SAMPLES_PER_PROXY, Math.floor(SAMPLES_IN_ALL / proxies))),
      ...(this.#watchers.size === 0
        ? {}
        : { watch: create(WatchSchema, { all: true, maxPerSecond: this.#maxPerSecond, filters: this.#filters() }) }),
    });
  }

  /** What proxies can already tell apart; empty as soon as somebody wants what they cannot. */
  #filters(): ReturnType<typeof filterOf>[] {
    const filters = [...this.#watchers].map(({ filter }) => filterOf(filter));
    return filters.some(({ method, path, status, failed, headerName }) => method + path + headerName === '' && status === 0 && !failed)
      ? []
      : filters;
  }
}

function filterOf({ method, path, status, failed, header }: RequestFilter): ReturnType<typeof create<typeof FilterSchema>> {
  return create(FilterSchema, {
    method: method?.toUpperCase() ?? '',
    path: path ?? '',
    status: status === undefined ? 0 : Number.parseInt(status, 10) || 0,
    failed: failed ?? false,
    headerName: header?.name ?? '',
    headerValue: header?.value ?? '',
  });
}
