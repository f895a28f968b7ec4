import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';

/** Names that a message lists before it counts the rest. */
const SHOWN = 5;

/**
 * istiod fetches jwksUri for users: it should not reach addresses that only it can.
 * Spec: IST0175.
 */
export const jwksUri = defineAnalyzer({
  name: 'jwks-uri',
  description: 'istiod is kept from fetching keys from internal addresses',
  inputs: ['RequestAuthentication', 'Deployment'],
  codes: ['IST0175'],
  analyze(configuration, report) {
    const policies = configuration.loose('RequestAuthentication');
    if (policies.length === 0) return;
    const names = policies.map(fullName);
    const shown = names.length > SHOWN ? `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more` : names.join(', ');
    for (const deployment of configuration.of('Deployment')) {
      if (deployment.metadata.labels['app'] !== 'istiod') continue;
      const containers = deployment.spec.template.spec?.containers ?? [];
      if (containers.some(({ env = [] }) => env.some(({ name, value }) => name === 'BLOCKED_CIDRS_IN_JWKS_URIS' && (value ?? '') !== '')))
        continue;
      report('IST0175', deployment, {
        params: [names.length, shown],
        at: ['spec', 'template', 'spec', 'containers'],
        related: policies
          .slice(0, SHOWN)
          .map((policy) => ({ resource: policy, path: ['spec'], note: `RequestAuthentication ${fullName(policy)}` })),
      });
    }
  },
});
