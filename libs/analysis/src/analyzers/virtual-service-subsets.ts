import { type DestinationRule } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { listNames } from '../messages/list-names';
import { suggest } from '../suggest';
import { destinationsOf } from './route-destinations';

/**
 * Subsets that routes name must be defined by a DestinationRule of that host.
 * Spec: IST0101 host+subset in destinationrule, mirror+subset in destinationrule.
 */
export const virtualServiceSubsets = defineAnalyzer({
  name: 'virtual-service-subsets',
  description: 'Subsets that VirtualServices route to are defined',
  inputs: ['VirtualService', 'DestinationRule'],
  codes: ['IST0101'],
  analyze(configuration, report) {
    const rules = new Map<string, DestinationRule[]>();
    const subsets = new Set<string>();
    for (const rule of configuration.of('DestinationRule')) {
      const host = subsetHost(rule.spec.host, rule.metadata.namespace);
      push(rules, host, rule);
      for (const { name } of rule.spec.subsets ?? []) subsets.add(`${host}\0${name}`);
    }
    for (const vs of configuration.of('VirtualService')) {
      for (const { destination, path, mirror } of destinationsOf(vs)) {
        const { host, subset = '' } = destination;
        if (subset === '') continue;
        const meant = subsetHost(host, vs.metadata.namespace);
        if (subsets.has(`${meant}\0${subset}`)) continue;
        const candidates = (rules.get(meant) ?? []).slice(0, 10);
        const known = candidates.flatMap(({ spec }) => (spec.subsets ?? []).map(({ name }) => name));
        const near = suggest(subset, known);
        report('IST0101', vs, {
          params: [mirror ? 'mirror+subset in destinationrule' : 'host+subset in destinationrule', `${host}+${subset}`],
          at: [...path, 'subset'],
          istioAt: [...path, 'host'],
          related: candidates.map((rule) => ({
            resource: rule,
            path: rule.spec.subsets === undefined ? ['spec', 'host'] : ['spec', 'subsets'],
            note: `DestinationRule ${fullName(rule)} defines ${
              listNames(
                (rule.spec.subsets ?? []).map(({ name }) => name),
                ', ',
              ) || 'no subsets'
            }`,
          })),
          ...(near === undefined ? {} : { fix: { title: `Use subset "${near}"`, path: [...path, 'subset'], from: subset, to: near } }),
        });
      }
    }
  },
});

/** Hosts that mean the same service: `namespace/name`. Spec: analyzers.md 1.6, subset table. */
function subsetHost(host: string, namespace: string): string {
  const [name, own, ...rest] = host.split('.');
  return rest.join('.') === 'svc.cluster.local' && name !== undefined && own !== undefined ? `${own}/${name}` : `${namespace}/${host}`;
}
