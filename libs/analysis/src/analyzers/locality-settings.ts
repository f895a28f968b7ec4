import { type DestinationRule, type FieldPath, type TrafficPolicy } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';

/** A block of settings as one level of a rule gives it. */
type Level = Pick<TrafficPolicy, 'loadBalancer' | 'outlierDetection'>;

/**
 * Failover between localities acts on endpoints that outlier detection has found to be failing.
 * Spec: LAT0006. Distribution by weight needs none, and subsets inherit from the rule.
 */
export const localitySettings = defineAnalyzer({
  name: 'locality-settings',
  description: 'Locality settings have the outlier detection they need',
  inputs: ['DestinationRule', 'ConfigMap'],
  codes: ['LAT0006'],
  analyze(configuration, report) {
    if (configuration.meshConfig.defaultTrafficPolicy?.outlierDetection !== undefined) return;
    for (const rule of configuration.of('DestinationRule')) {
      for (const { level, inherited, at, name } of levelsOf(rule)) {
        const settings = level.loadBalancer?.localityLbSetting;
        if (settings === undefined || settings.enabled === false || (settings.distribute ?? []).length > 0) continue;
        if ((level.outlierDetection ?? inherited) === undefined)
          report('LAT0006', rule, { params: [name], at: [...at, 'loadBalancer', 'localityLbSetting'] });
      }
    }
  },
});

interface PolicyLevel {
  readonly level: Level;
  /** What it takes from the rule where it says nothing; port settings take nothing. */
  readonly inherited: TrafficPolicy['outlierDetection'];
  readonly at: FieldPath;
  readonly name: string;
}

function levelsOf({ spec }: DestinationRule): readonly PolicyLevel[] {
  const levels: PolicyLevel[] = [];
  const add = (policy: TrafficPolicy | undefined, inherited: TrafficPolicy['outlierDetection'], at: FieldPath, name: string): void => {
    if (policy === undefined) return;
    levels.push({ level: policy, inherited, at, name });
    (policy.portLevelSettings ?? []).forEach((level, i) =>
      levels.push({ level, inherited: undefined, at: [...at, 'portLevelSettings', i], name: `${name}, port ${level.port?.number ?? 0}` }),
    );
  };
  add(spec.trafficPolicy, undefined, ['spec', 'trafficPolicy'], `host "${spec.host}"`);
  (spec.subsets ?? []).forEach(({ name, trafficPolicy }, i) =>
    add(trafficPolicy, spec.trafficPolicy?.outlierDetection, ['spec', 'subsets', i, 'trafficPolicy'], `subset "${name}"`),
  );
  return levels;
}
