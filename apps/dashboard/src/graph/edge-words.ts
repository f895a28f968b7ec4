import { type GraphEdge } from '@lateen/observation';
import { bytes, count, duration, percent, rate } from '../lib/format';

/** What an edge carries, in one short line: `4.2 req/s`. */
export function trafficOf({ protocol, rates }: GraphEdge): string {
  if (protocol === 'tcp') return `${bytes(rates.bytesPerSecond ?? 0)}/s`;
  return rates.requests === 0 ? 'no requests' : rate(rates.perSecond);
}

/** `12 % errors`, `12 % errors, over` where none of them go on; empty without any. */
export function errorsOf({ rates }: Pick<GraphEdge, 'rates'>, mended = false): string {
  return rates.errors === 0 ? '' : `${percent(rates.errorRatio)} errors${mended ? ', over' : ''}`;
}

/** Who the caller is, or why nobody knows, in a sentence. */
export function securityOf({ security }: GraphEdge): string {
  const { mutualTls, principal, reason } = security;
  if (mutualTls === 'yes') return `Mutual TLS${principal === undefined ? '' : ` as ${principal}`}.`;
  const why = reason === undefined ? '' : ` ${reason}`;
  if (mutualTls === 'mixed')
    return `Some connections have mutual TLS${principal === undefined ? '' : ` as ${principal}`}, some do not.${why}`;
  return mutualTls === 'no' ? `Not encrypted by the mesh.${why}` : `It is not known whether this is encrypted.${why}`;
}

/** What is wrong with the called cluster, in words: `circuit open`, `1 of 2 ejected`. */
export function troubleOf({ health }: GraphEdge): readonly string[] {
  if (health === undefined) return [];
  return [
    ...(health.circuitOpen ? ['circuit open'] : []),
    ...(health.ejected > 0 ? [`${health.ejected} of ${health.endpoints} ejected`] : []),
    ...(health.healthy < health.endpoints - health.ejected ? [`${health.healthy} of ${health.endpoints} healthy`] : []),
    ...(health.endpoints === 0 ? ['no endpoints'] : []),
  ];
}

/** `6 calls wait`; empty when none does. */
export function waitingOf({ health }: Pick<GraphEdge, 'health'>): string {
  const waiting = health?.waiting ?? 0;
  return waiting === 0 ? '' : `${count(waiting, 'call')} ${waiting === 1 ? 'waits' : 'wait'}`;
}

/** `20 % set, 19 % seen`; `20 % set, 2 of 8 seen` where it is of few; `20 % set` while nothing came to its rule; empty where none splits. */
export function splitOf({ split }: GraphEdge): string {
  if (split === undefined) return '';
  return split.measured === undefined
    ? `${percent(split.configured)} set`
    : `${percent(split.configured)} set, ${fewOf(split) ?? percent(split.measured)} seen`;
}

/** Of fewer requests it is said how many, not which share. */
const FEW = 30;

/** `17 of 18 that the rule matched`, `92.5 % of 1,200 that the rule matched`. */
export function measuredWords(split: NonNullable<GraphEdge['split']>): string {
  const { measured, measuredOf } = split;
  if (measured === undefined) return 'nothing came to the rule';
  return `${fewOf(split) ?? `${percent(measured)} of ${measuredOf?.toLocaleString('en') ?? 'all'}`} that the rule matched`;
}

/** `2 of 8` for a share that was measured of so few; undefined where there were enough. A window's ends hold parts of requests: people count whole ones. */
function fewOf({ measured = 0, measuredOf }: NonNullable<GraphEdge['split']>): string | undefined {
  return measuredOf === undefined || measuredOf >= FEW ? undefined : `${Math.round(measured * measuredOf)} of ${measuredOf}`;
}

/** Everything an edge says, for a screen reader. */
export function edgeSentence(edge: GraphEdge, mended = false): string {
  const { rates } = edge;
  const latency = rates.p50Ms === undefined ? '' : `, half of them within ${duration(rates.p50Ms)}`;
  const split = splitOf(edge);
  return [
    `${edge.source} calls ${edge.target}: ${trafficOf(edge)}, ${percent(rates.errorRatio)} errors${mended ? ' that are over' : ''}${latency}.`,
    securityOf(edge),
    ...(split === '' ? [] : [`Split: ${split}.`]),
    ...troubleOf(edge).map((t) => `${t}.`),
  ].join(' ');
}
