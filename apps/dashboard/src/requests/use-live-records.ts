import { useEffect, useRef, useState } from 'react';
import { type RequestRecord, type UnsentRequests } from '@lateen/observation';
import { ApiError, call } from '../api/client';
import { useConnection } from '../api/use-connection';
import { useStream } from '../api/use-stream';
import { UnsentLately } from './unsent';

/** Hops the page keeps: a few hundred requests. */
const MAX_RECORDS = 4_000;
/** Records are shown in batches: a busy mesh would otherwise draw the list a thousand times a second. */
const BATCH_MS = 250;

/** What the list knows. */
export interface LiveRecords {
  /** Newest first, for the filter that is set. */
  readonly records: readonly RequestRecord[];
  /** Hops that came while paused. */
  readonly waiting: number;
  /** What is missing because there was too much of it, in words; empty: nothing. */
  readonly unsent: string;
  readonly state: 'loading' | 'live' | 'paused' | 'lost';
  readonly error?: string;
}

/** The last requests, and those that come. Watching is what makes proxies send every request. */
export function useLiveRecords(query: string, paused: boolean): LiveRecords {
  const [records, setRecords] = useState<readonly RequestRecord[]>();
  const [error, setError] = useState<string>();
  const [waiting, setWaiting] = useState(0);
  const pending = useRef<RequestRecord[]>([]);
  const [unsent, setUnsent] = useState('');
  const lately = useRef(new UnsentLately());
  const isPaused = useRef(paused);
  useEffect(() => {
    isPaused.current = paused;
  }, [paused]);
  useEffect(() => {
    const abort = new AbortController();
    pending.current = [];
    lately.current.clear();
    call<{ readonly requests: readonly RequestRecord[] }>(
      'GET',
      `/api/requests?limit=1000${query === '' ? '' : `&${query}`}`,
      undefined,
      abort.signal,
    )
      .then(({ requests }) => (setError(undefined), setRecords(requests)))
      .catch((reason: unknown) => {
        if (reason instanceof ApiError) setError(reason.message);
      });
    return () => abort.abort();
  }, [query]);
  const stream = useStream(`/api/requests/stream${query === '' ? '' : `?${query}`}`, (events) => {
    for (const { type, data } of events) {
      if (type === 'request') pending.current.push(JSON.parse(data) as RequestRecord);
      else if (type === 'unsent') lately.current.add(JSON.parse(data) as UnsentRequests, Date.now());
    }
    if (pending.current.length > MAX_RECORDS) pending.current.splice(0, pending.current.length - MAX_RECORDS);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      setUnsent(lately.current.words(Date.now()));
      if (isPaused.current) return setWaiting(pending.current.length);
      const fresh = pending.current.splice(0);
      setWaiting(0);
      if (fresh.length > 0) setRecords((before = []) => withFresh(before, fresh));
    }, BATCH_MS);
    return () => clearInterval(timer);
  }, []);
  // A stream that nobody writes to looks open.
  const lost = useConnection().state === 'offline' || stream === 'lost';
  const state = paused ? 'paused' : lost ? 'lost' : records === undefined ? 'loading' : 'live';
  return { records: records ?? [], waiting: paused ? waiting : 0, unsent, state, error };
}

function withFresh(before: readonly RequestRecord[], fresh: readonly RequestRecord[]): readonly RequestRecord[] {
  const known = new Set(before.map((r) => r.id));
  return [...fresh.filter((r) => !known.has(r.id)).toReversed(), ...before].slice(0, MAX_RECORDS);
}
