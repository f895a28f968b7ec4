import { failureKey, type RequestRecord } from '@lateen/observation';
import { groupBy } from '../lib/group-by';
import { clusterParts } from '../lib/names';

/** A record of a request that failed, and what it is told with. */
export interface Telling {
  readonly record: RequestRecord;
  /** {@link incidentKey} of whoever knows most of it. */
  readonly key: string;
}

/** What its own proxy says of a client that gave up: why it did is for the client's proxy to say. */
const CLIENT_LEFT: ReadonlySet<string> = new Set(['client_closed', 'client_closed_during_delay', 'client_reset']);

/**
 * Of requests that failed, one record each: where caller and callee both told of one, that of whoever knows more of it,
 * which is the callee unless it only saw its client leave. A record whose other side was not told goes with those like it.
 */
export function oneTelling(records: readonly RequestRecord[]): readonly Telling[] {
  const partners = pairsOf(records);
  const told = new Set<RequestRecord>();
  const goesWith = new Map<string, Map<string, number>>();
  for (const [caller, callee] of partners) {
    const [main, other] = knowsMore(caller, callee) ? [caller, callee] : [callee, caller];
    told.add(other);
    const tally = goesWith.get(incidentKey(other)) ?? new Map<string, number>();
    goesWith.set(incidentKey(other), tally.set(incidentKey(main), (tally.get(incidentKey(main)) ?? 0) + 1));
  }
  return records
    .filter((record) => !told.has(record))
    .map((record) => ({ record, key: mostFrequent(goesWith.get(incidentKey(record))) ?? incidentKey(record) }));
}

/** What failures are told together by: the end of an application that they are due to, else cause and what it names. */
export function incidentKey(record: RequestRecord): string {
  return record.cause?.evidence.find((item) => /^process \S+ app: /.test(item)) ?? failureKey(record);
}

/** Callers' records with the callees' of the same calls. */
function pairsOf(records: readonly RequestRecord[]): readonly (readonly [caller: RequestRecord, callee: RequestRecord])[] {
  const pairs: [RequestRecord, RequestRecord][] = [];
  for (const own of groupBy(records, ({ requestId }) => requestId).values()) {
    if (own[0]?.requestId === '') continue;
    const free = new Set(own.filter(({ reporter }) => reporter === 'source'));
    for (const callee of own.filter(({ reporter }) => reporter === 'destination')) {
      const caller = [...free].find((one) => isCallerOf(one, callee));
      if (caller === undefined) continue;
      pairs.push([caller, callee]);
      // Tries of one call arrive one by one: such a caller stays for the next.
      if (caller.attempts <= 1) free.delete(caller);
    }
  }
  return pairs;
}

/** Clocks of two processes differ a little, in milliseconds. */
const SKEW_MS = 1_000;

function isCallerOf(caller: RequestRecord, callee: RequestRecord): boolean {
  const { workload, peer, startTimeMs } = callee;
  if (peer !== undefined && peer.name !== '' && peer.name !== caller.workload.name) return false;
  if (startTimeMs < caller.startTimeMs - SKEW_MS || startTimeMs > caller.startTimeMs + caller.durationMs + SKEW_MS) return false;
  if (caller.peer !== undefined && caller.peer.name !== '')
    return caller.peer.name === workload.name && caller.peer.namespace === workload.namespace;
  if (caller.upstreamHost !== '' && callee.localAddress !== '') return caller.upstreamHost === callee.localAddress;
  const { host } = clusterParts(caller.cluster);
  return host === workload.app || host.startsWith(`${workload.app}.`);
}

function knowsMore(caller: RequestRecord, callee: RequestRecord): boolean {
  return callee.cause === undefined || (caller.cause !== undefined && CLIENT_LEFT.has(callee.cause.code));
}

function mostFrequent(tally: ReadonlyMap<string, number> = new Map()): string | undefined {
  return [...tally].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
