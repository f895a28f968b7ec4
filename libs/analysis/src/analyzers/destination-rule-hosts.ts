import { type Service, type ServiceEntry } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration } from '../configuration/configuration';
import { asLabels } from '../configuration/raw';
import { matches, selectorText } from '../configuration/workloads';
import { push } from '../configuration/lazy';
import { suggest } from '../suggest';

/**
 * Hosts of DestinationRules exist, and their subsets select pods.
 * Spec: IST0173, IST0174; a wildcard is known when it covers a host, for istioctl only when a ServiceEntry's covers it. Nodes are not in files: a subset by topology labels is taken to select.
 */
export const destinationRuleHosts = defineAnalyzer({
  name: 'destination-rule-hosts',
  description: 'Hosts of DestinationRules exist and their subsets select pods',
  inputs: ['DestinationRule', 'Service', 'ServiceEntry', 'WorkloadEntry', 'Pod', 'Deployment'],
  codes: ['IST0173', 'IST0174'],
  analyze(configuration, report) {
    const { hosts, workloads } = configuration;
    const entries = workloadEntries(configuration);
    for (const rule of configuration.of('DestinationRule')) {
      const { host, exportTo, subsets = [] } = rule.spec;
      const at = ['spec', 'host'];
      const entry = hosts.described ? hosts.find(host, rule, exportTo) : undefined;
      if (entry === undefined) {
        const near = host.includes('.') ? undefined : suggest(host, hosts.servicesIn(rule.metadata.namespace));
        if (host.startsWith('*') ? hosts.described && !hosts.covers(host) : hosts.speaksOf(host, rule))
          report('IST0174', rule, {
            params: [host],
            at,
            ...(near === undefined ? {} : { fix: { title: `Use host "${near}"`, path: at, from: host, to: near } }),
          });
        continue;
      }
      if (!workloads.described) continue;
      const base = entry.resource.kind === 'ServiceEntry' ? (entry.resource.spec.workloadSelector?.labels ?? {}) : {};
      subsets.forEach(({ name, labels = {} }, i) => {
        const wanted = { ...base, ...labels };
        if (
          Object.keys(wanted).some(isNodeLabel) ||
          workloads.matching(wanted).length > 0 ||
          selectsEndpoints(entry.resource, wanted, entries)
        )
          return;
        const at = ['spec', 'subsets', i];
        const pairs = Object.entries(labels);
        const alone =
          pairs.length === 1 && pairs[0] !== undefined ? suggest(pairs[0][1], valuesOf(pairs[0][0], entry, configuration)) : undefined;
        report('IST0173', rule, {
          params: [name],
          at: [...at, 'labels'],
          related: [{ resource: entry.resource, path: ['metadata', 'name'], note: `${entry.resource.kind} ${entry.host}, the host` }],
          ...(alone === undefined || pairs[0] === undefined
            ? {}
            : { fix: { title: `Use label ${pairs[0][0]}: ${alone}`, path: [...at, 'labels', pairs[0][0]], from: pairs[0][1], to: alone } }),
        });
      });
    }
  },
});

/** Whether a WorkloadEntry of `namespace` has all of `labels`. */
type WorkloadEntryTest = (namespace: string, labels: Readonly<Record<string, string>>) => boolean;

function workloadEntries(configuration: Configuration): WorkloadEntryTest {
  const byPair = new Map<string, Readonly<Record<string, string>>[]>();
  for (const { metadata, spec } of configuration.loose('WorkloadEntry')) {
    const labels = asLabels(spec['labels']);
    for (const [label, value] of Object.entries(labels)) push(byPair, `${metadata.namespace}\0${label}\0${value}`, labels);
  }
  const answers = new Map<string, boolean>();
  return (namespace, labels) => {
    const key = `${namespace}\0${selectorText(labels)}`;
    const lists = Object.entries(labels).map(([label, value]) => byPair.get(`${namespace}\0${label}\0${value}`) ?? []);
    const [rarest = []] = lists.sort((a, b) => a.length - b.length);
    const answer = answers.get(key) ?? rarest.some((own) => matches(own, labels));
    answers.set(key, answer);
    return answer;
  };
}

/** Endpoints that are no pods: those that a ServiceEntry lists, and WorkloadEntries it selects. */
function selectsEndpoints(
  resource: Service | ServiceEntry,
  labels: Readonly<Record<string, string>>,
  hasEntry: WorkloadEntryTest,
): boolean {
  if (resource.kind === 'Service') return false;
  return (
    (resource.spec.endpoints ?? []).some((endpoint) => matches(endpoint.labels ?? {}, labels)) ||
    hasEntry(resource.metadata.namespace, labels)
  );
}

/** Labels that pods take from their node. */
function isNodeLabel(label: string): boolean {
  return label.startsWith('topology.') || label === 'kubernetes.io/hostname';
}

/** Values of a label on the pods that a host stands for. */
function valuesOf(
  label: string,
  { resource }: NonNullable<ReturnType<Configuration['hosts']['find']>>,
  { workloads }: Configuration,
): readonly string[] {
  if (resource.kind !== 'Service') return [];
  const pods = workloads.matching(resource.spec.selector ?? {}, resource.metadata.namespace);
  return [...new Set(pods.flatMap(({ labels }) => labels[label] ?? []))];
}
