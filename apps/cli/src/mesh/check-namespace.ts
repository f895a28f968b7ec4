import { didYouMean } from '@lateen/base';
import { CliError, EXIT } from '../exit';

/** What can be wrong with `-n`: nothing runs in the namespace, so its name is mistyped, most likely. Names the nearest that has something. */
export function noWorkloadIn(namespace: string, namespaces: Iterable<string>): CliError {
  const known = [...new Set(namespaces)].filter((name) => name !== '').sort();
  const guess = didYouMean(namespace, known);
  const hint = guess === undefined ? `there are some in ${known.join(', ') || 'none'}` : `did you mean "${guess}"?`;
  return new CliError(`Cannot show "${namespace}": there is no workload in namespace "${namespace}"; ${hint}`, EXIT.usage);
}
