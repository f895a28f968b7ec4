import { defineAnalyzer } from '../analyzer';
import { asList, asMap, asTexts, dig } from '../configuration/raw';

/**
 * Access logging has a provider, its own or the mesh's.
 * Spec: IST0157. Metrics and tracing are not considered.
 */
export const telemetryProviders = defineAnalyzer({
  name: 'telemetry-providers',
  description: 'Access logging has a provider',
  inputs: ['Telemetry', 'ConfigMap'],
  codes: ['IST0157'],
  analyze(configuration, report) {
    if (asTexts(dig(configuration.meshConfig, 'defaultProviders', 'accessLogging')).length > 0) return;
    for (const resource of configuration.loose('Telemetry')) {
      const at = asList(resource.spec['accessLogging']).findIndex(
        (entry) => asList(asMap(entry)['providers']).length === 0 && asMap(entry)['disabled'] !== true,
      );
      if (at >= 0)
        report('IST0157', resource, { params: [resource.metadata.name, resource.metadata.namespace], at: ['spec', 'accessLogging', at] });
    }
  },
});
