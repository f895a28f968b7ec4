import { type Graph, type RequestRecord } from '@lateen/observation';

/** The time that failures are looked at in. */
export interface Seen extends Pick<Graph, 'atMs' | 'windowSeconds'> {
  /** Requests of all kinds a second, to whom these were for; absent: not known. */
  readonly perSecond?: number;
}

/** Silence that says that failures have ended: at least this, and a few times what lay between them. */
const QUIET_MS = 5_000;
const GAPS = 3;
/** With one or two failures nobody knows how far apart they are: then more silence, in which a few requests succeeded. */
const FEW_QUIET_MS = 10_000;
const FEW_REQUESTS = 5;
/** Silence that says so in any case. */
const LONG_QUIET_MS = 30_000;

type Failed = readonly Pick<RequestRecord, 'startTimeMs' | 'durationMs'>[];

/**
 * When the last of these requests failed, if that is over: none has failed for longer than failures lay apart, or since
 * what was wrong is over (`overAtMs`, in milliseconds since the epoch; 0: nothing was that is).
 * Undefined while it goes on, and where no request is known.
 */
export function endedAtMs(failed: Failed, seen: Seen, overAtMs = 0): number | undefined {
  if (failed.length === 0) return undefined;
  const last = lastFailedMs(failed);
  return last <= overAtMs || seen.atMs - last > Math.min(quietMs(failed, seen), LONG_QUIET_MS) ? last : undefined;
}

/** When the last of these requests ended, in milliseconds since the epoch; 0 for none. */
export function lastFailedMs(failed: Failed): number {
  return failed.reduce((last, { startTimeMs, durationMs }) => Math.max(last, startTimeMs + durationMs), 0);
}

function quietMs(failed: Failed, { perSecond }: Seen): number {
  const ends = failed.map(({ startTimeMs, durationMs }) => startTimeMs + durationMs);
  const apartMs = (lastFailedMs(failed) - Math.min(...ends)) / Math.max(1, failed.length - 1);
  if (failed.length > 2) return Math.max(QUIET_MS, GAPS * apartMs);
  return perSecond === undefined ? LONG_QUIET_MS : Math.max(FEW_QUIET_MS, GAPS * apartMs, (FEW_REQUESTS / perSecond) * 1_000);
}
