import { type FieldPath, type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';

/** VirtualServices that one destination is reported against. */
const MOST_RULES = 10;

/**
 * Rules for a host in the mesh do not apply to what a gateway sends there itself.
 * Spec: IST0140. Hosts are compared as written; namespaces are not.
 */
export const ingressRules = defineAnalyzer({
  name: 'ingress-rules',
  description: 'Subsets chosen for the mesh are not expected to apply behind gateways',
  inputs: ['VirtualService'],
  codes: ['IST0140'],
  analyze(configuration, report) {
    const subsetRules = new Map<string, VirtualService[]>();
    for (const vs of configuration.of('VirtualService')) {
      const hosts = new Set(vs.spec.hosts ?? []);
      const own = new Set(
        (vs.spec.http ?? []).flatMap(({ route = [] }) =>
          route.filter(({ destination }) => (destination.subset ?? '') !== '').map(({ destination }) => destination.host),
        ),
      );
      for (const host of own) if (hosts.has(host)) push(subsetRules, host, vs);
    }
    for (const vs of configuration.of('VirtualService')) {
      if (vs.spec.gateways === undefined || vs.spec.gateways.length === 0) continue;
      const seen = new Set<string>();
      (vs.spec.http ?? []).forEach(({ route = [] }, i) => {
        route.forEach(({ destination }, j) => {
          if ((destination.subset ?? '') !== '' || seen.has(destination.host)) return;
          seen.add(destination.host);
          const at: FieldPath = ['spec', 'http', i, 'route', j, 'destination', 'host'];
          for (const other of (subsetRules.get(destination.host) ?? []).slice(0, MOST_RULES)) {
            report('IST0140', vs, {
              params: [fullName(other), fullName(vs)],
              at,
              related: [
                {
                  resource: other,
                  path: ['spec', 'http'],
                  note: `VirtualService ${fullName(other)} sends ${destination.host} to a subset, in sidecars only`,
                },
              ],
            });
          }
        });
      });
    }
  },
});
