import { CliError, EXIT } from '../exit';
import { openMesh, type OpenMesh } from '../mesh/open';
import { out } from '../output/colors';
import { withProgress } from '../output/progress';
import { duration, table } from '../output/table';
import { printViolations, violationsOf } from '../output/violations';
import { readConfiguration, refusalError } from './up';

/** Options of `lateen apply`. */
export interface ApplyOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly wait?: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
  readonly allowIneffective?: boolean;
  readonly state?: string;
}

/** What the admin API answers to an apply or a delete. */
export interface ChangeAnswer {
  readonly results: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly action: string;
    readonly effect?: string;
    readonly message?: string;
  }[];
  readonly passedOver?: readonly { readonly kind: string; readonly count: number }[];
  readonly sync?: {
    readonly ms: number;
    readonly proxies: readonly { readonly proxy: string; readonly ms?: number; readonly state: string; readonly message?: string }[];
  };
}

/** Sends files to the control plane, and has the supervisor follow changed Deployments. */
export async function apply(options: ApplyOptions): Promise<void> {
  if (options.filename.length === 0) throw new CliError('Cannot apply nothing: name a file with -f', EXIT.usage);
  const files = await readConfiguration(options.filename);
  const mesh = await openMesh(options.state);
  const { status, body } = await withProgress('applying', () =>
    mesh.admin('POST', '/api/v1/apply', {
      files,
      namespace: options.namespace,
      wait: options.wait,
      timeoutMs: options.timeout * 1000,
      dryRun: options.dryRun,
      allowIneffective: options.allowIneffective,
    }),
  );
  if (status !== 200) {
    mesh.client.close();
    throw refusalError({ status, body });
  }
  printViolations(violationsOf(body));
  const answer = body as ChangeAnswer;
  printChange(answer, options.dryRun === true ? ' (dry run)' : '');
  if (options.dryRun !== true) await followWorkloads(mesh, answer);
  mesh.client.close();
  const failed = answer.sync?.proxies.some((p) => p.state === 'nack' || p.state === 'stale');
  if (failed === true) throw new CliError('not every proxy has taken the configuration');
}

/** Prints what changed as kubectl does, and how long each proxy took. */
export function printChange(answer: ChangeAnswer, suffix = ''): void {
  for (const { kind, namespace, name, action, effect, message } of answer.results) {
    const where = namespace === '' || namespace === 'default' ? '' : ` in ${namespace}`;
    const note = effect === undefined || effect === 'full' ? '' : out.yellow(`, ${message ?? effect}`);
    process.stdout.write(`${kind.toLowerCase()}/${name}${where} ${action}${suffix}${note}\n`);
  }
  for (const { kind, count } of answer.passedOver ?? []) process.stdout.write(`${count} of kind ${kind} passed over\n`);
  if (answer.sync === undefined) return;
  const affected = answer.sync.proxies.filter((p) => p.state !== 'unaffected');
  const unaffected = answer.sync.proxies.length - affected.length;
  if (affected.length > 0)
    process.stdout.write(
      `${table(
        ['PROXY', 'STATE', 'AFTER', ''],
        affected.map((p) => [p.proxy, p.state, p.ms === undefined ? '' : duration(p.ms), p.message ?? '']),
      )}\n`,
    );
  process.stdout.write(
    `in effect on ${affected.filter((p) => p.state === 'synced').length} of ${affected.length} affected proxies after ${duration(answer.sync.ms)}${unaffected > 0 ? `, ${unaffected} not affected` : ''}\n`,
  );
}

/** Deployments, Pods and Services decide which processes run. */
export async function followWorkloads(mesh: OpenMesh, answer: ChangeAnswer): Promise<void> {
  const changed = answer.results.some(
    (r) => ['Deployment', 'Pod', 'Service'].includes(r.kind) && r.action !== 'unchanged' && r.action !== 'absent',
  );
  if (changed) await withProgress('starting workloads', () => mesh.client.call({ op: 'reconcile' }));
}
