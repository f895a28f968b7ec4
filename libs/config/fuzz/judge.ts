import { type Violation } from '@lateen/base';
import { readFiles } from '../src/files/read-files';
import { validateResource } from '../src/kinds/common-rules';
import { parseFiles, type SourceFile } from '../src/parse/parse-files';
import { positionOf } from '../src/parse/positions';
import { toObject, toYaml } from '../src/render/to-object';
import { type AnyResource } from '../src/resource';

/** What a reading may take: some milliseconds, and so many for each byte. */
const BASE_MS = 400;
const MS_PER_BYTE = 0.03;
/** Texts up to this length are also printed and read again. */
const MAX_PRINTED = 20_000;
const MAX_MESSAGE = 4000;

/** What is wrong with how an input is read; empty when nothing is. */
export async function judge(bytes: Uint8Array): Promise<readonly string[]> {
  const problems: string[] = [];
  const stdin = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes;
  };
  const limit = BASE_MS + MS_PER_BYTE * bytes.length;
  let best = Number.POSITIVE_INFINITY;
  let files: readonly SourceFile[] = [];
  // Processor time, as the machine has other work; and only what is slow three times is slow.
  for (let again = 0; again < 3 && best > limit; again++) {
    const start = process.cpuUsage();
    const read = await readFiles(['-'], { stdin: stdin() });
    const { violations } = parseFiles(read.files);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
    files = read.files;
    if (again > 0) continue;
    const lines = Buffer.from(bytes).toString('latin1').split('\n').length;
    for (const violation of [read.violations, violations].flat()) check(violation, lines, problems);
  }
  if (best > limit) problems.push(`took ${Math.round(best)} ms for ${bytes.length} bytes, expected at most ${Math.round(limit)}`);
  checkLenient(files, problems);
  return problems;
}

/** Whatever the schemas accept has rules to break, places, and a form in print. */
function checkLenient(files: readonly SourceFile[], problems: string[]): void {
  const text = files[0]?.text ?? '';
  const lines = text.split('\n').length;
  const { resources, violations } = parseFiles(files, { semantics: 'skip', allowIneffective: true });
  for (const violation of violations) check(violation, lines, problems);
  for (const resource of resources) {
    for (const finding of validateResource(resource))
      check({ ...finding, path: '', position: positionOf(resource, finding.path) }, lines, problems);
    if (text.length <= MAX_PRINTED) checkPrinting(resource, problems);
  }
}

function check(violation: Violation, lines: number, problems: string[]): void {
  const { code, path, message, position } = violation;
  if (!/^[a-z][a-z0-9_]*$/.test(code)) problems.push(`a violation has code ${JSON.stringify(code)}`);
  if (typeof path !== 'string' || message === '' || message.length > MAX_MESSAGE)
    problems.push(`violation ${code} has path ${path} and a message of ${message.length} characters`);
  if (position === undefined || position.file === '' || position.line < 1 || position.line > lines + 1 || position.column < 1)
    problems.push(`violation ${code} stands at ${JSON.stringify(position)} of ${lines} lines`);
}

function checkPrinting(resource: AnyResource, problems: string[]): void {
  // What aliases stand for is printed each time: a short text may be a long print.
  const before = JSON.stringify({ ...resource, origin: undefined });
  if (before.length > MAX_PRINTED * 10) return;
  const printed = toYaml(toObject(resource));
  const again = parseFiles([{ name: 'again.yaml', text: printed }], { semantics: 'skip', allowIneffective: true });
  const [copy] = again.resources;
  if (JSON.stringify({ ...copy, origin: undefined }) !== before)
    problems.push(
      `${resource.kind} reads back differently: ${again.violations
        .map(({ message }) => message)
        .join('; ')
        .slice(0, 300)}`,
    );
}
