import { defineAnalyzer } from '../analyzer';
import { asLabels, dig } from '../configuration/raw';
import { type Workload } from '../configuration/workloads';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/**
 * Policies for gateways of the Gateway API name them by targetRef, a selector does not reach them.
 * Spec: IST0166. The plural targetRefs is not looked at; an empty selector counts.
 */
export const policySelectors = defineAnalyzer({
  name: 'policy-selectors',
  description: 'Policies reach gateways of the Gateway API by targetRef, not by selector',
  inputs: ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin', 'Pod', 'Deployment'],
  codes: ['IST0166'],
  analyze(configuration, report) {
    // Equal selectors give one and the same list of pods.
    const known = new Map<readonly Workload[], ReadonlyMap<string, Workload>>();
    const gatewaysOf = (pods: readonly Workload[]): ReadonlyMap<string, Workload> => {
      const found =
        known.get(pods) ??
        new Map(pods.flatMap((pod) => (pod.labels[GATEWAY_NAME] === undefined ? [] : [[pod.labels[GATEWAY_NAME], pod] as const])));
      known.set(pods, found);
      return found;
    };
    for (const kind of ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin']) {
      for (const policy of configuration.loose(kind)) {
        if (policy.spec['selector'] === undefined || policy.spec['targetRef'] !== undefined) continue;
        const pods = configuration.workloads.matching(asLabels(dig(policy.spec, 'selector', 'matchLabels')), policy.metadata.namespace);
        for (const [gateway, pod] of gatewaysOf(pods)) {
          report('IST0166', policy, {
            params: [gateway],
            at: ['spec', 'selector'],
            related: [
              {
                resource: pod.resource,
                path: [...pod.at, 'metadata', 'labels'],
                note: `${pod.resource.kind} ${pod.name} is a pod of gateway ${gateway}`,
              },
            ],
          });
        }
      }
    }
  },
});
