import { CliError, EXIT } from '../exit';
import { openMesh } from '../mesh/open';
import { withProgress } from '../output/progress';
import { type ChangeAnswer, followWorkloads, printChange } from './apply';
import { parseKinds } from './kinds';
import { readConfiguration, refusalError } from './up';

/** Options of `lateen delete`. */
export interface DeleteOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly wait?: boolean;
  readonly state?: string;
}

/** Deletes what files name, or resources by kind and name. */
export async function remove(kind: string | undefined, names: readonly string[], options: DeleteOptions): Promise<void> {
  const request = await requestOf(kind, names, options);
  const mesh = await openMesh(options.state);
  const { status, body } = await withProgress('deleting', () => mesh.admin('POST', '/api/v1/delete', { ...request, wait: options.wait }));
  if (status !== 200) {
    mesh.client.close();
    throw refusalError({ status, body });
  }
  const answer = body as ChangeAnswer;
  printChange(answer);
  await followWorkloads(mesh, answer);
  mesh.client.close();
  if (answer.results.length > 0 && answer.results.every((r) => r.action === 'absent')) throw new CliError('nothing of this was there');
}

async function requestOf(kind: string | undefined, names: readonly string[], options: DeleteOptions): Promise<object> {
  if (options.filename.length > 0) return { files: await readConfiguration(options.filename), namespace: options.namespace };
  const slash = kind?.indexOf('/') ?? -1;
  const all = kind !== undefined && slash !== -1 ? [kind.slice(slash + 1), ...names] : names;
  if (kind === undefined || all.length === 0) throw new CliError('Cannot delete nothing: name a file with -f, or KIND NAME', EXIT.usage);
  const [only] = parseKinds(slash === -1 ? kind : kind.slice(0, slash));
  return { refs: all.map((name) => ({ kind: only, namespace: only === 'Namespace' ? '' : options.namespace, name })) };
}
