import { type Graph, type RequestRecord } from '@lateen/observation';

/** Silence of failures that says that they have ended: at least this, and twice what lay between them. */
const QUIET_MS = 10_000;
/** Silence that says so in any case. */
const LONG_QUIET_MS = 30_000;

/**
 * When the last of these requests failed, if that is over: none has failed for longer than failures lay apart, or since
 * what was wrong is over (`overAtMs`, in milliseconds since the epoch; 0: nothing was that is).
 * Undefined while it goes on, and where no request is known.
 */
export function endedAtMs(
  failed: readonly Pick<RequestRecord, 'startTimeMs' | 'durationMs'>[],
  { atMs, windowSeconds }: Pick<Graph, 'atMs' | 'windowSeconds'>,
  overAtMs = 0,
): number | undefined {
  if (failed.length === 0) return undefined;
  const last = lastFailedMs(failed);
  const apartMs = (windowSeconds * 1_000) / failed.length;
  return last <= overAtMs || atMs - last > Math.min(Math.max(QUIET_MS, 2 * apartMs), LONG_QUIET_MS) ? last : undefined;
}

/** When the last of these requests ended, in milliseconds since the epoch; 0 for none. */
export function lastFailedMs(failed: readonly Pick<RequestRecord, 'startTimeMs' | 'durationMs'>[]): number {
  return failed.reduce((last, { startTimeMs, durationMs }) => Math.max(last, startTimeMs + durationMs), 0);
}
