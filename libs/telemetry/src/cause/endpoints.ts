import { type CauseRule, has } from './cause-rule';
import { type CauseFacts } from './facts';
import { clusterText, parseClusterName } from './names';

/** A cluster that has nobody to send to, or may send no more. */
export const ENDPOINTS: readonly CauseRule[] = [
  {
    code: 'all_endpoints_ejected',
    flags: ['UH'],
    when: (f) => has(f, 'UH') && (f.failure?.endpoints?.ejected ?? 0) > 0 && f.failure?.endpoints?.usable === 0,
    short: (f) => `all ${f.failure?.endpoints?.total} endpoints ejected or unhealthy`,
    sentence: (f) =>
      `${clusterText(f.upstreamCluster)} has ${count(f.failure?.endpoints?.total)}, and outlier detection has ejected ${f.failure?.endpoints?.ejected} of them for failing again and again.`,
    evidence: (f) => [`endpoints ${f.failure?.endpoints?.total}, ejected ${f.failure?.endpoints?.ejected}, usable 0`],
  },
  {
    code: 'no_usable_endpoints',
    flags: ['UH'],
    when: (f) => has(f, 'UH') && (f.failure?.endpoints?.total ?? 0) > 0,
    short: (f) => `none of ${f.failure?.endpoints?.total} endpoints is healthy`,
    sentence: (f) =>
      `${clusterText(f.upstreamCluster)} has ${count(f.failure?.endpoints?.total)}, but none is healthy: pods that are not ready, or draining.`,
    evidence: (f) => [`endpoints ${f.failure?.endpoints?.total}, usable ${f.failure?.endpoints?.usable}`],
  },
  {
    code: 'subset_without_endpoints',
    flags: ['UH'],
    when: (f) => has(f, 'UH') && (parseClusterName(f.upstreamCluster)?.subset ?? '') !== '',
    short: (f) => `no endpoint is in subset ${parseClusterName(f.upstreamCluster)!.subset}`,
    sentence: (f) => {
      const { subset, host, port } = parseClusterName(f.upstreamCluster)!;
      return `No running endpoint of ${host}:${port} has the labels of subset "${subset}".`;
    },
    evidence: () => ['endpoints 0'],
  },
  {
    code: 'no_original_destination',
    flags: ['UH'],
    when: (f) => has(f, 'UH') && parseClusterName(f.upstreamCluster) === undefined && /Passthrough|original/i.test(f.upstreamCluster),
    short: () => 'where the client was going is not known',
    sentence: () =>
      'The request was to be passed on to wherever the client was going, but the connection does not say where: it was not redirected.',
  },
  {
    code: 'name_not_resolved',
    flags: ['UH'],
    when: (f) => has(f, 'UH') && (f.failure?.lookedUp?.length ?? 0) > 0,
    short: (f) => `no address for ${namesOf(f)}`,
    sentence: (f) =>
      `${clusterText(f.upstreamCluster)} has no endpoints: DNS gives the proxy no address for ${namesOf(f)}. The name is mistyped, or it is not known where the proxy runs.`,
    evidence: (f) => ['endpoints 0', ...(f.failure?.lookedUp ?? []).map((name) => `looked up ${name}`)],
  },
  {
    code: 'no_endpoints',
    flags: ['UH'],
    when: (f) => has(f, 'UH'),
    short: (f) => `${clusterText(f.upstreamCluster)} has no endpoints`,
    sentence: (f) =>
      `${clusterText(f.upstreamCluster)} has no endpoints: nothing that its service selects is running and ready, or its selector or port fits no pod.`,
    evidence: (f) => [f.failure?.endpoints === undefined ? undefined : 'endpoints 0'],
  },
  {
    code: 'too_many_retries',
    flags: ['UO'],
    when: (f) => has(f, 'UO') && !f.responseCodeDetails.includes('overflow'),
    short: () => 'not tried again: too many retries under way',
    sentence: (f) =>
      `${clusterText(f.upstreamCluster)} failed, and was not tried again since as many retries as connectionPool.http.maxRetries allows were under way.`,
  },
  {
    code: 'circuit_open',
    flags: ['UO'],
    when: (f) => has(f, 'UO'),
    short: () => 'circuit breaker open: connectionPool limit reached',
    sentence: (f) =>
      `The circuit breaker of ${clusterText(f.upstreamCluster)} is open: more requests or connections are under way than its DestinationRule's connectionPool allows.`,
    evidence: (f) => (f.failure?.circuit ?? []).map(({ field, limit, used }) => `${field} ${limit}, ${used} used`),
  },
];

const namesOf = ({ failure }: CauseFacts): string => (failure?.lookedUp ?? []).map((name) => `"${name}"`).join(', ');

function count(endpoints: number | undefined): string {
  return `${endpoints} endpoint${endpoints === 1 ? '' : 's'}`;
}
