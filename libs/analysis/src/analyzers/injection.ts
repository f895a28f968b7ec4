import { type Namespace } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration, fullName } from '../configuration/configuration';
import { asMap, dig } from '../configuration/raw';
import { isAmbientNamespace } from '../configuration/workloads';
import { hasProxy } from './proxy-container';

/**
 * Namespaces say clearly whether their pods get sidecars, and pods that should have one do.
 * Spec: IST0102, IST0103, IST0123, IST0148.
 */
export const injection = defineAnalyzer({
  name: 'injection',
  description: 'Namespaces say whether they want sidecars, and pods have theirs',
  inputs: ['Namespace', 'Pod', 'ConfigMap'],
  codes: ['IST0102', 'IST0103', 'IST0123', 'IST0148'],
  analyze(configuration, report) {
    for (const namespace of configuration.of('Namespace')) {
      const { name, labels } = namespace.metadata;
      if (name === 'istio-system') continue;
      const several = contradicting(labels);
      if (several.length > 1) report('IST0123', namespace, { params: [`[${several.join(' ')}]`], at: ['metadata', 'labels'] });
      if (
        (labels['istio-injection'] ?? '') !== '' ||
        Object.hasOwn(labels, 'istio.io/rev') ||
        labels['istio.io/dataplane-mode'] === 'ambient'
      )
        continue;
      if (injectsByDefault(configuration, namespace)) report('IST0148', namespace, { params: [], at: ['metadata', 'labels'] });
      else report('IST0102', namespace, { params: [name, name], at: ['metadata', 'name'] });
    }
    for (const workload of configuration.workloads.all) {
      if (workload.resource.kind !== 'Pod' || workload.from !== 'text' || workload.namespace === 'istio-system') continue;
      const labels = configuration.namespaces.get(workload.namespace)?.metadata.labels;
      const own = workload.labels['sidecar.istio.io/inject'] ?? workload.annotations['sidecar.istio.io/inject'];
      if (labels?.['istio-injection'] !== 'enabled' || isAmbientNamespace(labels) || own?.toLowerCase() === 'false') continue;
      if (workload.spec.hostNetwork === true || hasProxy(workload.spec)) continue;
      const namespace = configuration.namespaces.get(workload.namespace);
      report('IST0103', workload.resource, {
        params: [fullName(workload.resource)],
        at: ['spec', 'containers'],
        related:
          namespace === undefined
            ? []
            : [
                {
                  resource: namespace,
                  path: ['metadata', 'labels', 'istio-injection'],
                  note: `Namespace ${workload.namespace} asks for sidecars`,
                },
              ],
      });
    }
  },
});

function contradicting(labels: Namespace['metadata']['labels']): readonly string[] {
  const own = labels['istio-injection'];
  const found = own === undefined ? [] : [`istio-injection=${own}`];
  if (own !== undefined && own !== 'enabled') return found;
  for (const key of ['istio.io/rev', 'istio.io/dataplane-mode']) if (labels[key] !== undefined) found.push(`${key}=${labels[key]}`);
  return found;
}

/** What the injector's ConfigMap says of namespaces without a label; without one, injection is off. */
function injectsByDefault(configuration: Configuration, { metadata }: Namespace): boolean {
  const revision = metadata.labels['istio.io/rev'] ?? '';
  return dig(injectorValues(configuration, revision), 'sidecarInjectorWebhook', 'enableNamespacesByDefault') === true;
}

const injectors = new WeakMap<Configuration, ReadonlyMap<string, unknown>>();

/** The values of a revision's injector; undefined where no ConfigMap has them. */
export function injectorValues(configuration: Configuration, revision: string): unknown {
  const known = injectors.get(configuration) ?? readInjectors(configuration);
  injectors.set(configuration, known);
  return known.get(`istio-sidecar-injector${revision === '' || revision === 'default' ? '' : `-${revision}`}`);
}

function readInjectors(configuration: Configuration): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { metadata, spec } of configuration.of('ConfigMap')) {
    const text = spec.data?.['values'];
    if (text === undefined || metadata.namespace !== configuration.rootNamespace || !metadata.name.startsWith('istio-sidecar-injector'))
      continue;
    try {
      found.set(metadata.name, asMap(JSON.parse(text)));
    } catch {
      // As istioctl: values that do not read say nothing.
    }
  }
  return found;
}
