import { type Gateway, type Server } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration, fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { matches, selectorText } from '../configuration/workloads';

/** One host of one server, under what makes two of them clash. */
interface Claim {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly index: number;
}

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
    const rivals = new Map<string, { claim: Claim; others: Set<Gateway> }>();
    for (const list of claims.values()) {
      if (list.length < 2) continue;
      for (const claim of list) {
        for (const other of list) {
          if (other.gateway === claim.gateway || !related(claim.gateway, other.gateway, configuration)) continue;
          const key = `${fullName(claim.gateway)}\0${claim.index}`;
          const entry = rivals.get(key) ?? { claim, others: new Set<Gateway>() };
          rivals.set(key, entry);
          entry.others.add(other.gateway);
        }
      }
    }
    for (const { claim, others } of rivals.values()) {
      const { gateway, server, index } = claim;
      report('IST0145', gateway, {
        params: [
          [gateway, ...others].map(fullName).sort().join(','),
          selectorText(gateway.spec.selector ?? {}),
          server.port.number,
          server.hosts.join(','),
        ],
        at: ['spec', 'servers', index, 'hosts'],
        related: [...others]
          .slice(0, 10)
          .map((other) => ({ resource: other, path: ['spec', 'servers'], note: `Gateway ${fullName(other)}` })),
      });
    }
  },
});

/** Whether two Gateways configure a pod together: equal selectors, or one within the other and a pod that has both. */
function related(a: Gateway, b: Gateway, { workloads }: Configuration): boolean {
  const [own, other] = [a.spec.selector ?? {}, b.spec.selector ?? {}];
  if (selectorText(own) === selectorText(other)) return true;
  return (matches(own, other) || matches(other, own)) && workloads.matching({ ...own, ...other }).length > 0;
}
