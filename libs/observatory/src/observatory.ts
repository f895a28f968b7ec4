import { type Exchange, type Graph, type LogLine, type RequestRecord, type Series } from '@lateen/observation';
import { type Clock } from '@lateen/base';
import {
  type ClusterState,
  type Gauges,
  type Request,
  type RuleLabels,
  type SecretState,
  type SeriesLabels,
  type Window,
} from '@lateen/xds/gen/lateen/observation_pb';
import { type Call, callsOf } from './calls';
import { treeOf } from './exchange';
import { graphOf } from './graph';
import { type Dropped, HeaderTallies } from './header-tallies';
import { Logs } from './logs';
import { type MeshFacts } from './mesh-facts';
import { recordOf } from './record-of-report';
import { type Observed, together } from './observed';
import { type ReportingProxy, nodeId } from './reporting-proxy';
import { type RequestFilter } from './request-filter';
import { Requests } from './requests';
import { Reached } from './rules';
import { rowsOf, type SeriesRow } from './rows';
import { type SeriesOf, seriesOf } from './series';
import { sharesOf, stepOf } from './steps';
import { type Told, withTold } from './told';
import { Traffic } from './traffic';

/** What an observatory is made of. */
export interface ObservatoryOptions {
  readonly clock: Clock;
  /** What it may take of memory, in bytes, as accounted. Default 64 MB. */
  readonly maxBytes?: number;
  /** What configuration and registry say now. */
  readonly facts: () => MeshFacts;
  /** What else is known of a request, added as it is reported and kept with it. Default nothing. */
  readonly told?: (record: RequestRecord) => RequestRecord;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** What single requests may take at least, as a share. */
const REQUESTS_SHARE = 0.25;
/** What streams may have of memory for their labels; series of labels beyond are not counted. */
const LABELS_SHARE = 0.25;
const REACHED_SHARE = 0.1;
const LOGS_SHARE = 0.125;
const HEADERS_SHARE = 0.05;
/** Logs beside an exchange: so much earlier and later, and so many. */
const LOG_MARGIN_MS = 50;
/** A line may be printed so much after what it tells of: proxies write access logs in batches, apps when they get to it. */
const LOG_LATE_MS = 3000;
const MAX_EXCHANGE_LOGS = 200;
/** What a proxy told is of now for so long: three windows. */
const LIVE_MS = 15_000;
/** Between the end of what a proxy told and the beginning of what it tells next, in milliseconds: more is not known of it. */
const GAP_MS = 15_000;
/** Bytes of one stream's label tables, per label. */
const LABEL_BYTES = 700;

/** How a proxy stands that reported lately. */
export interface ProxyState {
  readonly proxy: ReportingProxy;
  seenAtMs: number;
  /** Since when it has told of all it did without a gap, by our clock; undefined: it has told nothing yet. */
  sinceMs: number | undefined;
  /** The times that it has told of, oldest first. */
  told: readonly Told[];
  gauges: Gauges | undefined;
  /** What it holds; undefined: it has not told. */
  secrets: readonly SecretState[] | undefined;
  clusters: ReadonlyMap<string, ClusterState>;
  /** Single requests that were not sent since it began to report. */
  failuresUnsent: number;
  watchedUnsent: number;
}

/** An app that its proxy hears nothing of although it is asked, and that is not only slow. */
export interface SilentProxyApp {
  readonly proxy: ReportingProxy;
  readonly port: number;
  /** Calls that were without an answer when the proxy last told. */
  readonly waiting: number;
  readonly silentMs: number;
  /** When its proxy told so, in milliseconds since the epoch. */
  readonly toldAtMs: number;
}

/** One stream's reports. */
export interface ProxySession {
  readonly state: ProxyState;
  /** The last window that arrived from this instance; 0: none. */
  readonly acknowledged: number;
  /** Takes a window; one that was taken already counts once. */
  window(window: Window): void;
  requests(requests: readonly Request[]): void;
  close(): void;
}

/** What was seen of the mesh in the last 15 minutes, in bounded memory. */
export class Observatory {
  readonly traffic = new Traffic();
  readonly reached = new Reached();
  readonly requests = new Requests();
  readonly logs = new Logs();
  readonly headers = new HeaderTallies();
  readonly maxBytes: number;
  readonly startedAtMs: number;
  readonly #clock: Clock;
  readonly #facts: () => MeshFacts;
  readonly #enrich: (record: RequestRecord) => RequestRecord;
  /** By proxy id: what is known of it across streams. */
  readonly #proxies = new Map<string, ProxyState & { instance: string; sequence: number; sessions: number }>();
  readonly #listeners = new Set<(record: RequestRecord) => void>();
  #records = 0;
  #labelBytes = 0;
  /** Labels that there was no room for. */
  labelsDropped = 0;

