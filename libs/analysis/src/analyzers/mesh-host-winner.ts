import { type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { fullHost, scopesOf } from '../configuration/hosts';
import { isForMesh } from './virtual-service-hosts';

/**
 * Of two VirtualServices for one mesh host sidecars use one: says which.
 * Spec: LAT0001; Istio's order of configuration: oldest, then by name and namespace.
 */
export const meshHostWinner = defineAnalyzer({
  name: 'mesh-host-winner',
  description: 'Which of two VirtualServices for one mesh host wins',
  inputs: ['VirtualService'],
  codes: ['LAT0001'],
  analyze(configuration, report) {
    for (const [host, all] of configuration.virtualServicesByHost) {
      const list = all.filter(isForMesh);
      if (list.length < 2) continue;
      const ordered = [...list].sort(byAge);
      // Every scope has one winner: the first that is visible there.
      const winners = new Map<string, VirtualService>();
      for (const vs of ordered) {
        const scopes = scopesOf(vs.spec.exportTo, vs.metadata.namespace);
        const before = scopes.map((scope) => winners.get(scope) ?? winners.get('*'));
        for (const scope of scopes) if (!winners.has(scope)) winners.set(scope, vs);
        // Where it is the first for some namespaces, it is in effect there.
        const [winner] = before;
        if (winner === undefined || before.includes(undefined)) continue;
        const index = (vs.spec.hosts ?? []).findIndex((h) => fullHost(h, vs.metadata.namespace) === host);
        report('LAT0001', vs, {
          params: [host, fullName(winner), reason(winner, vs)],
          at: ['spec', 'hosts', index],
          related: [{ resource: winner, path: ['spec', 'hosts'], note: `VirtualService ${fullName(winner)} wins` }],
        });
      }
    }
  },
});

function byAge(a: VirtualService, b: VirtualService): number {
  const key = ({ metadata: { creationTimestamp = '', name, namespace } }: VirtualService): string =>
    [creationTimestamp, name, namespace].join('\0');
  return key(a) < key(b) ? -1 : 1;
}

function reason(winner: VirtualService, loser: VirtualService): string {
  const [a, b] = [winner.metadata.creationTimestamp, loser.metadata.creationTimestamp];
  return a !== undefined && b !== undefined && a !== b ? `it is older (${a})` : 'neither is older, and its name comes first';
}
