import { defineAnalyzer } from '../analyzer';
import { asLabels, asText, dig } from '../configuration/raw';
import { type Configuration } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { type Workload } from '../configuration/workloads';
import { matches } from '../configuration/workloads';
import { injectorValues } from './injection';
import { goList } from '../messages/list-names';
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
    const types = imageTypes(configuration);
    for (const namespace of configuration.of('Namespace')) {
      const { name, labels } = namespace.metadata;
      const revision = labels['istio.io/rev'] ?? (labels['istio-injection'] === 'enabled' ? 'default' : undefined);
      const expected = revision === undefined ? undefined : imageOf(injectorValues(configuration, revision));
      if (expected === undefined) continue;
      const others = configuration.workloads.matching({}, name).filter((pod) => {
        if (pod.resource.kind !== 'Pod' || pod.from !== 'text' || pod.annotations['sidecar.istio.io/proxyImage'] !== undefined)
          return false;
        const image = proxyContainer(pod.spec)?.image;
        const type = imageType(configuration, types, pod);
        return image !== undefined && image !== expected && (type === '' || type === 'default' || image !== `${expected}-${type}`);
      });
      if (others.length === 0) continue;
      report('IST0158', namespace, {
        params: [goList(others.map((pod) => pod.name).sort())],
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

/** A ProxyConfig's selector, and the image type that it sets. */
interface Typed {
  readonly selector: Readonly<Record<string, string>>;
  readonly type: string;
}

/** What each namespace's ProxyConfigs say of image types, those without a selector first. */
function imageTypes(configuration: Configuration): ReadonlyMap<string, readonly Typed[]> {
  const found = new Map<string, Typed[]>();
  for (const { metadata, spec } of configuration.loose('ProxyConfig')) {
    const type = asText(dig(spec, 'image', 'imageType'));
    if (type !== '') push(found, metadata.namespace, { selector: asLabels(dig(spec, 'selector', 'matchLabels')), type });
  }
  const isSelective = ({ selector }: Typed): number => (Object.keys(selector).length > 0 ? 1 : 0);
  for (const list of found.values()) list.sort((a, b) => isSelective(a) - isSelective(b));
  return found;
}

/** Mesh default, then ProxyConfigs of the root namespace, the pod's, and the pod itself: the last one that says something. */
function imageType(configuration: Configuration, types: ReturnType<typeof imageTypes>, pod: Workload): string {
  const own = /imageType:\s*["']?([\w-]+)/.exec(pod.annotations['proxy.istio.io/config'] ?? '')?.[1];
  if (own !== undefined) return own;
  for (const namespace of [pod.namespace, configuration.rootNamespace]) {
    const last = types.get(namespace)?.findLast(({ selector }) => matches(pod.labels, selector));
    if (last !== undefined) return last.type;
  }
  return asText(dig(configuration.meshConfig, 'defaultConfig', 'image', 'imageType'));
}