  constructor({ clock, maxBytes = DEFAULT_MAX_BYTES, facts, told = (record) => record }: ObservatoryOptions) {
    this.maxBytes = maxBytes;
    this.#clock = clock;
    this.#facts = facts;
    this.#enrich = told;
    this.startedAtMs = clock.now();
  }

  /** Bytes it takes, as accounted; never more than {@link maxBytes}. */
  get bytes(): number {
    return this.traffic.bytes + this.reached.bytes + this.requests.bytes + this.logs.bytes + this.headers.bytes + this.#labelBytes;
  }

  /** Proxies that reported lately, by `NAME.NAMESPACE`. */
  get proxies(): ReadonlyMap<string, ProxyState> {
    return this.#proxies;
  }

  /** Proxies with an open stream. */
  get observing(): number {
    let open = 0;
    for (const { sessions } of this.#proxies.values()) if (sessions > 0) open++;
    return open;
  }

  /** A proxy that proved who it is begins a stream. `instance` is its process. */
  join(proxy: ReportingProxy, instance: string): ProxySession {
    const known = this.#proxies.get(proxy.id);
    const state =
      known === undefined || known.instance !== instance
        ? {
            proxy,
            instance,
            sequence: 0,
            sessions: known?.sessions ?? 0,
            seenAtMs: this.#clock.now(),
            sinceMs: known?.sinceMs,
            told: known?.told ?? [],
            gauges: undefined,
            secrets: undefined,
            clusters: new Map(),
            failuresUnsent: 0,
            watchedUnsent: 0,
          }
        : known;
    state.sessions++;
    this.#proxies.set(proxy.id, state);
    const labels = new Map<number, SeriesLabels>();
    const rules = new Map<number, RuleLabels>();
    return {
      state,
      get acknowledged(): number {
        return state.sequence;
      },
      window: (window) => {
        this.#learn(window.labels, labels);
        this.#learn(window.ruleLabels, rules);
        const silentMs = this.#clock.now() - state.seenAtMs;
        state.seenAtMs = this.#clock.now();
        state.clusters = new Map(window.clusters.slice(0, 1000).map((cluster) => [cluster.name, cluster]));
        state.gauges = window.gauges;
        state.secrets = window.secrets.slice(0, 200);
        if (window.sequence <= state.sequence) {
          this.#trim(stepOf(this.#clock.now()));
          return;
        }
        state.sequence = window.sequence;
        const lengthMs = this.#add(state, window, labels, rules);
        // What a proxy counted before this process was there is of no time that it can show.
        const sinceMs = Math.max(this.startedAtMs, state.seenAtMs - lengthMs);
        state.told = withTold(state.told, { sinceMs, untilMs: state.seenAtMs });
        if (state.sinceMs === undefined || silentMs > lengthMs + GAP_MS) state.sinceMs = state.seenAtMs - lengthMs;
      },
      requests: (requests) => this.#addRequests(proxy, requests),
      close: () => {
        this.#labelBytes -= (labels.size + rules.size) * LABEL_BYTES;
        state.sessions--;
      },
    };
  }

  /** The picture of the window that ends at `atMs`. */
  graph(windowSeconds: number, atMs = this.#clock.now()): Graph {
    const states = new Map<string, Map<string, ClusterState>>();
    if (this.#clock.now() - atMs < LIVE_MS)
      for (const { proxy, clusters, seenAtMs } of this.#proxies.values()) {
        if (this.#clock.now() - seenAtMs > 30_000) continue;
        const id = nodeId(proxy.workload);
        const own = states.get(id) ?? new Map<string, ClusterState>();
        for (const [name, state] of clusters) own.set(name, worse(own.get(name), state));
        states.set(id, own);
      }
    const { traffic, reached } = this;
    const observed = this.#observed();
    const told = this.#told();
    const graph = graphOf(
      { traffic, splits: reached.splits, facts: this.#facts(), clusterStates: states, observed, told },
      atMs,
      windowSeconds,
    );
    return { ...graph, countedSinceMs: this.startedAtMs };
  }

  /** Which times workloads have told of, by node id. */
  #told(): ReadonlyMap<string, readonly Told[]> {
    const all = new Map<string, readonly Told[]>();
    for (const { proxy, told } of this.#proxies.values()) {
      const id = nodeId(proxy.workload);
      all.set(id, [...(all.get(id) ?? []), ...told]);
    }
    return all;
  }

  /** For how long workloads have been told of, by node id. */
  #observed(): ReadonlyMap<string, Observed> {
    const observed = new Map<string, Observed>();
    for (const { proxy, sinceMs, seenAtMs } of this.#proxies.values()) {
      if (sinceMs === undefined) continue;
      const id = nodeId(proxy.workload);
      observed.set(id, together(observed.get(id), { sinceMs, untilMs: seenAtMs })!);
    }
    return observed;
  }

  /** Apps that do not answer, by what their own proxies told lately. */
  silentApps(): readonly SilentProxyApp[] {
    const nowMs = this.#clock.now();
    return [...this.#proxies.values()].flatMap(({ proxy, clusters, seenAtMs }) =>
      nowMs - seenAtMs > LIVE_MS
        ? []
        : [...clusters.values()]
            .filter(({ unresponsive }) => unresponsive)
            .map(({ name, waiting, silentMs }) => ({
              proxy,
              port: Number(name.split('|')[1]) || 0,
              waiting,
              silentMs: silentMs + nowMs - seenAtMs,
              toldAtMs: seenAtMs,
            })),
    );
  }

  series(of: SeriesOf): readonly Series[] {
    return seriesOf({ traffic: this.traffic, facts: this.#facts(), told: this.#told() }, of, this.#clock.now());
  }

  /** What a workload's proxies told of the last five minutes, a row for each series: who, to whom, how, how often. */
  rowsOf(node: string): readonly SeriesRow[] {
    return rowsOf(this.traffic, node, { nowMs: this.#clock.now(), told: this.#told().get(node) ?? [] });
  }

  /** Requests that a filter accepts, newest first. */
  list(filter: RequestFilter, limit: number): readonly RequestRecord[] {
    return this.requests.list(filter, limit);
  }

  /** All hops of a request in their order, with what its workloads printed meanwhile; undefined when nothing of it is known. */
  exchange(requestId: string): Exchange | undefined {
    const records = this.requests.byRequestId(requestId);
    if (records.length === 0) return undefined;
    const from = Math.min(...records.map(({ startTimeMs }) => startTimeMs)) - LOG_MARGIN_MS;
    const to = Math.max(...records.map(({ startTimeMs, durationMs }) => startTimeMs + durationMs)) + LOG_MARGIN_MS;
    const workloads = new Set(records.map(({ workload }) => nodeId(workload)));
    const names = [...new Set([requestId, ...records.map(({ traceId }) => traceId)])].filter((name) => name !== '');
    const lines = this.logs.between(workloads, from, to + LOG_LATE_MS);
    // Those that name it before all others, however many there are.
    const isOwn = ({ text }: LogLine): boolean => names.some((name) => text.includes(name));
    const own = lines.filter(isOwn).slice(0, MAX_EXCHANGE_LOGS);
    const others = lines.filter((line) => line.atMs <= to && !isOwn(line)).slice(0, MAX_EXCHANGE_LOGS);
    const logs = [...own, ...others].sort((a, b) => a.atMs - b.atMs);
    return { requestId, hops: treeOf(records), logs };
  }

  /** Workloads that receive headers and call on without them. */
  dropped(): readonly Dropped[] {
    return this.headers.dropped();
  }

  /** Who called whom by which host, as the callers tell it. */
  calls(): readonly Call[] {
    return callsOf(this.traffic.tracks());
  }

  /** Keeps a line that an app or a proxy printed. */
  log(line: LogLine): void {
    this.logs.add(line);
    this.logs.shrinkTo(this.maxBytes * LOGS_SHARE);
    this.#trim(stepOf(this.#clock.now()));
  }

  /** Calls `listener` with every later record. */
  subscribe(listener: (record: RequestRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what is too old; call now and then, also without traffic. */
  age(): void {
    const nowMs = this.#clock.now();
    const step = stepOf(nowMs);
    this.traffic.age(step);
    this.reached.age(step);
    this.requests.age(nowMs);
    this.logs.age(nowMs);
    this.headers.age(step);
    for (const [id, { sessions, seenAtMs }] of this.#proxies) if (sessions <= 0 && nowMs - seenAtMs > 15 * 60_000) this.#proxies.delete(id);
  }

  #learn<L extends { readonly id: number }>(news: readonly L[], known: Map<number, L>): void {
    for (const label of news) {
      if (!known.has(label.id)) {
        if (this.#labelBytes + LABEL_BYTES > this.maxBytes * LABELS_SHARE) {
          this.labelsDropped++;
          continue;
        }
        this.#labelBytes += LABEL_BYTES;
      }
      known.set(label.id, label);
    }
  }

  /** Takes a window's numbers; answers how long it is, in milliseconds. */
  #add(state: ProxyState, window: Window, labels: ReadonlyMap<number, SeriesLabels>, rules: ReadonlyMap<number, RuleLabels>): number {
    const nowMs = this.#clock.now();
    // A window ends with its sending: by our clock that is now, whatever the proxy's says.
    const toldMs = Math.min(Math.max(0, window.endMs - window.startMs), 24 * 3_600_000);
    const lengthMs = Number.isFinite(toldMs) ? toldMs : 0;
    const shares = sharesOf(nowMs - lengthMs, nowMs);
    for (const sum of window.sums) {
      const of = labels.get(sum.id);
      if (of === undefined) continue;
      this.traffic.add(state.proxy, of, sum, shares);
      if (!of.destination) this.reached.addCluster(of.cluster.slice(0, 256), sum.count, shares, nowMs);
    }
    for (const { id, hits } of window.ruleHits) {
      const of = rules.get(id);
      if (of === undefined) continue;
      this.reached.addRule(of, hits, shares, nowMs);
      this.reached.splits.add(nodeId(state.proxy.workload), of, hits, { shares, nowMs });
    }
    for (const tally of window.headers.slice(0, 1000)) this.headers.add(state.proxy.workload, tally, shares);
    state.failuresUnsent += window.failuresUnsent;
    state.watchedUnsent += window.watchedUnsent;
    this.#trim(stepOf(nowMs));
    return lengthMs;
  }

  #addRequests(proxy: ReportingProxy, requests: readonly Request[]): void {
    const nowMs = this.#clock.now();
    for (const request of requests.slice(0, 1000)) {
      const record = this.#enrich(recordOf(proxy, request, `${proxy.id}/${++this.#records}`));
      this.requests.add(record, nowMs);
      for (const listener of this.#listeners) listener(record);
    }
    this.#trim(stepOf(nowMs));
  }

  #trim(step: number): void {
    if (this.bytes <= this.maxBytes) return;
    const { maxBytes, reached, requests, traffic, logs, headers } = this;
    reached.shrinkTo(maxBytes * REACHED_SHARE, step);
    headers.shrinkTo(maxBytes * HEADERS_SHARE);
    const fixed = reached.bytes + logs.bytes + headers.bytes + this.#labelBytes;
    requests.shrinkTo(Math.max(maxBytes * REQUESTS_SHARE, maxBytes - traffic.bytes - fixed));
    traffic.shrinkTo(maxBytes - requests.bytes - fixed, step);
  }
}

/** Of two replicas' states the one that gives more to worry about. */
function worse(a: ClusterState | undefined, b: ClusterState): ClusterState {
  if (a === undefined) return b;
  return b.circuitOpen || b.healthy < a.healthy ? b : a;
}
