import { defineAnalyzer } from '../analyzer';
import { type Configuration } from '../configuration/configuration';
import { asLabels, asList, asTexts, dig } from '../configuration/raw';
import { lazy } from '../configuration/lazy';
import { selectorText, type Workload } from '../configuration/workloads';

/**
 * AuthorizationPolicies apply to workloads of the mesh, and the namespaces they name exist.
 * Spec: IST0127, IST0101 namespace. Namespaces are judged only where the files hold Namespaces.
 */
export const authorizationPolicies = defineAnalyzer({
  name: 'authorization-policies',
  description: 'AuthorizationPolicies apply to workloads and name existing namespaces',
  inputs: ['AuthorizationPolicy', 'Namespace', 'Pod', 'Deployment', 'ConfigMap'],
  codes: ['IST0101', 'IST0127'],
  analyze(configuration, report) {
    const exists = lazy(() => namespaceTest(knownNamespaces(configuration)));
    const inMesh = new Map<readonly Workload[], boolean>();
    const hasSidecars = (pods: readonly Workload[]): boolean => {
      const found = inMesh.get(pods) ?? pods.some((pod) => pod.inMesh || pod.ambient);
      inMesh.set(pods, found);
      return found;
    };
    for (const policy of configuration.loose('AuthorizationPolicy')) {
      const { namespace } = policy.metadata;
      const labels = asLabels(dig(policy.spec, 'selector', 'matchLabels'));
      const selective = Object.keys(labels).length > 0;
      const everywhere = namespace === configuration.rootNamespace;
      // What a target names gets its pods from Istio: no file holds them.
      const targeted = policy.spec['targetRef'] !== undefined || asList(policy.spec['targetRefs']).length > 0;
      if (configuration.workloads.described && !targeted && (selective || !everywhere)) {
        const pods = configuration.workloads.matching(labels, everywhere ? undefined : namespace);
        if (!hasSidecars(pods))
          report('IST0127', policy, {
            params: [selectorText(labels)],
            at: selective ? ['spec', 'selector', 'matchLabels'] : ['metadata', 'namespace'],
          });
      }
      if (configuration.of('Namespace').length === 0) continue;
      asList(policy.spec['rules']).forEach((rule, i) => {
        asList(dig(rule, 'from')).forEach((from, j) => {
          for (const field of ['namespaces', 'notNamespaces']) {
            asTexts(dig(from, 'source', field)).forEach((pattern, k) => {
              if (exists()(pattern)) return;
              const at = ['spec', 'rules', i, 'from', j, 'source'];
              report('IST0101', policy, { params: ['namespace', pattern], at: [...at, field, k], istioAt: [...at, 'namespaces', k] });
            });
          }
        });
      });
    }
  },
});

/** Namespaces that are written, that resources are in, and that every cluster has. */
function knownNamespaces(configuration: Configuration): readonly string[] {
  const names = new Set(['default', 'kube-system', 'kube-public', configuration.rootNamespace, ...configuration.namespaces.keys()]);
  for (const { kind, metadata } of configuration.resources)
    if (kind === 'Deployment' || kind === 'Pod' || kind === 'Service') names.add(metadata.namespace);
  return [...names];
}

/** Whether a pattern fits one of the names: `*`, `*suffix`, `prefix*`, or a name in any case. */
function namespaceTest(names: readonly string[]): (pattern: string) => boolean {
  const exact = new Set(names.map((name) => name.toLowerCase()));
  const answers = new Map<string, boolean>();
  const search = (pattern: string): boolean => {
    if (pattern.startsWith('*')) return names.some((name) => name.endsWith(pattern.slice(1)));
    if (pattern.endsWith('*')) return names.some((name) => name.startsWith(pattern.slice(0, -1)));
    return exact.has(pattern.toLowerCase());
  };
  return (pattern) => {
    const answer = answers.get(pattern) ?? search(pattern);
    answers.set(pattern, answer);
    return answer;
  };
}
