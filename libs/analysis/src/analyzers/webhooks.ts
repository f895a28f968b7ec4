import { defineAnalyzer } from '../analyzer';
import { type Configuration, type LooseResource } from '../configuration/configuration';
import { asLabels, asList, asMap, asText, dig, type Raw } from '../configuration/raw';
import { firstOthers, listNames } from '../messages/list-names';
import { selects } from './image-auto';

const REVISION = 'istio.io/rev';

interface Hook {
  readonly resource: LooseResource;
  readonly index: number;
  readonly hook: Raw;
  readonly name: string;
}

/**
 * Injection webhooks do not overlap, and the services and addresses that webhooks call are there.
 * Spec: IST0139, IST0163, IST0164.
 */
export const webhooks = defineAnalyzer({
  name: 'webhooks',
  description: 'Injection webhooks do not overlap and call something that exists',
  inputs: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'Service'],
  codes: ['IST0139', 'IST0163', 'IST0164'],
  analyze(configuration, report) {
    const mutating = hooksOf(configuration, 'MutatingWebhookConfiguration');
    const injectors = mutating.filter(({ resource }) => isInjector(resource));
    const overlaps = new Map<Hook, Set<Hook>>();
    const { namespaces, objects } = situations(injectors);
    const byNamespace = namespaces.map((labels) => new Set(injectors.filter(({ hook }) => selects(hook['namespaceSelector'], labels))));
    const byObject = objects.map((labels) => injectors.filter(({ hook }) => selects(hook['objectSelector'], labels)));
    for (const inNamespace of byNamespace) {
      for (const forObject of byObject) {
        const taken = forObject.filter((one) => inNamespace.has(one));
        if (taken.length < 2) continue;
        for (const one of taken) {
          const others = overlaps.get(one) ?? new Set<Hook>();
          overlaps.set(one, others);
          for (const other of taken) if (other !== one) others.add(other);
        }
      }
    }
    for (const [one, others] of overlaps) {
      const names = [...others].map(fullHookName).sort();
      report('IST0139', one.resource, {
        params: [`Webhook ${one.name} overlaps with others: ${listNames(names, ', ')}. Pods that both take are injected twice`],
        at: ['webhooks', one.index],
        related: firstOthers(others, one).map((other) => ({
          resource: other.resource,
          path: ['webhooks', other.index],
          note: `webhook ${other.name}`,
        })),
      });
    }
    for (const { resource, index, hook } of injectors) {
      const service = dig(hook, 'clientConfig', 'service');
      const [name, namespace] = [asText(dig(service, 'name')), asText(dig(service, 'namespace'))];
      if (
        service === undefined ||
        !configuration.hosts.described ||
        configuration.of('Service').some(({ metadata }) => metadata.name === name && metadata.namespace === namespace)
      )
        continue;
      report('IST0139', resource, {
        params: [`Injector refers to a control plane service that does not exist: ${name}.${namespace}`],
        at: ['webhooks', index, 'clientConfig', 'service'],
      });
    }
    const external = [...mutating, ...hooksOf(configuration, 'ValidatingWebhookConfiguration')].filter(({ resource }) =>
      /^(istiod-default-validator$|istio-validator|istio-sidecar-injector)/.test(resource.metadata.name),
    );
    for (const { resource, index, hook, name } of external)
      checkAddress(hook, (code, params) =>
        report(code, resource, { params: [...params.slice(0, 1), name, ...params.slice(1)], at: ['webhooks', index, 'clientConfig'] }),
      );
  },
});

function hooksOf(configuration: Configuration, kind: string): readonly Hook[] {
  return configuration
    .loose(kind)
    .flatMap((resource) =>
      asList(resource.spec['webhooks']).map((hook, index) => ({ resource, index, hook: asMap(hook), name: asText(asMap(hook)['name']) })),
    );
}

function fullHookName({ resource, name }: Hook): string {
  return `${resource.metadata.name}/${name}`;
}

/** Whether a configuration is for injection: of a revision, or with a webhook of Istio's. */
function isInjector({ metadata, spec }: LooseResource): boolean {
  return (
    Object.hasOwn(metadata.labels, REVISION) ||
    asList(spec['webhooks']).some((hook) => asText(asMap(hook)['name']).endsWith('istio.io') || revisionsOf(asMap(hook)).length > 0)
  );
}

function revisionsOf(hook: Raw): readonly string[] {
  return ['namespaceSelector', 'objectSelector'].flatMap((field) => {
    const label = asLabels(dig(hook, field, 'matchLabels'))[REVISION];
    const values = asList(dig(hook, field, 'matchExpressions'))
      .map(asMap)
      .filter(({ key }) => key === REVISION)
      .flatMap(({ values }) => asList(values).map(String));
    return [...(label === undefined ? [] : [label]), ...values];
  });
}

/** Labels of namespaces and of pods that decide about injection; every combination of the two counts. */
function situations(injectors: readonly Hook[]): {
  readonly namespaces: readonly Readonly<Record<string, string>>[];
  readonly objects: readonly Readonly<Record<string, string>>[];
} {
  const revisions = [
    ...new Set(
      injectors.flatMap(({ hook, resource }) => [
        ...revisionsOf(hook),
        ...[resource.metadata.labels[REVISION] ?? ''].filter((revision) => revision !== ''),
      ]),
    ),
  ];
  const withRevision = (base: Readonly<Record<string, string>>): readonly Readonly<Record<string, string>>[] => [
    base,
    ...revisions.map((revision) => ({ ...base, [REVISION]: revision })),
  ];
  const none: Readonly<Record<string, string>> = {};
  const namespaces = [none, { 'istio-injection': 'enabled' }, { 'istio-injection': 'disabled' }].flatMap(withRevision);
  const objects = [none, { 'sidecar.istio.io/inject': 'true' }, { 'sidecar.istio.io/inject': 'false' }].flatMap(withRevision);
  return { namespaces, objects };
}

function checkAddress(hook: Raw, report: (code: 'IST0163' | 'IST0164', params: readonly string[]) => void): void {
  const url = asText(dig(hook, 'clientConfig', 'url'));
  if (url === '') {
    if (dig(hook, 'clientConfig', 'service') === undefined) report('IST0163', ['', 'it has neither a url nor a service']);
    return;
  }
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]*)/i.exec(url)?.[1];
  if (host === undefined || host === '') report('IST0163', [url, 'it is not an address such as https://istiod.example.com']);
  else if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('[')) report('IST0164', [url]);
}
