import { type CauseRule, has } from './cause-rule';
import { timeText, upstreamText } from './names';

/** Something took too long. */
export const TIMING: readonly CauseRule[] = [
  {
    code: 'per_try_timeout',
    flags: ['UT'],
    when: (f) => has(f, 'UT') && f.responseCodeDetails.includes('per_try'),
    short: (f) => `no answer${limit(f.failure?.limits?.perTryMs, ' in ')} (per-try timeout)`,
    sentence: (f) =>
      `${upstreamText(f)} did not answer within the per-try timeout${limit(f.failure?.limits?.perTryMs, ' of ')} that the route's retries set (retries.perTryTimeout).`,
    evidence: (f) => [limited('per-try timeout', f.failure?.limits?.perTryMs)],
  },
  {
    code: 'route_timeout',
    flags: ['UT'],
    when: (f) => has(f, 'UT'),
    short: (f) => `no answer${limit(f.failure?.limits?.routeMs, ' in ')} (the route's timeout)`,
    sentence: (f) =>
      `${upstreamText(f)} did not finish its answer within the route's timeout${limit(f.failure?.limits?.routeMs, ' of ')}${
        f.attempts > 1 ? `, ${f.attempts} attempts included` : ''
      }.`,
    evidence: (f) => [limited('route timeout', f.failure?.limits?.routeMs), `took ${Math.round(f.durationMs)} ms`],
  },
  {
    code: 'stream_idle_timeout',
    flags: ['SI'],
    when: (f) => has(f, 'SI'),
    short: (f) => `nothing moved${limit(f.failure?.limits?.streamIdleMs, ' for ')}`,
    sentence: (f) =>
      `Not a byte moved on the request${limit(f.failure?.limits?.streamIdleMs, ' for ')}, the stream idle timeout: ${
        f.requestDurationMs < 0 ? 'the client did not send the rest of its request' : `${upstreamText(f)} was silent`
      }.`,
    evidence: (f) => [limited('stream idle timeout', f.failure?.limits?.streamIdleMs)],
  },
  {
    code: 'max_stream_duration',
    flags: ['UMSDR'],
    when: (f) => has(f, 'UMSDR') || f.responseCodeDetails === 'max_duration_timeout',
    short: (f) => `ended after ${timeText(f.durationMs)}: longest duration reached`,
    sentence: (f) =>
      `The request was ended after ${timeText(f.durationMs)}: that is as long as a stream may last here, by its maximum duration or gRPC deadline.`,
  },
  {
    code: 'max_connection_duration',
    flags: ['DT'],
    when: (f) => has(f, 'DT'),
    short: (f) => `connection ended after ${timeText(f.durationMs)}: its longest`,
    sentence: (f) => `The connection was ended after ${timeText(f.durationMs)}: that is as long as one may last here.`,
  },
  {
    code: 'request_timeout',
    flags: [],
    when: (f) => f.responseCodeDetails === 'request_overall_timeout' || f.responseCodeDetails === 'request_header_timeout',
    short: () => 'the client did not send its request in time',
    sentence: (f) => `The client had not sent its whole request after ${timeText(f.durationMs)}, and was answered 408.`,
  },
];

function limit(ms: number | undefined, before: string): string {
  return ms === undefined || ms <= 0 ? '' : `${before}${timeText(ms)}`;
}

function limited(what: string, ms: number | undefined): string | undefined {
  return ms === undefined || ms <= 0 ? undefined : `${what} ${ms} ms`;
}
