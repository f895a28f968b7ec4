import { type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { hostSet } from '../configuration/host-set';
import { fullHost, scopesOf } from '../configuration/hosts';
import { push } from '../configuration/lazy';
import { firstOthers, listNames } from '../messages/list-names';

/** Whether a VirtualService speaks to sidecars. */
export function isForMesh({ spec }: VirtualService): boolean {
  return spec.gateways === undefined || spec.gateways.length === 0 || spec.gateways.includes('mesh');
}

/**
 * Two VirtualServices for the mesh must not define the same host in the same scope.
 * Spec: IST0109. Of several conflicts of one VirtualService the first is shown.
 */
export const virtualServiceHosts = defineAnalyzer({
  name: 'virtual-service-hosts',
  description: 'No host of the mesh is defined by two VirtualServices',
  inputs: ['VirtualService'],
  codes: ['IST0109'],
  analyze(configuration, report) {
    const scopes = new Map<string, Map<string, VirtualService[]>>();
    for (const vs of configuration.of('VirtualService').filter(isForMesh)) {
      for (const scope of scopesOf(vs.spec.exportTo, vs.metadata.namespace)) {
        const hosts = scopes.get(scope) ?? new Map<string, VirtualService[]>();
        scopes.set(scope, hosts);
        for (const host of new Set((vs.spec.hosts ?? []).map((h) => fullHost(h, vs.metadata.namespace)))) push(hosts, host, vs);
      }
    }
    const open = hostSet([...(scopes.get('*') ?? [])].flatMap(([host, list]) => list.map((vs) => [host, vs] as const)));
    const reported = new Set<VirtualService>();
    for (const [scope, hosts] of scopes) {
      for (const [host, own] of hosts) {
        const list = new Set(own);
        if (scope !== '*') for (const vs of open.overlapping(host)) list.add(vs);
        if (list.size < 2) continue;
        const names = listNames([...list].map(fullName).sort(), ',');
        for (const vs of list) {
          if (reported.has(vs)) continue;
          reported.add(vs);
          report('IST0109', vs, {
            params: [names, `${scope}/${host}`],
            at: ['metadata', 'name'],
            related: firstOthers(list, vs).map((other) => ({
              resource: other,
              path: ['spec', 'hosts'],
              note: `VirtualService ${fullName(other)} defines it as well`,
            })),
          });
        }
      }
    }
  },
});
