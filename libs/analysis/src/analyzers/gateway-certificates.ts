import { type Gateway } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { groupBySelector, type SelectorGroup, widerGroups } from '../configuration/selector-groups';
import { push } from '../configuration/lazy';
import { firstOthers } from '../messages/list-names';

/** A Gateway and its first server with a certificate. */
interface User {
  readonly gateway: Gateway;
  readonly index: number;
}

/**
 * Gateways of the same pods do not share a certificate: browsers reuse a connection for all of its names.
 * Spec: IST0138. Of the Gateways that share one with a Gateway the first ten are named.
 */
export const gatewayCertificates = defineAnalyzer({
  name: 'gateway-certificates',
  description: 'Gateways of the same pods have certificates of their own',
  inputs: ['Gateway'],
  codes: ['IST0138'],
  analyze(configuration, report) {
    const users = new Map<string, Map<Gateway, User>>();
    for (const gateway of configuration.of('Gateway')) {
      (gateway.spec.servers ?? []).forEach((server, index) => {
        const key = certificateOf(server);
        if (key === undefined) return;
        const list = users.get(key) ?? new Map<Gateway, User>();
        users.set(key, list);
        if (!list.has(gateway)) list.set(gateway, { gateway, index });
      });
    }
    for (const list of users.values()) {
      if (list.size < 2) continue;
      const groups = groupBySelector(list.values(), ({ gateway }) => gateway.spec.selector ?? {});
      const within = new Map<SelectorGroup<User>, SelectorGroup<User>[]>(groups.map((group) => [group, [group]]));
      for (const [group, wider] of widerGroups(groups)) for (const other of wider) push(within, other, group);
      for (const group of groups) {
        for (const user of group.members) {
          for (const other of firstOthers(everyMember(within.get(group) ?? []), user)) {
            report('IST0138', user.gateway, {
              params: [`${fullName(user.gateway)}, ${fullName(other.gateway)}`],
              at: ['spec', 'servers', user.index, 'tls'],
              istioAt: ['metadata', 'name'],
              related: [
                {
                  resource: other.gateway,
                  path: ['spec', 'servers', other.index, 'tls'],
                  note: `Gateway ${fullName(other.gateway)} uses it as well`,
                },
              ],
            });
          }
        }
      }
    }
  },
});

function* everyMember(groups: readonly SelectorGroup<User>[]): Generator<User> {
  for (const { members } of groups) yield* members;
}

/** What makes two certificates the same; undefined where there is none. */
function certificateOf({ tls }: NonNullable<Gateway['spec']['servers']>[number]): string | undefined {
  if (tls === undefined) return undefined;
  if ((tls.credentialName ?? '') !== '') return `credential\0${tls.credentialName}`;
  if ((tls.serverCertificate ?? '') === '' || (tls.privateKey ?? '') === '') return undefined;
  return `files\0${tls.serverCertificate}\0${tls.privateKey}`;
}
