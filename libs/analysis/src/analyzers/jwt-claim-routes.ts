import { type Gateway, type HTTPRoute } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { push } from '../configuration/lazy';
import { asLabels, dig } from '../configuration/raw';
import { matches, selectorText, type Workload } from '../configuration/workloads';
import { gatewayName } from './virtual-service-gateways';

/** Spec: Istio JWT claim based routing: `@request.auth.claims.NAME` and `@request.auth.claims[NAME]`. */
const CLAIM = /^@request\.auth\.claims(\..+|\[.+\].*)$/i;

/**
 * Routing by JWT claim needs a RequestAuthentication on the gateway's pods.
 * Spec: IST0149.
 */
export const jwtClaimRoutes = defineAnalyzer({
  name: 'jwt-claim-routes',
  description: 'Gateways that route by JWT claim check tokens',
  inputs: ['VirtualService', 'RequestAuthentication', 'Gateway', 'Pod', 'Deployment'],
  codes: ['IST0149'],
  analyze(configuration, report) {
    const selectors = new Map<string, Readonly<Record<string, string>>[]>();
    for (const { metadata, spec } of configuration.loose('RequestAuthentication'))
      push(selectors, metadata.namespace, asLabels(dig(spec, 'selector', 'matchLabels')));
    const checksTokens = (pod: Workload): boolean =>
      ['istio-system', pod.namespace].some((namespace) => (selectors.get(namespace) ?? []).some((labels) => matches(pod.labels, labels)));
    const unchecked = new Map<string, readonly Workload[]>();
    const uncheckedOf = ({ spec: { selector = {} } }: Gateway): readonly Workload[] => {
      const text = selectorText(selector);
      const found = unchecked.get(text) ?? configuration.workloads.matching(selector).filter((pod) => !checksTokens(pod));
      unchecked.set(text, found);
      return found;
    };
    for (const vs of configuration.of('VirtualService')) {
      const claim = claimOf(vs.spec.http ?? []);
      if (claim === undefined) continue;
      for (const written of vs.spec.gateways ?? []) {
        const name = gatewayName(written, vs.metadata.namespace);
        const gateway = written === 'mesh' ? undefined : configuration.gateways.get(name);
        if (gateway === undefined) continue;
        for (const pod of uncheckedOf(gateway)) {
          report('IST0149', vs, {
            params: [claim.key, name, pod.name],
            at: ['spec', 'http', claim.rule, 'match', claim.match],
            related: [{ resource: gateway, path: ['spec', 'selector'], note: `Gateway ${name}` }],
          });
        }
      }
    }
  },
});

function claimOf(rules: readonly HTTPRoute[]): { readonly key: string; readonly rule: number; readonly match: number } | undefined {
  for (const [rule, { match = [] }] of rules.entries()) {
    for (const [index, { headers = {}, withoutHeaders = {} }] of match.entries()) {
      const key = [...Object.keys(headers), ...Object.keys(withoutHeaders)].find((name) => CLAIM.test(name));
      if (key !== undefined) return { key, rule, match: index };
    }
  }
  return undefined;
}
