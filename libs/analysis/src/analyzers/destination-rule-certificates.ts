import { type ClientTLSSettings, type FieldPath } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';

/**
 * TLS towards an upstream says with what the server's certificate is verified.
 * Spec: IST0128 for the destination, IST0129 for a port of it. Subsets are not looked at.
 */
export const destinationRuleCertificates = defineAnalyzer({
  name: 'destination-rule-certificates',
  description: 'TLS origination verifies the server',
  inputs: ['DestinationRule'],
  codes: ['IST0128', 'IST0129'],
  analyze(configuration, report) {
    for (const rule of configuration.of('DestinationRule')) {
      const { host, trafficPolicy, workloadSelector } = rule.spec;
      const params = (tls: ClientTLSSettings | undefined): readonly string[] => [
        fullName(rule),
        rule.metadata.namespace,
        tls?.mode ?? '',
        host,
      ];
      if (verifiesNothing(trafficPolicy?.tls, workloadSelector !== undefined)) {
        const at = ['spec', 'trafficPolicy', 'tls'];
        report('IST0128', rule, { params: params(trafficPolicy?.tls), at: [...at, 'mode'], istioAt: written(trafficPolicy?.tls, at) });
      }
      (trafficPolicy?.portLevelSettings ?? []).forEach(({ tls, port }, i) => {
        if (!verifiesNothing(tls, workloadSelector !== undefined)) return;
        const at = ['spec', 'trafficPolicy', 'portLevelSettings', i, 'tls'];
        report('IST0129', rule, {
          params: [...params(tls), `number:${port?.number ?? 0}`],
          at: [...at, 'mode'],
          istioAt: written(tls, at),
        });
      });
    }
  },
});

function verifiesNothing(tls: ClientTLSSettings | undefined, selective: boolean): boolean {
  if (tls?.mode !== 'SIMPLE' && tls?.mode !== 'MUTUAL') return false;
  return (tls.caCertificates ?? '') === '' && !((tls.credentialName ?? '') !== '' && selective);
}

/** istioctl points at an empty caCertificates, and at the resource when there is none. */
function written(tls: ClientTLSSettings | undefined, at: FieldPath): FieldPath {
  return tls?.caCertificates === undefined ? [] : [...at, 'caCertificates'];
}
