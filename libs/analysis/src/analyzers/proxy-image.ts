import { defineAnalyzer } from '../analyzer';
import { asLabels, asText, dig } from '../configuration/raw';
import { type Configuration } from '../configuration/configuration';
import { type Workload } from '../configuration/workloads';
import { matches } from '../configuration/workloads';
import { injectorValues } from './injection';
import { proxyContainer } from './proxy-container';

/**
 * Pods run the proxy image that the injector of their namespace's revision gives.
 * Spec: IST0158.
 */
export const proxyImage = defineAnalyzer({
  name: 'proxy-image',
  description: 'Pods run the proxy image of their revision',
  inputs: ['Namespace', 'Pod', 'ConfigMap', 'ProxyConfig'],
  codes: ['IST0158'],
  analyze(configuration, report) {
    for (const namespace of configuration.of('Namespace')) {
      const { name, labels } = namespace.metadata;
      const revision = labels['istio.io/rev'] ?? (labels['istio-injection'] === 'enabled' ? 'default' : undefined);
      const expected = revision === undefined ? undefined : imageOf(injectorValues(configuration, revision));
      if (expected === undefined) continue;
      const others = configuration.workloads.matching({}, name).filter((pod) => {
        if (pod.resource.kind !== 'Pod' || pod.synthetic || pod.annotations['sidecar.istio.io/proxyImage'] !== undefined) return false;
        const image = proxyContainer(pod.spec)?.image;
        const type = imageType(configuration, pod);
        return image !== undefined && image !== expected && (type === '' || type === 'default' || image !== `${expected}-${type}`);
      });
      if (others.length === 0) continue;
      report('IST0158', namespace, {
        params: [
          `[${others
            .map((pod) => pod.name)
            .sort()
            .join(' ')}]`,
        ],
        at: ['metadata', 'labels'],
        related: others.slice(0, 10).map((pod) => ({
          resource: pod.resource,
          path: ['spec', 'containers'],
          note: `Pod ${pod.name} runs ${proxyContainer(pod.spec)?.image ?? ''}`,
        })),
      });
    }
  },
});

function imageOf(values: unknown): string | undefined {
  if (values === undefined) return undefined;
  const image = asText(dig(values, 'global', 'proxy', 'image'));
  if (image.includes('/')) return image;
  return `${asText(dig(values, 'global', 'hub'))}/${image}:${asText(dig(values, 'global', 'tag'))}`;
}

/** Mesh default, then ProxyConfigs of the root namespace, the pod's, and the pod itself. */
function imageType(configuration: Configuration, pod: Workload): string {
  let type = asText(dig(configuration.meshConfig, 'defaultConfig', 'image', 'imageType'));
  for (const namespace of [configuration.rootNamespace, pod.namespace]) {
    for (const selective of [false, true]) {
      for (const { metadata, spec } of configuration.loose('ProxyConfig')) {
        const selector = asLabels(dig(spec, 'selector', 'matchLabels'));
        const applies = metadata.namespace === namespace && Object.keys(selector).length > 0 === selective && matches(pod.labels, selector);
        if (applies) type = asText(dig(spec, 'image', 'imageType')) || type;
      }
    }
  }
  const own = /imageType:\s*["']?([\w-]+)/.exec(pod.annotations['proxy.istio.io/config'] ?? '')?.[1];
  return own ?? type;
}
