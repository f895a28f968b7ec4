import { type FieldPath } from '@lateen/config';
import { type Report } from '../analyzer';
import { type Configuration, type LooseResource } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { selectorText, type Workload } from '../configuration/workloads';
import { firstOthers, goList } from '../messages/list-names';
import { type Code } from '../messages/messages';

/** A resource with the labels of its selector. */
export interface Selecting {
  readonly resource: LooseResource;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the labels stand. */
  readonly at: FieldPath;
}

/** What to report when selectors meet. */
export interface SelectorRules<C extends Code> {
  readonly conflict: C;
  /** Pods of which nothing is said. */
  readonly exempt?: (workload: Workload) => boolean;
}

/** Pods that one resource is reported for: where it clashes over all pods of an environment, a few say it. */
const MOST_PODS = 20;

/**
 * Resources of one kind that select pods of their own namespace: each selects some, and no two the same.
 * Spec: IST0101 selector; IST0110, IST0159.
 */
export function checkSelectors<C extends Code>(
  configuration: Configuration,
  report: Report<C | 'IST0101'>,
  selecting: readonly Selecting[],
  { conflict, exempt }: SelectorRules<C>,
): void {
  const { workloads } = configuration;
  if (!workloads.described) return;
  const byPod = new Map<Workload, Selecting[]>();
  for (const one of selecting) {
    if (Object.keys(one.labels).length === 0) continue;
    const pods = workloads.matching(one.labels, one.resource.metadata.namespace);
    const [key] = Object.keys(one.labels);
    if (pods.length === 0)
      report('IST0101', one.resource, {
        params: ['selector', selectorText(one.labels)],
        at: key === undefined ? one.at : [...one.at, key],
      });
    for (const pod of pods) push(byPod, pod, one);
  }
  const said = new Map<Selecting, number>();
  for (const [pod, list] of byPod) {
    if (list.length < 2 || exempt?.(pod) === true || list.every((one) => (said.get(one) ?? 0) >= MOST_PODS)) continue;
    const names = goList(list.map(({ resource }) => resource.metadata.name).sort());
    for (const one of list) {
      const times = said.get(one) ?? 0;
      if (times >= MOST_PODS) continue;
      said.set(one, times + 1);
      const { resource, at } = one;
      report(conflict, resource, {
        params: [names, pod.namespace, pod.name],
        at,
        istioAt: ['metadata', 'name'],
        related: [
          ...firstOthers(list, one).map((other) => ({
            resource: other.resource,
            path: other.at,
            note: `${other.resource.kind} ${other.resource.metadata.name} selects it as well`,
          })),
          { resource: pod.resource, path: [...pod.at, 'metadata', 'labels'], note: `the labels of ${pod.resource.kind} ${pod.name}` },
        ],
      });
    }
  }
}

/** Two or more resources of a namespace that select nothing in particular. Spec: IST0111, IST0160. */
export function checkUnselective<C extends Code>(report: Report<C>, code: C, resources: readonly LooseResource[]): void {
  const byNamespace = new Map<string, LooseResource[]>();
  for (const resource of resources) push(byNamespace, resource.metadata.namespace, resource);
  for (const [namespace, list] of byNamespace) {
    if (list.length < 2) continue;
    const names = goList(list.map(({ metadata }) => metadata.name).sort());
    for (const resource of list) {
      report(code, resource, {
        params: [names, namespace],
        at: ['metadata', 'name'],
        related: firstOthers(list, resource).map((other) => ({
          resource: other,
          path: ['metadata', 'name'],
          note: `${other.kind} ${other.metadata.name}`,
        })),
      });
    }
  }
}
