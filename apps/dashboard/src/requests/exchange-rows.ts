import { isFailure, type RequestRecord } from '@lateen/observation';
import { groupBy } from '../lib/group-by';
import { clusterParts, shortHost } from '../lib/names';
import { holds } from './request-query';

/** One request with everything it led to, as a row of the list. */
export interface ExchangeRow {
  /** The request's id, or the record's where it has none. */
  readonly key: string;
  readonly requestId: string;
  /** The hop that began first. */
  readonly entry: RequestRecord;
  readonly hops: number;
  /** The hop whose failure explains the others: the one that began last. */
  readonly failure?: RequestRecord;
  /** Where rules sent it, what was called first comes first: `reviews v2`. */
  readonly routed: readonly string[];
  /** What it carried of the headers that rules look at: `end-user: jason`. */
  readonly matchedOn: readonly string[];
}

/** What a list of requests is made for. */
export interface RowOptions {
  /** Only requests that hold it in some hop. Default: all. */
  readonly find?: string;
  /** Headers that rules look at, in lower case. Default: none. */
  readonly headers?: readonly string[];
}

/** Puts hops of one request together; newest request first. */
export function rowsOf(records: readonly RequestRecord[], { find = '', headers = [] }: RowOptions = {}): readonly ExchangeRow[] {
  const hopsByKey = groupBy(records, (r) => (r.requestId === '' ? r.id : r.requestId));
  return [...hopsByKey]
    .filter(([, hops]) => hops.some((hop) => holds(hop, find)))
    .map(([key, hops]) => rowOf(key, hops, headers))
    .toSorted((a, b) => b.entry.startTimeMs - a.entry.startTimeMs);
}

function rowOf(key: string, hops: readonly RequestRecord[], headers: readonly string[]): ExchangeRow {
  const entry = hops.reduce((a, b) => (isEarlier(b, a) ? b : a));
  const failures = hops.filter((r) => isFailure(r) && r.cause !== undefined);
  const failure = failures.length === 0 ? hops.find(isFailure) : failures.reduce((a, b) => (isEarlier(b, a) ? a : b));
  const inOrder = hops.toSorted((a, b) => a.startTimeMs - b.startTimeMs);
  const routed = inOrder.flatMap((r) => {
    const { host, subset } = clusterParts(r.cluster);
    return r.rule === undefined || subset === '' ? [] : [`${shortHost(host)} ${subset}`];
  });
  return {
    key,
    requestId: entry.requestId,
    entry,
    hops: hops.length,
    failure,
    routed: [...new Set(routed)],
    matchedOn: carried(hops, headers),
  };
}

/** What a narrow list says below a request: where it went or why it failed, then what it carried of the headers that rules look at. */
export function underOf(what: string, matchedOn: readonly string[]): string {
  return [what, matchedOn.join(', ')].filter((part) => part !== '').join(' · ');
}

function carried(hops: readonly RequestRecord[], headers: readonly string[]): readonly string[] {
  if (headers.length === 0) return [];
  const found = hops.flatMap(({ requestHeaders }) =>
    requestHeaders.filter(([name, value]) => value !== HIDDEN && headers.includes(name.toLowerCase())),
  );
  return [...new Set(found.map(([name, value]) => `${name.toLowerCase()}: ${value}`))];
}

/** What records have instead of the values of credentials. */
const HIDDEN = '***';

/** Starts of one host's clocks may be equal: what lasts longer is around the other. */
function isEarlier(a: RequestRecord, b: RequestRecord): boolean {
  return a.startTimeMs === b.startTimeMs ? a.durationMs > b.durationMs : a.startTimeMs < b.startTimeMs;
}
