import { defineAnalyzer } from '../analyzer';
import { asLabels, dig } from '../configuration/raw';
import { isAmbientNamespace } from '../configuration/workloads';
import { checkSelectors, checkUnselective } from './workload-selectors';

/**
 * Each pod has at most one Sidecar, and each namespace one without a selector.
 * Spec: IST0101 selector, IST0110, IST0111, IST0167.
 */
export const sidecarSelectors = defineAnalyzer({
  name: 'sidecar-selectors',
  description: 'Sidecars select pods, and no two of them the same',
  inputs: ['Sidecar', 'Pod', 'Deployment', 'Namespace'],
  codes: ['IST0101', 'IST0110', 'IST0111', 'IST0167'],
  analyze(configuration, report) {
    const all = configuration.loose('Sidecar').map((resource) => ({
      resource,
      labels: asLabels(dig(resource.spec, 'workloadSelector', 'labels')),
      at: ['spec', 'workloadSelector', 'labels'],
    }));
    checkSelectors(configuration, report, all, { conflict: 'IST0110', exempt: ({ ambient }) => ambient });
    const isAmbient = (namespace: string): boolean => isAmbientNamespace(configuration.namespaces.get(namespace)?.metadata.labels);
    const unselective = all.filter(({ labels }) => Object.keys(labels).length === 0).map(({ resource }) => resource);
    checkUnselective(
      report,
      'IST0111',
      unselective.filter(({ metadata }) => !isAmbient(metadata.namespace)),
    );
    for (const { resource, labels, at } of all) {
      const { namespace } = resource.metadata;
      if (Object.keys(labels).length === 0) {
        if (isAmbient(namespace))
          report('IST0167', resource, { params: ['the namespace is ambient, and sidecars are what a Sidecar configures'], at: ['spec'] });
      } else if (configuration.workloads.matching(labels, namespace).some(({ ambient }) => ambient)) {
        report('IST0167', resource, { params: ['a workload that it selects is ambient and has no sidecar'], at });
      }
    }
  },
});
