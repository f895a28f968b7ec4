import { defineAnalyzer } from '../analyzer';

/** The least bundle version in which each CRD has what Istio reads. */
const LEAST: Readonly<Record<string, string>> = {
  'grpcroutes.gateway.networking.k8s.io': '1.1.0',
  'backendtlspolicies.gateway.networking.k8s.io': '1.4.0',
  'tlsroutes.gateway.networking.k8s.io': '1.5.0',
  'tcproutes.gateway.networking.k8s.io': '1.6.0',
};

/**
 * CRDs of the Gateway API are new enough.
 * Spec: IST0176. A missing or unreadable version is passed over.
 */
export const gatewayApiCrds = defineAnalyzer({
  name: 'gateway-api-crds',
  description: 'CRDs of the Gateway API are new enough',
  inputs: ['CustomResourceDefinition'],
  codes: ['IST0176'],
  analyze(configuration, report) {
    for (const crd of configuration.loose('CustomResourceDefinition')) {
      const least = LEAST[crd.metadata.name];
      const annotation = 'gateway.networking.k8s.io/bundle-version';
      const installed = (crd.metadata.annotations[annotation] ?? '').replace(/^v/, '');
      const version = parse(installed);
      if (least === undefined || version === undefined || !isOlder(version, parse(least) ?? [])) continue;
      report('IST0176', crd, { params: [crd.metadata.name, installed, least], at: ['metadata', 'annotations', annotation] });
    }
  },
});

/** Major, minor and patch; what follows a dash does not count. */
function parse(version: string): readonly number[] | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? undefined : match.slice(1).map(Number);
}

function isOlder(a: readonly number[], b: readonly number[]): boolean {
  const index = a.findIndex((part, i) => part !== b[i]);
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0);
}
