import { didYouMean } from '@lateen/base';
import { describeTarget, type Description } from '@lateen/analysis';
import { CliError, EXIT } from '../exit';
import { noWorkloadIn } from '../mesh/check-namespace';
import { type DescribedWorld, worldOfFiles, worldOfMesh } from '../mesh/described-world';
import { liveFacts } from '../mesh/live-facts';
import { openObservation } from '../mesh/observation-client';
import { drawDescription } from '../output/description-text';

/** Options of `lateen describe`. */
export interface DescribeOptions {
  readonly namespace: string;
  readonly filename: readonly string[];
  readonly output?: 'text' | 'json';
  readonly state?: string;
}

/** Says what applies to a workload or service, how it is, and what is wrong with it; with files, only what these say. */
export async function describe(target: string, options: DescribeOptions): Promise<void> {
  const { namespace, name } = parseTarget(target, options.namespace);
  if (options.filename.length > 0) {
    const world = await worldOfFiles(options.filename);
    const description = found(world, namespace, name);
    process.stdout.write(
      options.output === 'json'
        ? `${JSON.stringify(description, undefined, 2)}\n`
        : `${drawDescription(description, undefined, world.at, Date.now())}\n`,
    );
    return;
  }
  const client = openObservation(options.state);
  const world = await worldOfMesh(client);
  const description = await world.placed(found(world, namespace, name));
  const live = await liveFacts(client, description, world.snapshot.workloads);
  process.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify({ ...description, live: { ...live, traffic: { ...live.traffic, names: undefined } } }, undefined, 2)}\n`
      : `${drawDescription(description, live, world.at, Date.now())}\n`,
  );
}

/** `[NAMESPACE/]NAME`, `service/NAME`, `workload/NAME`, `svc/NAME`. */
function parseTarget(target: string, namespace: string): { readonly namespace: string; readonly name: string } {
  const [first = '', rest] = target.split('/', 2);
  if (rest === undefined) return { namespace, name: first };
  if (first === 'service' || first === 'svc') return { namespace, name: `service/${rest}` };
  if (['workload', 'deployment', 'deploy', 'pod'].includes(first)) return { namespace, name: `workload/${rest}` };
  return { namespace: first, name: rest };
}

function found({ configuration, snapshot }: DescribedWorld, namespace: string, name: string): Description {
  const described = describeTarget({ configuration, snapshot, namespace, name });
  if (described.found) return described.description;
  const plainName = name.slice(name.indexOf('/') + 1);
  if (described.names.length === 0)
    throw noWorkloadIn(
      namespace,
      [...snapshot.workloads, ...snapshot.services.values()].map((each) => each.namespace),
    );
  const guess = didYouMean(plainName, described.names);
  const hint = guess === undefined ? `there are ${described.names.join(', ')}` : `did you mean "${guess}"?`;
  throw new CliError(`Cannot find a workload or service "${plainName}" in namespace "${namespace}": ${hint}`, EXIT.usage);
}
