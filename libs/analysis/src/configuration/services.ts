import { type Service } from '@lateen/config';
import { lazy, push } from './lazy';
import { matches } from './workloads';

type Labels = Readonly<Record<string, string>>;

/** Services by what they select. */
export interface ServiceTable {
  /** Services of `namespace` with a selector that takes pods with `labels`. */
  selecting(labels: Labels, namespace: string): readonly Service[];
  /** Services of a namespace without a selector. */
  unselective(namespace: string): readonly Service[];
}

/** Indexes Services by the rarest pair of each selector: those that share `env: prod` are told apart by the other pairs. */
export function serviceTable(services: readonly Service[]): ServiceTable {
  const index = lazy(() => {
    const counts = new Map<string, number>();
    const keysOf = ({ metadata, spec }: Service): readonly string[] =>
      Object.entries(spec.selector ?? {}).map(([label, value]) => `${metadata.namespace}\0${label}\0${value}`);
    for (const service of services) for (const key of keysOf(service)) counts.set(key, (counts.get(key) ?? 0) + 1);
    const byPair = new Map<string, Service[]>();
    const unselective = new Map<string, Service[]>();
    for (const service of services) {
      const [rarest] = [...keysOf(service)].sort((a, b) => (counts.get(a) ?? 0) - (counts.get(b) ?? 0));
      if (rarest === undefined) push(unselective, service.metadata.namespace, service);
      else push(byPair, rarest, service);
    }
    return { byPair, unselective };
  });
  return {
    selecting: (labels, namespace) =>
      Object.entries(labels).flatMap(([label, value]) =>
        (index().byPair.get(`${namespace}\0${label}\0${value}`) ?? []).filter(({ spec }) => matches(labels, spec.selector ?? {})),
      ),
    unselective: (namespace) => index().unselective.get(namespace) ?? [],
  };
}
