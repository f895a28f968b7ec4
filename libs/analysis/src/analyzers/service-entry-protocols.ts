import { type ServiceEntry } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { scopesOf } from '../configuration/hosts';
import { push } from '../configuration/lazy';
import { firstOthers, listNames } from '../messages/list-names';

/** ServiceEntries for everyone that those for one namespace are compared with. */
const MOST_OPEN = 100;

interface Use {
  readonly entry: ServiceEntry;
  readonly index: number;
  readonly protocol: string;
}

/**
 * ServiceEntries agree about the protocol of a host's port.
 * Spec: IST0177. Of several conflicts of one ServiceEntry the first is shown.
 */
export const serviceEntryProtocols = defineAnalyzer({
  name: 'service-entry-protocols',
  description: 'ServiceEntries agree about the protocol of a host and port',
  inputs: ['ServiceEntry'],
  codes: ['IST0177'],
  analyze(configuration, report) {
    const uses = new Map<string, Map<string, Use[]>>();
    for (const entry of configuration.of('ServiceEntry')) {
      for (const host of new Set(entry.spec.hosts)) {
        (entry.spec.ports ?? []).forEach(({ number, protocol = '' }, index) => {
          const key = `${host}\0${number}`;
          const scopes = uses.get(key) ?? new Map<string, Use[]>();
          uses.set(key, scopes);
          for (const scope of scopesOf(entry.spec.exportTo, entry.metadata.namespace))
            push(scopes, scope, { entry, index, protocol: protocol.toUpperCase() });
        });
      }
    }
    const reported = new Set<ServiceEntry>();
    for (const [key, scopes] of uses) {
      const [host = '', port = ''] = key.split('\0');
      for (const [scope, own] of scopes) {
        const open = scope === '*' ? [] : (scopes.get('*') ?? []).slice(0, MOST_OPEN);
        const list = [...own, ...open];
        const protocols = [...new Set(list.map(({ protocol }) => protocol))].sort();
        if (protocols.length < 2) continue;
        const names = listNames([...new Set(list.map(({ entry }) => fullName(entry)))].sort(), ', ');
        for (const use of list) {
          const { entry, index } = use;
          if (reported.has(entry)) continue;
          reported.add(entry);
          report('IST0177', entry, {
            params: [names, host, port, protocols.join(', ')],
            at: ['spec', 'ports', index, 'protocol'],
            istioAt: ['metadata', 'name'],
            related: firstOthers(list, use).map((other) => ({
              resource: other.entry,
              path: ['spec', 'ports', other.index, 'protocol'],
              note: `ServiceEntry ${fullName(other.entry)} says ${other.protocol || 'nothing'}`,
            })),
          });
        }
      }
    }
  },
});
