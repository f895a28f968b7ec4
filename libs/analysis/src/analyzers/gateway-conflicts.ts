import { type Gateway, type Server } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration, fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { groupBySelector, type SelectorGroup, widerGroups } from '../configuration/selector-groups';
import { selectorText } from '../configuration/workloads';
import { firstOthers, listNames } from '../messages/list-names';

/** One host of one server, under what makes two of them clash. */
interface Claim {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly index: number;
}

/** Gateways beyond which those that clash over different hosts of one server are not gathered any more. */
const MOST_RIVALS = 1000;

/**
 * Gateways of the same pods must not claim the same host on the same port.
 * Spec: IST0145. All servers of a Gateway count, not only the last one of a port as in istioctl.
 */
export const gatewayConflicts = defineAnalyzer({
  name: 'gateway-conflicts',
  description: 'No two Gateways of the same pods claim the same host and port',
  inputs: ['Gateway', 'Pod', 'Deployment'],
  codes: ['IST0145'],
  analyze(configuration, report) {
    const claims = new Map<string, Claim[]>();
    for (const gateway of configuration.of('Gateway')) {
      (gateway.spec.servers ?? []).forEach((server, index) => {
        for (const host of new Set(server.hosts))
          push(claims, `${server.port.number}\0${server.bind ?? ''}\0${host}`, { gateway, server, index });
      });
    }
    const clashes = new Map<string, { readonly claim: Claim; readonly lists: Set<readonly Gateway[]> }>();
    for (const list of claims.values()) {
      if (list.length < 2) continue;
      for (const { claim, rivals } of clashesOf(list, configuration)) {
        const key = `${fullName(claim.gateway)}\0${claim.index}`;
        const entry = clashes.get(key) ?? { claim, lists: new Set<readonly Gateway[]>() };
        clashes.set(key, entry);
        entry.lists.add(rivals);
      }
    }
    const names = new Map<readonly Gateway[], string>();
    const namesOf = (rivals: readonly Gateway[]): string => {
      const known = names.get(rivals) ?? listNames(rivals.map(fullName).sort(), ',');
      names.set(rivals, known);
      return known;
    };
    for (const { claim, lists } of clashes.values()) {
      const { gateway, server, index } = claim;
      const [only = []] = lists;
      const rivals = lists.size === 1 ? only : [...new Set([...lists].flat().slice(0, MOST_RIVALS))];
      report('IST0145', gateway, {
        params: [namesOf(rivals), selectorText(gateway.spec.selector ?? {}), server.port.number, server.hosts.join(',')],
        at: ['spec', 'servers', index, 'hosts'],
        related: firstOthers(rivals, gateway).map((other) => ({
          resource: other,
          path: ['spec', 'servers'],
          note: `Gateway ${fullName(other)}`,
        })),
      });
    }
  },
});

/**
 * Claims of one host that share pods: equal selectors, or one within the other and a pod that has both.
 * `rivals` is one list for all claims of a selector, the claim's own Gateway in it.
 */
function clashesOf(
  list: readonly Claim[],
  { workloads }: Configuration,
): readonly { readonly claim: Claim; readonly rivals: readonly Gateway[] }[] {
  const groups = groupBySelector(list, ({ gateway }) => gateway.spec.selector ?? {});
  const sharing = new Map<SelectorGroup<Claim>, SelectorGroup<Claim>[]>(groups.map((group) => [group, [group]]));
  for (const [group, wider] of widerGroups(groups)) {
    // Pods that have both are those of the narrower one.
    if (wider.length === 0 || workloads.matching(group.selector).length === 0) continue;
    for (const other of wider) {
      push(sharing, group, other);
      push(sharing, other, group);
    }
  }
  return groups.flatMap((group) => {
    const rivals = [...new Set((sharing.get(group) ?? []).flatMap(({ members }) => members.map(({ gateway }) => gateway)))];
    return rivals.length < 2 ? [] : group.members.map((claim) => ({ claim, rivals }));
  });
}
