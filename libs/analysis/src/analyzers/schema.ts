import { type AnyResource, formatPath, GATEWAY_API_KINDS, ISTIO_GROUPS, KINDS } from '@lateen/config';
import { type Blamed, defineAnalyzer } from '../analyzer';
import { type Code } from '../messages/messages';
import { ruleFindings } from '../rule-findings';

/** Rules of VirtualServices that have codes of their own. */
const OWN_CODES: Readonly<Record<string, 'IST0130' | 'IST0131'>> = { unreachable_rule: 'IST0130', ineffective_match: 'IST0131' };

const GROUPS = [...ISTIO_GROUPS, 'gateway.networking.k8s.io'];

/**
 * What Istio's webhook would say of each resource. What is wrong with shapes is found when files are read, and goes
 * under this analyzer's name too. Spec: IST0106, IST0133, IST0130, IST0131; LAT0008 for what is written twice.
 */
export const schema = defineAnalyzer({
  name: 'schema',
  description: 'Every resource is what the rules of its kind demand',
  inputs: [...[...KINDS, ...GATEWAY_API_KINDS].filter(({ group }) => GROUPS.includes(group)).map(({ kind }) => kind), 'ConfigMap'],
  codes: ['IST0106', 'IST0130', 'IST0131', 'IST0133', 'LAT0008'],
  analyze(configuration, report) {
    for (const resource of configuration.resources) {
      const blamed = judged(resource, configuration.rootNamespace);
      if (blamed === undefined) continue;
      for (const finding of ruleFindings(resource)) {
        const own = OWN_CODES[finding.code];
        const code: Extract<Code, 'IST0106' | 'IST0130' | 'IST0131' | 'IST0133'> =
          own ?? (finding.severity === 'error' ? 'IST0106' : 'IST0133');
        const path = formatPath(finding.path);
        const text = path === '' ? finding.message : `${path}: ${finding.message}`;
        report(code, blamed, {
          params: [text],
          at: finding.path,
          place: finding.place,
          rule: finding.code,
          ...(own === undefined ? {} : { message: finding.message }),
        });
      }
    }
  },
});

/** What findings about a resource are about: itself, or the mesh configuration that it holds; undefined for what is not judged. */
function judged(resource: AnyResource, rootNamespace: string): Blamed | undefined {
  if (GROUPS.some((group) => resource.apiVersion.startsWith(`${group}/`))) return resource;
  const { kind, metadata, origin } = resource;
  return kind === 'ConfigMap' && metadata.name === 'istio' && metadata.namespace === rootNamespace
    ? { kind: 'MeshConfig', metadata: { ...metadata, name: 'meshconfig' }, origin }
    : undefined;
}
