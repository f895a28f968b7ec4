import { type ClusterLabels } from '../cluster-labels';
import { type Peer } from '../peer';
import { type StreamRecord } from '../stream-record';
import { SERIES_NUMBERS, TCP_SIZE } from './catalog';
import { count as countValue, record as recordValue } from './histogram';
import { labelsOf, type SeriesKey } from './istio-labels';
import { type StatsPlan } from './plan';
import { type Series, type SeriesBudget, type SeriesSet } from './series';

const HTTP = SERIES_NUMBERS.http;
const TCP = SERIES_NUMBERS.tcp;

/** What counters of one proxy have in common. */
export interface CounterWorld {
  readonly self: SeriesKey['self'];
  readonly unknownPeer: Peer;
  readonly noCluster: ClusterLabels;
  /** Labels where the Host header names the service. */
  readonly withHost: (cluster: ClusterLabels, host: string) => ClusterLabels;
  readonly budget: SeriesBudget;
}

/** What a line of text has beside its labels' names and values: the metric's name, a bucket's bound, the number. */
const LINE_BYTES = 60;
/** A series of few lines still takes its place in memory: as if it were so many bytes of text. */
const LEAST_BYTES = 16 * 1024;

/**
 * Counts as one configuration says. A stream finds its numbers by integer keys and adds to them in place.
 * State is the worker process's own, and outlives configurations.
 */
export class IstioCounter {
  readonly #sets = new Map<number, SeriesSet>();
  /** By tags, where these depend on the single stream. */
  readonly #tagged = new Map<string, Map<number, SeriesSet>>();
  /** Of streams that found no room, by what little they are told apart by: a few dozen series at most, outside the budget. */
  readonly #overflow = new Map<number, SeriesSet>();
  readonly #flagIds = new Map<number, number>([[0, 0]]);
  // A connection's requests mostly fall into one set: remember the last.
  #lastKey = -1;
  #lastSet: SeriesSet | undefined;

  /** @param hostFallback Take the destination service from the Host header where the cluster does not name it. */
  constructor(
    private readonly world: CounterWorld,
    readonly plan: StatsPlan,
    private readonly hostFallback: boolean,
  ) {}

  /** Counts a finished HTTP exchange. */
  observe(record: StreamRecord): void {
    const numbers = this.#numbers(this.#set(record, this.hostFallback), record, this.plan.httpSize, record.responseCode, record.grpcStatus);
    numbers[HTTP.requests]!++;
    recordValue(numbers, HTTP.duration, record.durationMs);
    recordValue(numbers, HTTP.requestBytes, record.wireBytesReceived);
    recordValue(numbers, HTTP.responseBytes, record.wireBytesSent);
    if (record.protocol === 'grpc') {
      numbers[HTTP.requestMessages]! += record.requestMessages;
      numbers[HTTP.responseMessages]! += record.responseMessages;
    }
    if (this.plan.own.length > 0) this.#observeOwn(numbers, record);
  }

  /** Counts a TCP connection as opened. Call once the cluster and, where peers exchange metadata, the peer are known. */
  tcpOpened(record: StreamRecord): void {
    this.#tcp(record)[TCP.opened]!++;
  }

  /** Adds bytes since the last report; call every reporting interval and before {@link tcpClosed}. */
  tcpReport(record: StreamRecord, sentBytes: number, receivedBytes: number): void {
    const numbers = this.#tcp(record);
    numbers[TCP.sent]! += sentBytes;
    numbers[TCP.received]! += receivedBytes;
  }

  /** Counts a TCP connection as closed. */
  tcpClosed(record: StreamRecord): void {
    this.#tcp(record)[TCP.closed]!++;
  }

  /** Every series. */
  *series(): Iterable<Series> {
    for (const sets of this.#allSets()) for (const set of sets.values()) yield* set.byOutcome.values();
  }

  /** How many sets of series are held. */
  get sets(): number {
    let count = 0;
    for (const sets of this.#allSets()) count += sets.size;
    return count;
  }

  /** Forgets series that have not changed since `beforeMs` of the budget's clock. */
  expire(beforeMs: number): void {
    const now = this.world.budget.now();
    for (const sets of this.#allSets()) {
      for (const set of sets.values()) {
        for (const [outcome, series] of set.byOutcome) {
          const count = countOf(series);
          if (count !== series.lastCount) {
            series.lastCount = count;
            series.changedAtMs = now;
          } else if (series.changedAtMs < beforeMs) {
            set.byOutcome.delete(outcome);
            this.world.budget.give(series.bytes);
          }
        }
      }
    }
  }

  /** Lets go of what has no series left. Never while a stream is being counted: it may be about to fill a set. */
  prune(): void {
    for (const sets of this.#allSets()) for (const [key, set] of sets) if (set.byOutcome.size === 0) sets.delete(key);
    for (const [tags, sets] of this.#tagged) if (sets.size === 0) this.#tagged.delete(tags);
    this.#lastKey = -1;
    this.#lastSet = undefined;
  }

  *#allSets(): Iterable<Map<number, SeriesSet>> {
    yield this.#sets;
    yield* this.#tagged.values();
    yield this.#overflow;
  }

  #observeOwn(numbers: Float64Array, record: StreamRecord): void {
    for (const { metric, bounds, offset } of this.plan.own) countValue(numbers, offset, bounds, valueOf(metric.offset, record));
  }

  #tcp(record: StreamRecord): Float64Array {
    return this.#numbers(this.#set(record, false), record, TCP_SIZE, 0, -1);
  }

  #set(record: StreamRecord, hostFallback: boolean): SeriesSet {
    const peer = record.peer ?? this.world.unknownPeer;
    let cluster = record.cluster ?? this.world.noCluster;
    if (hostFallback && cluster.service === '' && record.authority !== '') cluster = this.world.withHost(cluster, record.authority);
    const key = (peer.id * 65_536 + cluster.id) * 16 + bitsOf(record);
    if (this.plan.perStream) return this.#taggedSet(key, record, peer, cluster);
    if (key === this.#lastKey && this.#lastSet !== undefined) return this.#lastSet;
    let set = this.#sets.get(key);
    if (set === undefined) {
      if (this.world.budget.full()) return this.#overflowSet(record);
      this.#sets.set(key, (set = this.#createSet(record, peer, cluster, this.plan.tagsOf(record))));
    }
    this.#lastKey = key;
    this.#lastSet = set;
    return set;
  }

  #taggedSet(key: number, record: StreamRecord, peer: Peer, cluster: ClusterLabels): SeriesSet {
    const tags = this.plan.tagsOf(record);
    const text = tags.join('\0');
    const found = this.#tagged.get(text)?.get(key);
    if (found !== undefined) return found;
    if (this.world.budget.full()) return this.#overflowSet(record);
    let sets = this.#tagged.get(text);
    if (sets === undefined) this.#tagged.set(text, (sets = new Map()));
    const set = this.#createSet(record, peer, cluster, tags);
    sets.set(key, set);
    return set;
  }

