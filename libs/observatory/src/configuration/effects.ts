import { type Effect, type PartEffect } from '@lateen/observation';
import { type AnyResource, positionOf } from '@lateen/config';
import { type ResourceReach, type Unit } from './reach';
import { type Shadows } from './shadows';

/** What an effect is told from, beside traffic. */
export interface EffectInputs {
  readonly reach: ResourceReach | undefined;
  /** Why it is not in effect, or not all of it; undefined: it is. */
  readonly ignored: string | undefined;
  /** Proxies that have it, of those connected. */
  readonly proxies: { readonly synced: number; readonly of: number };
  /** Proxies that refused what was made of it, and the words of one; undefined: none did. */
  readonly rejected?: { readonly proxies: number; readonly message: string };
  /** Parts that cannot be reached, and why. */
  readonly shadows: Shadows;
  /** Milliseconds since the epoch from which requests were counted. */
  readonly countedSinceMs: number;
  readonly nowMs: number;
}

/** What a resource does, in one sentence. */
export function effectOf(resource: AnyResource, inputs: EffectInputs): Effect {
  const { reach, ignored, proxies, rejected } = inputs;
  const refused = rejected === undefined ? '' : `, ${rejectedText(rejected)}`;
  const spread =
    proxies.of === 0
      ? 'on no connected proxy'
      : `on ${proxies.synced} of ${proxies.of} ${proxies.of === 1 ? 'proxy' : 'proxies'}${refused}`;
  if (ignored !== undefined) return { state: 'ignored', proxies, sentence: `ignored: ${ignored}` };
  if (rejected !== undefined && proxies.synced === 0) return { state: 'ignored', proxies, sentence: `in effect ${spread}` };
  if (!STEERING.has(resource.kind)) return { state: 'in-effect', sentence: 'describes what runs' };
  if (reach === undefined) return { state: 'in-effect', proxies, sentence: `in effect ${spread}` };
  const { requests, requests5m, unit } = reach.whole;
  const counted = { requests, requests5m, proxies };
  if (requests > 0) return { state: 'matched', ...counted, sentence: `${matchedText(requests, requests5m, unit)}; ${spread}` };
  const shadow = shadowOfAll(inputs);
  if (shadow !== undefined) return { state: 'never-matched', ...counted, sentence: `never matched: ${shadow}; ${spread}` };
  if (isNew(inputs)) return { state: 'unknown', proxies, sentence: `${newText(inputs)}; ${spread}` };
  if (reach.parts.length === 0 && reach.uncounted.length > 0)
    return { state: 'unknown', proxies, sentence: `in effect ${spread}; ${reach.uncounted[0]!.reason}` };
  return { state: 'never-matched', ...counted, sentence: `${neverText(reach.whole.candidates, inputs, unit)}; ${spread}` };
}

/** Why nothing can reach any of a resource's rules; undefined where something may. */
function shadowOfAll({ reach, shadows }: EffectInputs): string | undefined {
  const rules = (reach?.parts ?? []).filter(({ path }) => !path.includes('.match['));
  return (reach?.uncounted ?? []).length === 0 && rules.every(({ path }) => shadows.has(path))
    ? shadows.get(rules[0]?.path ?? '')
    : undefined;
}

/** `3 proxies rejected it: RDS: ...`. */
export function rejectedText({ proxies, message }: { readonly proxies: number; readonly message: string }): string {
  return `${proxies} ${proxies === 1 ? 'proxy' : 'proxies'} rejected it: ${message}`;
}

/** What each part of a resource does. Lines count within its own text. */
export function partEffectsOf(resource: AnyResource, inputs: EffectInputs): readonly PartEffect[] {
  const { reach, shadows } = inputs;
  if (reach === undefined) return [];
  const line = (path: string): number => positionOf(resource, `spec.${path}`).line - resource.origin.line + 1;
  return [
    ...reach.parts.map(({ path, requests, requests5m, candidates, unit }): PartEffect => {
      const at = { path, line: line(path), requests, requests5m };
      if (requests > 0) return { ...at, state: 'matched', sentence: matchedText(requests, requests5m, unit) };
      const shadow = shadows.get(path);
      if (shadow !== undefined) return { ...at, state: 'never-matched', sentence: `never matched: ${shadow}` };
      if (isNew(inputs)) return { ...at, state: 'unknown', sentence: newText(inputs) };
      return { ...at, state: 'never-matched', sentence: neverText(candidates, inputs, unit) };
    }),
    ...reach.uncounted.map(({ path, reason }): PartEffect => ({ path, line: line(path), state: 'unknown', sentence: reason })),
  ];
}

/** Kinds that steer traffic or guard it; others say what there is. */
const STEERING: ReadonlySet<string> = new Set([
  'VirtualService',
  'DestinationRule',
  'Gateway',
  'ServiceEntry',
  'Service',
  'Sidecar',
  'WorkloadEntry',
  'WorkloadGroup',
  'EnvoyFilter',
  'ProxyConfig',
  'PeerAuthentication',
  'RequestAuthentication',
  'AuthorizationPolicy',
  'Telemetry',
  'WasmPlugin',
  'TrafficExtension',
]);

function matchedText(requests: number, requests5m: number, unit?: Unit): string {
  return requests5m > 0 ? `matched ${count(requests5m, unit)} in 5 min` : `matched ${count(requests, unit)}, none in the last 5 min`;
}

/** Proxies report every five seconds: before two of those nothing can be said. */
const NEW_MS = 12_000;

/** Whether it is too early to say that something was not reached. */
export function isNew({ countedSinceMs, nowMs }: Pick<EffectInputs, 'countedSinceMs' | 'nowMs'>): boolean {
  return nowMs - countedSinceMs < NEW_MS;
}

/** Why nothing is said of it yet. */
export function newText({ countedSinceMs, nowMs }: Pick<EffectInputs, 'countedSinceMs' | 'nowMs'>): string {
  return `counted for ${lengthText(nowMs - countedSinceMs)}: too early to say`;
}

function neverText(candidates: number, { countedSinceMs, nowMs }: EffectInputs, unit: Unit = 'request'): string {
  const since = `in ${lengthText(nowMs - countedSinceMs)}`;
  return candidates === 0
    ? `never matched: no ${unit} that it could be for ${since}`
    : `never matched: ${count(candidates, unit)} could have, ${since}`;
}

/** `1 request`, `2,014 connections`. */
export function count(requests: number, unit: Unit = 'request'): string {
  return `${requests.toLocaleString('en-US')} ${unit}${requests === 1 ? '' : 's'}`;
}

function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
