import {
  checkBoolean,
  checkCidrs,
  checkInterfaces,
  checkNumber,
  checkOneOf,
  checkPorts,
  checkProxyConfig,
  checkQuantity,
} from './annotation-values';

/** What is known about an annotation of Istio's. */
export interface KnownAnnotation {
  /** Kinds it has an effect on; empty for all of them. */
  readonly kinds: readonly string[];
  readonly deprecated?: boolean;
  /** What is wrong with a value; undefined when nothing is. */
  readonly problem?: (value: string) => string | undefined;
}

const on = (
  kinds: readonly string[],
  names: readonly string[],
  extra: Partial<KnownAnnotation> = {},
): readonly (readonly [string, KnownAnnotation])[] => names.map((name) => [name, { kinds, ...extra }]);
const prefixed = (prefix: string, names: string): readonly string[] => names.split(' ').map((name) => `${prefix}/${name}`);

const POD = ['Pod'];
const SIDECAR = 'sidecar.istio.io';
const TRAFFIC = 'traffic.sidecar.istio.io';
const READINESS = 'readiness.status.sidecar.istio.io';

/** Every annotation of Istio's, by name. Spec: Istio's resource annotations. */
export const ANNOTATIONS: ReadonlyMap<string, KnownAnnotation> = new Map([
  ...on([], ['galley.istio.io/analyze-suppress']),
  ...on(['Ingress'], ['kubernetes.io/ingress.class']),
  ...on(['Service'], ['networking.istio.io/exportTo', 'traffic.istio.io/nodeSelector']),
  ...on(['Service'], ['alpha.istio.io/kubernetes-serviceaccounts', 'alpha.istio.io/canonical-serviceaccounts'], { deprecated: true }),
  ...on(['Namespace'], ['topology.istio.io/controlPlaneClusters']),
  ...on(['Namespace', 'Service', 'ServiceEntry'], ['networking.istio.io/traffic-distribution', 'istio.io/use-waypoint-canary-weight']),
  ...on(['ServiceEntry'], ['istio.io/connect-strategy']),
  ...on(['Gateway'], ['gateway.istio.io/service-account', 'gateway.istio.io/name-override', 'networking.istio.io/service-type']),
  ...on(['GatewayClass', 'Gateway'], ['ambient.istio.io/waypoint-inbound-binding']),
  ...on(['AuthorizationPolicy'], ['istio.io/dry-run']),
  ...on(['WorkloadEntry'], prefixed('istio.io', 'autoRegistrationGroup workloadController connectedAt disconnectedAt')),
  ...on(POD, ['inject.istio.io/templates', 'prometheus.istio.io/scrape-targets', 'istio.io/reroute-virtual-interfaces']),
  ...on(POD, prefixed('ambient.istio.io', 'redirection bypass-inbound-capture dns-capture')),
  ...on(
    POD,
    prefixed(
      SIDECAR,
      'proxyImage proxyImageType logLevel componentLogLevel agentLogLevel bootstrapOverride userVolume userVolumeMount nativeSidecar',
    ),
  ),
  ...on(POD, prefixed(SIDECAR, 'statsHistogramBuckets statsHistogramBins statsFlushInterval statsEvictionInterval rewriteAppHTTPProbers')),
  ...on(
    POD,
    prefixed(
      SIDECAR,
      'inject discoveryAddress statsInclusionPrefixes statsInclusionSuffixes statsInclusionRegexps extraStatTags statsCompression',
    ),
    { deprecated: true },
  ),
  ...on(POD, prefixed(SIDECAR, 'proxyCPU proxyCPULimit proxyMemory proxyMemoryLimit'), { problem: checkQuantity }),
  ...on(POD, [`${SIDECAR}/interceptionMode`], { problem: checkOneOf(['REDIRECT', 'TPROXY', 'NONE']) }),
  ...on(POD, ['proxy.istio.io/config'], { problem: checkProxyConfig }),
  ...on(POD, ['proxy.istio.io/overrides']),
  ...on(POD, ['prometheus.istio.io/merge-metrics'], { problem: checkBoolean }),
  ...on(POD, ['status.sidecar.istio.io/port'], { problem: checkNumber(65_535) }),
  ...on(POD, prefixed(READINESS, 'initialDelaySeconds periodSeconds failureThreshold'), { problem: checkNumber(4_294_967_295) }),
  ...on(POD, [`${READINESS}/applicationPorts`]),
  ...on(POD, [`${TRAFFIC}/includeOutboundIPRanges`], { problem: checkCidrs(true) }),
  ...on(POD, [`${TRAFFIC}/excludeOutboundIPRanges`], { problem: checkCidrs(false) }),
  ...on(POD, [`${TRAFFIC}/includeInboundPorts`], { problem: checkPorts(true) }),
  ...on(POD, prefixed(TRAFFIC, 'excludeInboundPorts excludeOutboundPorts'), { problem: checkPorts(false) }),
  ...on(POD, [`${TRAFFIC}/includeOutboundPorts`]),
  ...on(POD, [`${TRAFFIC}/excludeInterfaces`], { problem: checkInterfaces }),
  ...on(POD, [`${TRAFFIC}/kubevirtInterfaces`], { problem: checkInterfaces, deprecated: true }),
]);

/** Written by Istio itself, and allowed wherever it writes them. */
const ALWAYS_IGNORED = new Set([`${SIDECAR}/status`, 'gateway.istio.io/controller-version', 'istio.io/rev']);

/** Whether an annotation claims to be Istio's. */
export function isIstioAnnotation(name: string): boolean {
  if (ALWAYS_IGNORED.has(name)) return false;
  return name === 'kubernetes.io/ingress.class' || (name.includes('/') && (name.split('/', 1)[0] ?? '').endsWith('istio.io'));
}
