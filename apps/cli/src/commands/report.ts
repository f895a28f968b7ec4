import { didYouMean, parseDurationMs } from '@lateen/base';
import { type DeadPart, type ResourceSummary } from '@lateen/observation';
import { CliError, EXIT } from '../exit';
import { openObservation } from '../mesh/observation-client';
import { out } from '../output/colors';
import { plain } from '../output/plain';
import { plural } from '../output/plural';
import { age, table } from '../output/table';

/** Options of `lateen report`. */
export interface ReportOptions {
  readonly dead?: boolean;
  readonly namespace?: string;
  readonly since?: string;
  readonly output?: 'table' | 'json';
  readonly state?: string;
}

/**
 * Says which rules, subsets and resources no request has reached since they were applied, or for `--since`, and sets the exit code:
 * 1 when something is dead, 2 for a namespace without configuration, 0 when nothing is, 4 when something was not reached and nothing was there to reach it.
 */
export async function report(options: ReportOptions): Promise<void> {
  if (options.dead !== true) throw new CliError('Cannot report: say what on, --dead', EXIT.usage);
  const since = options.since === undefined ? undefined : Date.now() - durationMs(options.since);
  const client = openObservation(options.state);
  if (options.namespace !== undefined)
    checkNamespace(
      options.namespace,
      (await client.get<{ readonly resources: readonly ResourceSummary[] }>('/api/configuration')).resources,
    );
  const answer = await client.get<{ readonly dead: readonly DeadPart[]; readonly judgedSinceMs: number }>('/api/dead', { since });
  const parts = answer.dead.filter(({ namespace }) => options.namespace === undefined || namespace === options.namespace);
  const isDead = ({ candidates, certain }: DeadPart): boolean => candidates > 0 || certain === true;
  const dead = parts.filter(isDead);
  const unjudged = parts.filter((part) => !isDead(part));
  if (options.output === 'json')
    process.stdout.write(`${JSON.stringify({ judgedSinceMs: answer.judgedSinceMs, dead, unjudged }, undefined, 2)}\n`);
  else print({ dead, unjudged, sinceMs: answer.judgedSinceMs, askedMs: since });
  process.exitCode = dead.length > 0 ? EXIT.failure : unjudged.length > 0 ? EXIT.unjudged : EXIT.ok;
}

/** Throws a `CliError` for a namespace that has nothing to report on: its name is mistyped, most likely. */
export function checkNamespace(namespace: string, resources: readonly Pick<ResourceSummary, 'kind' | 'namespace' | 'name'>[]): void {
  const known = [...new Set(resources.map((resource) => (resource.kind === 'Namespace' ? resource.name : resource.namespace)))]
    .filter((name) => name !== '')
    .sort();
  if (known.includes(namespace)) return;
  const guess = didYouMean(namespace, known);
  const hint = guess === undefined ? `there are ${known.join(', ') || 'none'}` : `did you mean "${guess}"?`;
  throw new CliError(`Cannot report on namespace "${namespace}": the mesh has no configuration in it; ${hint}`, EXIT.usage);
}

interface Printed {
  readonly dead: readonly DeadPart[];
  readonly unjudged: readonly DeadPart[];
  readonly sinceMs: number;
  /** What `--since` asked for; undefined: each part is judged since it was applied. */
  readonly askedMs: number | undefined;
}

function print({ dead, unjudged, sinceMs, askedMs }: Printed): void {
  const now = Date.now();
  const rows = (parts: readonly DeadPart[]): readonly (readonly string[])[] => parts.map((part) => reportCells(part, now, askedMs));
  if (dead.length > 0) process.stdout.write(`${table(['DEAD', 'PART', 'AT', 'AGE', 'REQUESTS', 'WHY'], rows(dead))}\n`);
  if (unjudged.length > 0) {
    const title = dead.length > 0 ? '\n' : '';
    process.stdout.write(`${title}${table(['NOT JUDGED', 'PART', 'AT', 'AGE', 'REQUESTS', 'WHY'], rows(unjudged))}\n`);
  }
  const judged = `since ${new Date(sinceMs).toISOString()}`;
  process.stderr.write(
    dead.length > 0
      ? `${out.red(`${plural(dead.length, 'part')} that no request has reached`)}, ${judged}.\n`
      : unjudged.length > 0
        ? `No request was there that could have reached ${plural(unjudged.length, 'part')}, ${judged}.\n`
        : `Requests have reached every part, ${judged}.\n`,
  );
}

/** A row of the table. Says of what was not there for all of the time that was asked for since when it is judged. */
export function reportCells(part: DeadPart, now: number, askedMs: number | undefined): readonly string[] {
  const { kind, namespace, name, path, file, line, appliedAtMs, judgedSinceMs, candidates } = part;
  const begun = judgedSinceMs > appliedAtMs ? 'the control plane started' : 'it was applied';
  const late =
    askedMs !== undefined && part.certain !== true && judgedSinceMs > askedMs
      ? ` (judged since ${begun}, ${age(judgedSinceMs, now)} ago)`
      : '';
  return [`${kind} ${namespace}/${name}`, path, `${file}:${line}`, age(appliedAtMs, now), String(candidates), `${part.reason}${late}`].map(
    plain,
  );
}

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms <= 0) throw new CliError(`Cannot use --since "${text}": expected a duration such as 30s or 5m`, EXIT.usage);
  return ms;
}
