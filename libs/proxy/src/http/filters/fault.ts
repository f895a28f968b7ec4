import { type Random } from '@lateen/base';
import { type FaultPolicy, headerMatches, isChosen } from '@lateen/routing';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { type StreamFilter } from '../filter';
import { type HttpStream } from '../stream';

/**
 * Delays a share of requests, and answers a share itself, as if the upstream had failed.
 * At most so many at once where the policy says so, counted per route and worker.
 * It stands above retries: an injected fault is never retried away. Spec: Envoy `HTTPFault`; flags `DI`, `FI`.
 */
export function faultFilter(policy: FaultPolicy | undefined, random: Random): StreamFilter | undefined {
  if (policy === undefined || (policy.delay === undefined && policy.abort === undefined)) return undefined;
  const { delay, abort, maxActiveFaults: most = Infinity } = policy;
  let active = 0;
  const begins = (stream: HttpStream): void => {
    if (stream.onFinish !== undefined) return;
    const { stats } = stream.manager;
    active++;
    stats['fault.active_faults']++;
    stream.onFinish = () => {
      active--;
      stats['fault.active_faults']--;
    };
  };
  const abortNow = (stream: HttpStream): boolean => {
    if (abort === undefined || !isChosen(abort.fraction, random)) return true;
    begins(stream);
    stream.manager.stats['fault.aborts_injected']++;
    stream.reply('fault_abort', {
      status: abort.httpStatus ?? 200,
      ...(abort.grpcStatus === undefined ? {} : { grpcStatus: abort.grpcStatus }),
    });
    return false;
  };
  return {
    name: 'envoy.filters.http.fault',
    onRequest: (stream) => {
      if (active >= most) {
        stream.manager.stats['fault.faults_overflow']++;
        return true;
      }
      if (policy.upstreamCluster !== undefined && policy.upstreamCluster !== stream.cluster?.config.name) return true;
      if (!policy.headers.every((match) => headerMatches(match, stream))) return true;
      if (delay === undefined || delay.delayMs <= 0 || !isChosen(delay.fraction, random)) return abortNow(stream);
      begins(stream);
      stream.manager.stats['fault.delays_injected']++;
      stream.record.responseFlags |= RESPONSE_FLAG.DI;
      stream.waitThen(delay.delayMs, () => {
        if (abortNow(stream)) stream.continueRequest();
      });
      return false;
    },
  };
}
