import { defineAnalyzer } from '../analyzer';
import { asList, asText, dig } from '../configuration/raw';

/**
 * Fields that Istio has replaced.
 * Spec: IST0002: percent of a delay, egressProxy, Lightstep providers, CRDs of old authorization.
 */
export const deprecated = defineAnalyzer({
  name: 'deprecated',
  description: 'Nothing that Istio has replaced is used',
  inputs: ['VirtualService', 'Sidecar', 'Telemetry', 'ConfigMap', 'CustomResourceDefinition'],
  codes: ['IST0002'],
  analyze(configuration, report) {
    for (const vs of configuration.of('VirtualService')) {
      const index = (vs.spec.http ?? []).findIndex(({ fault }) => (fault?.delay?.percent ?? 0) > 0);
      if (index >= 0)
        report('IST0002', vs, {
          params: ['use HTTPRoute.fault.delay.percentage in place of HTTPRoute.fault.delay.percent'],
          at: ['spec', 'http', index, 'fault', 'delay', 'percent'],
        });
    }
    for (const sidecar of configuration.loose('Sidecar')) {
      const at = ['spec', 'outboundTrafficPolicy', 'egressProxy'];
      if (dig(sidecar, ...at) !== undefined)
        report('IST0002', sidecar, { params: ['outboundTrafficPolicy.egressProxy of a Sidecar is ignored'], at });
    }
    const lightstep = new Set(
      asList(dig(configuration.meshConfig, 'extensionProviders'))
        .filter((p) => dig(p, 'lightstep') !== undefined)
        .map((p) => asText(dig(p, 'name'))),
    );
    for (const telemetry of configuration.loose('Telemetry')) {
      asList(telemetry.spec['tracing']).forEach((tracing, i) => {
        asList(dig(tracing, 'providers')).forEach((provider, j) => {
          const name = asText(dig(provider, 'name'));
          if (lightstep.has(name))
            report('IST0002', telemetry, {
              params: [`provider ${name} is of type lightstep, which is gone: use opentelemetry`],
              at: ['spec', 'tracing', i, 'providers', j, 'name'],
            });
        });
      });
    }
    for (const { metadata, spec, origin, kind } of configuration.loose('CustomResourceDefinition')) {
      const type = asText(dig(spec, 'names', 'kind'));
      if (spec['group'] === 'rbac.istio.io' && ['ClusterRbacConfig', 'RbacConfig', 'ServiceRole', 'ServiceRoleBinding'].includes(type)) {
        report(
          'IST0002',
          { metadata, origin, kind },
          { params: [`${type} of group rbac.istio.io is removed from Istio`], at: ['metadata', 'name'] },
        );
      }
    }
  },
});
