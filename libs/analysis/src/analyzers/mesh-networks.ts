import { parseMeshConfig } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { asList, asMap, asText, dig } from '../configuration/raw';

/**
 * Networks take endpoints from registries that exist: Istio's own, and the clusters whose Secrets are there.
 * Spec: IST0126; the networks are those of the ConfigMap `istio`.
 */
export const meshNetworks = defineAnalyzer({
  name: 'mesh-networks',
  description: 'Networks take endpoints from known registries',
  inputs: ['ConfigMap', 'Secret'],
  codes: ['IST0126'],
  analyze(configuration, report) {
    const config = configuration
      .of('ConfigMap')
      .find(({ metadata }) => metadata.name === 'istio' && metadata.namespace === configuration.rootNamespace);
    const text = config?.spec.data?.['meshNetworks'];
    if (config === undefined || text === undefined) return;
    const known = new Set(['Kubernetes', 'External', 'Mock']);
    for (const { metadata, spec } of configuration.of('Secret')) {
      if (metadata.labels['istio/multiCluster'] === 'true')
        for (const key of Object.keys({ ...asMap(spec.data), ...asMap(spec.stringData) })) known.add(key);
    }
    const networks = { kind: 'MeshNetworks', metadata: { ...config.metadata, name: 'meshnetworks' }, origin: config.origin };
    // The reader of mesh configuration keeps fields that it does not know, `networks` among them.
    for (const [network, value] of Object.entries(asMap(dig(parseMeshConfig(text).meshConfig, 'networks')))) {
      for (const endpoint of asList(dig(value, 'endpoints'))) {
        const registry = asText(dig(endpoint, 'fromRegistry'));
        if (registry !== '' && !known.has(registry))
          report('IST0126', networks, { params: [registry, network], at: ['data', 'meshNetworks'] });
      }
    }
  },
});
