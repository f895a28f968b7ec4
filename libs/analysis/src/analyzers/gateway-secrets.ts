import { type Secret } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';

/** Keys that a certificate and its key stand under, in order of preference. */
const KEY_PAIRS = [
  ['cert', 'key'],
  ['tls.crt', 'tls.key'],
] as const;

/**
 * Secrets that Gateways name exist beside the gateway's pods and hold a certificate and a key.
 * Spec: IST0101 credentialName, IST0161. Judged only where the files hold Secrets of that namespace, and dates are not:
 * there is no clock here.
 */
export const gatewaySecrets = defineAnalyzer({
  name: 'gateway-secrets',
  description: 'Credentials of Gateways exist and hold a certificate and a key',
  inputs: ['Gateway', 'Pod', 'Deployment', 'Secret'],
  codes: ['IST0101', 'IST0161'],
  analyze(configuration, report) {
    const secrets = new Map(configuration.of('Secret').map((secret) => [fullName(secret), secret]));
    if (secrets.size === 0) return;
    const described = new Set([...secrets.values()].map(({ metadata }) => metadata.namespace));
    for (const gateway of configuration.of('Gateway')) {
      (gateway.spec.servers ?? []).forEach(({ tls }, i) => {
        const name = tls?.credentialName ?? '';
        if (name === '') return;
        const namespaces = name.includes('/')
          ? ['']
          : [...new Set(configuration.workloads.matching(gateway.spec.selector ?? {}).map((pod) => pod.namespace))];
        if (namespaces.length === 0) return;
        const at = ['spec', 'servers', i, 'tls', 'credentialName'];
        const candidates = namespaces.map((namespace) => ({
          namespace,
          secret: secrets.get(namespace === '' ? name : `${namespace}/${name}`),
        }));
        const found = candidates.find(({ secret }) => secret !== undefined);
        if (found?.secret === undefined) {
          const [first] = namespaces;
          const where = first === '' ? (name.split('/')[0] ?? '') : first;
          if (where !== undefined && described.has(where)) report('IST0101', gateway, { params: ['credentialName', name], at });
        } else if (!holdsCertificate(found.secret)) {
          report('IST0161', gateway, {
            params: [gateway.metadata.name, found.namespace === '' ? found.secret.metadata.namespace : found.namespace],
            at,
            related: [{ resource: found.secret, path: ['data'], note: `Secret ${fullName(found.secret)}` }],
          });
        }
      });
    }
  },
});

/** Whether a pair of keys is there whose first is a PEM certificate. */
function holdsCertificate({ spec }: Secret): boolean {
  const { data = {}, stringData = {} } = spec as {
    readonly data?: Readonly<Record<string, string>>;
    readonly stringData?: Readonly<Record<string, string>>;
  };
  return KEY_PAIRS.some(([cert, key]) => {
    const pem = stringData[cert] ?? decode(data[cert] ?? '');
    return (stringData[key] ?? data[key] ?? '') !== '' && /-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----/.test(pem);
  });
}

function decode(base64: string): string {
  try {
    return atob(base64.replace(/\s/g, ''));
  } catch {
    // Not base64: then there is no certificate in it either.
    return '';
  }
}
