import { defineAnalyzer } from '../analyzer';
import { asLabels, dig } from '../configuration/raw';
import { checkSelectors, checkUnselective } from './workload-selectors';

/**
 * Each pod has at most one Telemetry with a selector, and each namespace one without.
 * Spec: IST0101 selector, IST0159, IST0160.
 */
export const telemetrySelectors = defineAnalyzer({
  name: 'telemetry-selectors',
  description: 'Telemetries select pods, and no two of them the same',
  inputs: ['Telemetry', 'Pod', 'Deployment'],
  codes: ['IST0101', 'IST0159', 'IST0160'],
  analyze(configuration, report) {
    const all = configuration.loose('Telemetry').map((resource) => ({
      resource,
      labels: asLabels(dig(resource.spec, 'selector', 'matchLabels')),
      at: ['spec', 'selector', 'matchLabels'],
    }));
    checkSelectors(configuration, report, all, { conflict: 'IST0159' });
    // Telemetries for a target each are what targetRefs are for; istioctl counts them all the same.
    checkUnselective(
      report,
      'IST0160',
      all.filter(({ resource: { spec } }) => spec['selector'] === undefined).map(({ resource }) => resource),
    );
  },
});