  #overflowSet(record: StreamRecord): SeriesSet {
    const bits = bitsOf(record);
    let set = this.#overflow.get(bits);
    if (set === undefined) {
      const { unknownPeer, noCluster } = this.world;
      set = { ...this.#createSet(record, unknownPeer, noCluster, this.plan.unknownTags), overflow: true };
      this.#overflow.set(bits, set);
    }
    return set;
  }

  #createSet(record: StreamRecord, peer: Peer, cluster: ClusterLabels, tags: readonly string[]): SeriesSet {
    const { reporter, protocol, mutualTls } = record;
    return { key: { reporter, protocol, mutualTls, self: this.world.self, peer, cluster }, tags, overflow: false, byOutcome: new Map() };
  }

  #numbers(set: SeriesSet, record: StreamRecord, size: number, responseCode: number, grpcStatus: number): Float64Array {
    if (set.overflow) return this.#overflowNumbers(set, size, responseCode);
    const flags = record.responseFlags;
    const outcome = ((this.#flagIds.get(flags) ?? this.#flagId(flags)) << 15) | ((grpcStatus + 1) << 10) | responseCode;
    const numbers =
      set.byOutcome.get(outcome)?.numbers ?? this.#create(set, outcome, { size, responseCode, grpcStatus, responseFlags: flags });
    return numbers ?? this.#overflowNumbers(this.#overflowSet(record), size, responseCode);
  }

  /** Undefined when there is no room. */
  #create({ key, tags, byOutcome }: SeriesSet, outcome: number, { size, ...ended }: Ended): Float64Array | undefined {
    const { budget } = this.world;
    const bytes = this.#bytesOf(key, tags, ended);
    if (!budget.take(bytes)) return undefined;
    const series = { ...createSeries(size), key, tags, ...ended, overflow: false, bytes, changedAtMs: budget.now() };
    byOutcome.set(outcome, series);
    return series.numbers;
  }

  #overflowNumbers({ key, tags, byOutcome }: SeriesSet, size: number, responseCode: number): Float64Array {
    const { budget } = this.world;
    budget.overflowed();
    const code = Math.floor(responseCode / 100) * 100;
    let series = byOutcome.get(code);
    if (series === undefined) {
      const ended = { responseCode: code, grpcStatus: -1, responseFlags: 0 };
      series = { ...createSeries(size), key, tags, ...ended, overflow: true, bytes: 0, changedAtMs: budget.now() };
      byOutcome.set(code, series);
    }
    return series.numbers;
  }

  /** How much text a series is, about. */
  #bytesOf(key: SeriesKey, tags: readonly string[], ended: Omit<Ended, 'size'>): number {
    let line = LINE_BYTES;
    for (const [name, value] of labelsOf(key, { ...ended, overflow: false })) line += name.length + value.length + 4;
    for (const tag of tags) line += tag.length;
    return Math.max(LEAST_BYTES, line * this.plan.lines[key.protocol]);
  }

  #flagId(flags: number): number {
    const id = this.#flagIds.size;
    this.#flagIds.set(flags, id);
    return id;
  }
}

/** What an outcome's series is made from. */
interface Ended extends Pick<Series, 'responseCode' | 'grpcStatus' | 'responseFlags'> {
  /** How many numbers. */
  readonly size: number;
}

function createSeries(size: number): Pick<Series, 'numbers' | 'labels' | 'lastCount'> {
  return { numbers: new Float64Array(size), labels: new Map(), lastCount: 0 };
}

/** What a stream adds to the histogram at an offset. */
function valueOf(offset: number, record: StreamRecord): number {
  if (offset === HTTP.duration) return record.durationMs;
  return offset === HTTP.requestBytes ? record.wireBytesReceived : record.wireBytesSent;
}

function bitsOf({ protocol, mutualTls, reporter }: StreamRecord): number {
  return (mutualTls ? 8 : 0) | (reporter === 'source' ? 4 : 0) | (protocol === 'http' ? 0 : protocol === 'grpc' ? 1 : 2);
}

/** Whatever moves when a series does. */
function countOf({ key, numbers }: Series): number {
  return key.protocol === 'tcp'
    ? numbers[TCP.opened]! + numbers[TCP.closed]! + numbers[TCP.sent]! + numbers[TCP.received]!
    : numbers[HTTP.requests]!;
}
