import { type Gateway } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { matches } from '../configuration/workloads';

/**
 * Gateways of the same pods do not share a certificate: browsers reuse a connection for all of its names.
 * Spec: IST0138.
 */
export const gatewayCertificates = defineAnalyzer({
  name: 'gateway-certificates',
  description: 'Gateways of the same pods have certificates of their own',
  inputs: ['Gateway'],
  codes: ['IST0138'],
  analyze(configuration, report) {
    const users = new Map<string, { gateway: Gateway; index: number }[]>();
    for (const gateway of configuration.of('Gateway')) {
      (gateway.spec.servers ?? []).forEach((server, index) => {
        const key = certificateOf(server);
        if (key !== undefined) push(users, key, { gateway, index });
      });
    }
    for (const list of users.values()) {
      for (const { gateway, index } of list) {
        for (const { gateway: other, index: otherIndex } of list) {
          if (other === gateway || !matches(other.spec.selector ?? {}, gateway.spec.selector ?? {})) continue;
          report('IST0138', gateway, {
            params: [`${fullName(gateway)}, ${fullName(other)}`],
            at: ['spec', 'servers', index, 'tls'],
            istioAt: ['metadata', 'name'],
            related: [
              { resource: other, path: ['spec', 'servers', otherIndex, 'tls'], note: `Gateway ${fullName(other)} uses it as well` },
            ],
          });
        }
      }
    }
  },
});

/** What makes two certificates the same; undefined where there is none. */
function certificateOf({ tls }: NonNullable<Gateway['spec']['servers']>[number]): string | undefined {
  if (tls === undefined) return undefined;
  if ((tls.credentialName ?? '') !== '') return `credential\0${tls.credentialName}`;
  if ((tls.serverCertificate ?? '') === '' || (tls.privateKey ?? '') === '') return undefined;
  return `files\0${tls.serverCertificate}\0${tls.privateKey}`;
}
