import { type Http2ProtocolOptions, type KeepaliveSettings } from '@lateen/xds/gen/envoy/config/core/v3/protocol_pb';
import { type Http2Keepalive } from '../model';
import { type Scope } from './result';
import { durationMs } from './values';

/** Envoy's default. */
const JITTER_PERCENT = 15;

/** Whether connections are asked for a sign of life, and how; absent: they are not. */
export function parseKeepalive(settings: KeepaliveSettings | undefined, scope: Scope): { readonly keepalive?: Http2Keepalive } {
  if (settings === undefined) return {};
  const { interval, timeout, intervalJitter, connectionIdleInterval } = settings;
  if (timeout === undefined) scope.at('timeout').fail('is missing');
  const jitterPercent = intervalJitter?.value ?? JITTER_PERCENT;
  if (!(jitterPercent >= 0 && jitterPercent <= 100)) scope.at('intervalJitter').fail(`is no percentage: ${jitterPercent}`);
  const keepalive = {
    intervalMs: durationMs(interval, 0, scope.at('interval')),
    timeoutMs: durationMs(timeout, 0, scope.at('timeout')),
    idleIntervalMs: durationMs(connectionIdleInterval, 0, scope.at('connectionIdleInterval')),
    jitterPercent,
  };
  // Shorter ones are what Envoy refuses, too; nobody means a PING at every turn.
  const least = (name: string, isSet: boolean, ms: number): void => {
    if (isSet && ms < 1) scope.at(name).fail(`is less than a millisecond: ${ms} ms`);
  };
  least('interval', interval !== undefined, keepalive.intervalMs);
  least('timeout', true, keepalive.timeoutMs);
  least('connectionIdleInterval', connectionIdleInterval !== undefined, keepalive.idleIntervalMs);
  return { keepalive };
}

/** What of HTTP/2's options is not in effect, and what is so in its place. */
export function noteHttp2(options: Http2ProtocolOptions | undefined, scope: Scope): void {
  if (options === undefined) return;
  const ignored = (name: keyof Http2ProtocolOptions, isSet: boolean, reason: string): void => {
    if (isSet) scope.at(name).note('ignored', reason);
  };
  ignored('hpackTableSize', options.hpackTableSize !== undefined, 'what the peer allows of its table is used, what we allow is 4096 bytes');
  ignored('initialConnectionWindowSize', options.initialConnectionWindowSize !== undefined, 'a connection is granted 1 MiB');
  ignored('allowMetadata', options.allowMetadata, 'METADATA frames are dropped');
  const limits =
    'limits on frames that cost the peer nothing are built in: 1000 answers owed, 100 empty frames, 100 PRIORITY a stream, 10 WINDOW_UPDATE a DATA';
  ignored('maxOutboundFrames', options.maxOutboundFrames !== undefined, limits);
  ignored('maxOutboundControlFrames', options.maxOutboundControlFrames !== undefined, limits);
  ignored('maxConsecutiveInboundFramesWithEmptyPayload', options.maxConsecutiveInboundFramesWithEmptyPayload !== undefined, limits);
  ignored('maxInboundPriorityFramesPerStream', options.maxInboundPriorityFramesPerStream !== undefined, limits);
  ignored('maxInboundWindowUpdateFramesPerDataFrameSent', options.maxInboundWindowUpdateFramesPerDataFrameSent !== undefined, limits);
  const streamOnly = 'a malformed message always ends its stream alone';
  ignored('streamErrorOnInvalidHttpMessaging', options.streamErrorOnInvalidHttpMessaging, streamOnly);
  ignored('overrideStreamErrorOnInvalidHttpMessage', options.overrideStreamErrorOnInvalidHttpMessage === false, streamOnly);
  ignored('customSettingsParameters', options.customSettingsParameters.length > 0, 'settings of others are not sent');
}
