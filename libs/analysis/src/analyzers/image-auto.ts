import { defineAnalyzer } from '../analyzer';
import { type Configuration } from '../configuration/configuration';
import { asLabels, asList, asMap, asText, dig, type Raw } from '../configuration/raw';
import { matches, type Workload } from '../configuration/workloads';

/**
 * The image `auto` is replaced by injection, so injection has to reach the pod.
 * Spec: IST0146, IST0147. Where the files hold no injection webhook, Istio's own one is assumed.
 */
export const imageAuto = defineAnalyzer({
  name: 'image-auto',
  description: 'Pods with the proxy image "auto" are injected',
  inputs: ['Namespace', 'Pod', 'Deployment', 'MutatingWebhookConfiguration'],
  codes: ['IST0146', 'IST0147'],
  analyze(configuration, report) {
    for (const workload of configuration.workloads.all) {
      const index = (workload.spec.containers ?? []).findIndex(({ name, image }) => name === 'istio-proxy' && image === 'auto');
      if (index < 0) continue;
      const { resource, at } = workload;
      const path = [...at, 'spec', 'containers', index, 'image'];
      if (resource.kind === 'Pod') report('IST0147', resource, { params: ['Pod', resource.metadata.name], at: path });
      else if (resource.kind === 'Deployment' && !isInjected(configuration, workload))
        report('IST0146', resource, { params: ['Deployment', resource.metadata.name], at: path });
    }
  },
});

/** Whether a webhook whose name ends in `istio.io` takes the pods of a workload. */
function isInjected(configuration: Configuration, { namespace, labels }: Workload): boolean {
  const webhooks = configuration.loose('MutatingWebhookConfiguration').flatMap(({ spec }) => asList(spec['webhooks']).map(asMap));
  const own = configuration.namespaces.get(namespace)?.metadata.labels ?? {};
  if (webhooks.length === 0) {
    const wish = labels['sidecar.istio.io/inject'];
    return (
      wish === 'true' ||
      (wish !== 'false' &&
        (own['istio-injection'] === 'enabled' || Object.hasOwn(own, 'istio.io/rev') || !configuration.namespaces.has(namespace)))
    );
  }
  return webhooks.some(
    (hook) =>
      asText(hook['name']).endsWith('istio.io') && selects(hook['namespaceSelector'], own) && selects(hook['objectSelector'], labels),
  );
}

/** Whether a Kubernetes label selector takes labels; an unset one takes all. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === null) return true;
  if (!matches(labels, asLabels(dig(selector, 'matchLabels')))) return false;
  return asList(dig(selector, 'matchExpressions'))
    .map(asMap)
    .every((expression) => satisfies(expression, labels));
}

function satisfies(expression: Raw, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[asText(expression['key'])];
  const values = asList(expression['values']);
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
