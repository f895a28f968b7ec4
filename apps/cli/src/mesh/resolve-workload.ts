import { didYouMean } from '@lateen/base';
import { type WorkloadView } from '@lateen/observation';
import { CliError, EXIT } from '../exit';
import { noWorkloadIn } from './check-namespace';

/** A workload by what a user calls it. */
export interface WorkloadName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The workloads that `[NAMESPACE/]NAME` means: the workload of that name, else those of that app or pod.
 * Throws a `CliError` with the nearest name for one that there is none of.
 */
export function resolveWorkloads(text: string, namespace: string | undefined, workloads: readonly WorkloadView[]): readonly WorkloadName[] {
  const slash = text.indexOf('/');
  const wanted = slash === -1 ? namespace : text.slice(0, slash);
  const name = text.slice(slash + 1);
  const near = workloads.filter((workload) => wanted === undefined || workload.namespace === wanted);
  const exact = near.filter((workload) => workload.name === name);
  const found = exact.length > 0 ? exact : near.filter(({ app, pod }) => app === name || pod === name);
  if (found.length === 0) throw unknown(text, wanted, name, near, workloads);
  const byKey = new Map(
    found.map((workload) => [`${workload.namespace}/${workload.name}`, { namespace: workload.namespace, name: workload.name }]),
  );
  return [...byKey.values()];
}

function unknown(
  text: string,
  namespace: string | undefined,
  name: string,
  near: readonly WorkloadView[],
  all: readonly WorkloadView[],
): CliError {
  const guess = didYouMean(name, new Set(near.flatMap((workload) => [workload.name, workload.app]).filter((word) => word !== '')));
  const elsewhere = all.find((workload) => workload.name === name || workload.app === name);
  if (namespace !== undefined && near.length === 0 && elsewhere === undefined)
    return noWorkloadIn(
      namespace,
      all.map((workload) => workload.namespace),
    );
  const hint =
    guess !== undefined
      ? `did you mean "${guess}"?`
      : elsewhere !== undefined
        ? `there is one in namespace "${elsewhere.namespace}"`
        : `there are ${[...new Set(near.map((workload) => workload.name))].sort().join(', ') || 'none'}`;
  return new CliError(
    `Cannot find workload "${text}"${namespace === undefined ? '' : ` in namespace "${namespace}"`}: ${hint}`,
    EXIT.usage,
  );
}
