import { type Place, quote, type Report } from './report';

/** Locality preference. Spec: validation.md §3.13. */

const TOPOLOGY_LABELS = new Set(['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']);

/** `localityLbSetting` or `zoneAwareLbSetting`; the second has no `distribute`. */
export interface LocalityLike {
  readonly distribute?:
    readonly { readonly from?: string | undefined; readonly to?: Readonly<Record<string, number>> | undefined }[] | undefined;
  readonly failover?: readonly { readonly from?: string | undefined; readonly to?: string | undefined }[] | undefined;
  readonly failoverPriority?: readonly string[] | undefined;
}

/**
 * Refuses locality settings that contradict themselves.
 * @param outlierDetection whether the policy has it; undefined where nobody asks (MeshConfig).
 */
export function checkLocality(
  report: Report,
  at: Place,
  setting: LocalityLike | undefined,
  options: { readonly zoneAware: boolean; readonly outlierDetection?: boolean },
): void {
  if (setting === undefined) return;
  const { distribute = [], failover = [], failoverPriority = [] } = setting;
  const topology = failoverPriority.findIndex((label) => TOPOLOGY_LABELS.has(label));
  if (!options.zoneAware && distribute.length > 0 && failover.length > 0) {
    report.error('exclusive_fields', at, 'Cannot distribute and fail over at once: set only one of distribute and failover');
    return;
  }
  if (topology >= 0 && (options.zoneAware || failover.length > 0)) {
    report.error(
      'invalid_locality',
      [...at, 'failoverPriority', topology],
      `Cannot use ${quote(failoverPriority[topology])} here: regions and zones already decide`,
    );
    if (!options.zoneAware) return;
  }
  if (!checkDistribution(report, [...at, 'distribute'], distribute)) return;
  if ((failover.length > 0 || failoverPriority.length > 0) && options.outlierDetection === false) {
    report.warn(
      'missing_outlier_detection',
      at,
      'Failover needs outlierDetection in the same policy: without it no endpoint counts as failed',
    );
  }
  failover.forEach(({ from = '', to = '' }, i) => {
    const refuse = (why: string): void =>
      report.error('invalid_locality', [...at, 'failover', i], `Cannot fail over from ${quote(from)} to ${quote(to)}: ${why}`);
    if (from === to) refuse('expected two regions');
    if (from.includes('/') || to.includes('/')) refuse('expected regions only, without zones');
    if (from.includes('*') || to.includes('*')) refuse('expected regions without "*"');
  });
}

function checkDistribution(report: Report, at: Place, distribute: NonNullable<LocalityLike['distribute']>): boolean {
  for (const [i, { to = {} }] of distribute.entries()) {
    const weights = Object.entries(to);
    for (const [locality, weight] of weights) {
      if (weight < 1 || weight > 100) {
        report.error('invalid_weight', [...at, i, 'to', locality], `Cannot give ${quote(locality)} weight ${weight}: expected 1 to 100`);
        return false;
      }
    }
    const sum = weights.reduce((total, [, weight]) => total + weight, 0);
    if (sum !== 100) {
      report.error('invalid_weight', [...at, i, 'to'], `Cannot distribute ${sum} % of the traffic: the weights have to add up to 100`);
      return false;
    }
    checkOverlap(report, [...at, i, 'to'], weights.map(([locality]) => locality).sort());
  }
  checkOverlap(
    report,
    at,
    distribute.map(({ from = '' }) => from),
  );
  return true;
}

/** Refuses a locality that an earlier one already covers. */
function checkOverlap(report: Report, at: Place, localities: readonly string[]): void {
  const seen = new Set<string>();
  let everything = false;
  for (const locality of localities) {
    const refuse = (why: string): void => report.error('invalid_locality', at, `Cannot use locality ${quote(locality)}: ${why}`);
    const star = locality.indexOf('*');
    if (star >= 0 && star !== locality.length - 1) return refuse('"*" may only be its end');
    const parts = splitLocality(locality);
    if (parts.some((part) => part === '')) return refuse('expected REGION, REGION/ZONE or REGION/ZONE/SUBZONE');
    if (everything) return refuse('"*" before it covers everything');
    if (clashes(parts, seen)) return refuse('one listed before it covers it already');
    everything = locality === '*';
    // Every locality also stands for the regions and zones it is in.
    seen.add(parts.join('/'));
    for (let length = 1; length < parts.length; length++) seen.add(`${parts.slice(0, length).join('/')}/?`);
  }
}

function clashes(parts: readonly string[], seen: ReadonlySet<string>): boolean {
  const [region = '', zone] = parts;
  if (parts.length === 1) return region !== '*' && (seen.has(region) || seen.has(`${region}/?`));
  if (seen.has(region) || seen.has(`${region}/*`)) return true;
  const pair = `${region}/${zone ?? ''}`;
  if (parts.length === 2) return zone !== '*' && (seen.has(pair) || seen.has(`${pair}/?`));
  return seen.has(pair) || seen.has(`${pair}/*`) || seen.has(parts.join('/'));
}

/** A third part keeps any further slashes. */
function splitLocality(locality: string): readonly string[] {
  const [region = '', zone, ...rest] = locality.split('/');
  return [region, ...(zone === undefined ? [] : [zone]), ...(rest.length === 0 ? [] : [rest.join('/')])];
}
