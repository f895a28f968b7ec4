import { readFileSync } from 'node:fs';
import {
  ANALYZERS,
  analyze as analyzeConfiguration,
  analyzeChanges,
  type Analysis,
  CODES,
  indexConfiguration,
  LEVELS,
  type Level,
  type OutputFormat,
  parseLevel,
  parseSuppression,
  reaches,
  readConfiguration,
  type ReadConfiguration,
  renderAnalysis,
  type Round,
  type RunningPod,
  type Suppression,
} from '@lateen/analysis';
import { keyOf, type MeshConfig, readFiles, readMeshConfigFile, type SourceFile } from '@lateen/config';
import { CliError, EXIT } from '../exit';
import { liveFiles, type ListedResource } from '../mesh/listed-resources';
import { openMesh } from '../mesh/open';
import { err, out } from '../output/colors';
import { plural } from '../output/plural';
import { table } from '../output/table';
import { printViolations } from '../output/violations';
import { watchPath } from './analyze-watch';
import { VERSION } from './version';

/** istioctl's exit codes for what analysis finds. */
const EXIT_FINDINGS = 79;
const EXIT_UNREADABLE = 65;
/** Violations of what is named itself, not of what is in it: nothing is analyzed then. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['not_found', 'unreadable', 'no_files']);
/** How long files stay quiet before they are read again, in milliseconds. */
const WATCH_SETTLE_MS = 100;

/** Options of `lateen analyze`. */
export interface AnalyzeCommandOptions {
  readonly filename: readonly string[];
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly output: OutputFormat;
  readonly failureThreshold: string;
  readonly outputThreshold: string;
  readonly suppress: readonly string[];
  readonly analyzer: readonly string[];
  readonly listAnalyzers?: boolean;
  readonly meshConfigFile?: string;
  readonly live?: boolean;
  readonly watch?: boolean;
  readonly state?: string;
}

/** Looks for problems in files, and in the running mesh with `--live`. */
export async function analyze(paths: readonly string[], options: AnalyzeCommandOptions): Promise<void> {
  if (options.listAnalyzers === true) {
    process.stdout.write(`${listAnalyzers()}\n`);
    return;
  }
  const names = [...paths, ...options.filename];
  if (names.length === 0 && options.live !== true)
    throw new CliError('Cannot analyze nothing: name files or folders, - for standard input, or --live for the running mesh', EXIT.usage);
  for (const name of options.analyzer)
    if (!ANALYZERS.some((analyzer) => analyzer.name === name))
      process.stderr.write(`${err.yellow('warning')}: "${name}" is no analyzer; --list-analyzers names them\n`);
  const settings: Settings = {
    names,
    options,
    failure: levelOf(options.failureThreshold, 'failure'),
    shown: levelOf(options.outputThreshold, 'output'),
    suppress: options.suppress.map(suppressionOf),
    meshConfig: options.meshConfigFile === undefined ? undefined : readMeshConfig(options.meshConfigFile),
  };
  if (options.watch === true) await watchFiles(settings);
  const { exitCode } = await runOnce(settings);
  if (exitCode !== EXIT.ok) throw new CliError('', exitCode);
}

/** What the options come to. */
interface Settings {
  readonly names: readonly string[];
  readonly options: AnalyzeCommandOptions;
  readonly failure: Level;
  readonly shown: Level;
  readonly suppress: readonly Suppression[];
  readonly meshConfig: MeshConfig | undefined;
}

/** Reads, analyzes and prints. */
async function runOnce(
  { names, options, failure, shown, suppress, meshConfig }: Settings,
  previous?: Round,
): Promise<Round & { readonly exitCode: number }> {
  const { files, violations } = await readFiles(names);
  if (violations.some(({ code }) => UNAVAILABLE.has(code))) {
    printViolations(violations);
    throw new CliError('');
  }
  const { files: live, running } = options.live === true ? await liveMesh(options.state) : { files: [], running: [] };
  const own = readConfiguration(files, { namespace: options.namespace });
  const read = live.length === 0 ? own : laidOver(readConfiguration(live), own);
  const configuration = indexConfiguration(read.resources, { meshConfig, nowMs: Date.now(), isWhole: live.length > 0, running });
  const how = { namespace: options.allNamespaces === true ? undefined : options.namespace, suppress, analyzers: options.analyzer };
  const all =
    previous === undefined
      ? analyzeConfiguration(configuration, how, read.findings)
      : analyzeChanges(previous, configuration, how, read.findings);
  const analysis: Analysis = { ...all, findings: all.findings.filter(({ level }) => reaches(level, shown)) };

  const unread = [...violations, ...read.parseErrors];
  printViolations(unread);
  const byName = new Map([...live, ...files].map((file) => [file.name, file]));
  process.stdout.write(renderAnalysis(options.output, { analysis, files: byName, version: VERSION, paint }));
  const broken = unread.some(({ severity }) => severity === 'error');
  printNotes(options, read, analysis, broken);
  const failed = all.findings.some(({ level }) => reaches(level, failure));
  return { analysis: all, configuration, exitCode: failed ? EXIT_FINDINGS : broken ? EXIT_UNREADABLE : EXIT.ok };
}

/** Analyzes once, and again whenever something under the named paths changes; until the process is ended. */
async function watchFiles(settings: Settings): Promise<never> {
  if (settings.names.length === 0 || settings.names.includes('-'))
    throw new CliError('Cannot watch standard input or the mesh alone: name files or folders', EXIT.usage);
  let changed = false;
  let wake: () => void = () => undefined;
  for (const name of settings.names) {
    try {
      watchPath(name, () => {
        changed = true;
        wake();
      });
    } catch (error) {
      throw new CliError(`Cannot watch "${name}": ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  let round: Round = await runOnce(settings);
  for (;;) {
    if (!changed) await new Promise<void>((resolve) => (wake = resolve));
    // Editors write a file in several steps.
    await new Promise((resolve) => setTimeout(resolve, WATCH_SETTLE_MS));
    changed = false;
    process.stderr.write(`${err.dim('changed')}\n`);
    try {
      round = await runOnce(settings, round);
    } catch (error) {
      // A file that is being replaced may be gone for a moment; the next change looks again.
      if (!(error instanceof CliError)) throw error;
    }
  }
}

function paint(text: string, level: Level): string {
  return level === 'Error' ? out.red(text) : level === 'Warning' ? out.yellow(text) : out.cyan(text);
}

function levelOf(text: string, option: string): Level {
  const level = parseLevel(text);
  if (level === undefined) throw new CliError(`Cannot use "${text}" as --${option}-threshold: expected ${LEVELS.join(', ')}`, EXIT.usage);
  return level;
}

function suppressionOf(text: string): Suppression {
  const suppression = parseSuppression(text);
  if (suppression === undefined) throw new CliError(`Cannot suppress "${text}": expected CODE=RESOURCE, such as "IST0103=Pod *"`);
  if (!CODES.some((code) => code === suppression.code))
    process.stderr.write(`${err.yellow('warning')}: "${suppression.code}" is no code of analysis\n`);
  return suppression;
}

/** The MeshConfig in a file, what is wrong with it on standard error. @throws {CliError} when Istio would not start with it. */
function readMeshConfig(name: string): MeshConfig {
  let text: string;
  try {
    text = readFileSync(name, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read "${name}": ${error instanceof Error ? error.message : String(error)}`);
  }
  const { meshConfig, violations } = readMeshConfigFile({ name, text });
  printViolations(violations);
  if (meshConfig === undefined) throw new CliError(`Cannot use the mesh configuration "${name}"`, EXIT_UNREADABLE);
  return meshConfig;
}

/** Everything applied to the running mesh, each resource as `lateen get -o yaml` shows it, and what runs in it. */
async function liveMesh(
  state: string | undefined,
): Promise<{ readonly files: readonly SourceFile[]; readonly running: readonly RunningPod[] }> {
  const mesh = await openMesh(state);
  mesh.client.close();
  const read = async <T>(path: string): Promise<T> => {
    const { status, body } = await mesh.admin('GET', path);
    if (status !== 200) throw new CliError(`Cannot read the configuration of the mesh: the control plane answered ${status}`);
    return body as T;
  };
  const { items } = await read<{ readonly items: readonly ListedResource[] }>('/api/v1/resources');
  const { workloads } = await read<{ readonly workloads: readonly RunningPod[] }>('/api/v1/workloads');
  return { files: liveFiles(items), running: workloads };
}

/** What is written in files hides what is applied under the same name. */
function laidOver(live: ReadConfiguration, own: ReadConfiguration): ReadConfiguration {
  const hidden = new Set(own.resources.map(keyOf));
  return {
    resources: [...live.resources.filter((resource) => !hidden.has(keyOf(resource))), ...own.resources],
    findings: [
      ...live.findings.filter(({ origin }) => origin === undefined || !hidden.has(`${origin.kind}/${origin.namespace}/${origin.name}`)),
      ...own.findings,
    ],
    parseErrors: [...live.parseErrors, ...own.parseErrors],
    passedOver: own.passedOver,
  };
}

/** What goes beside the findings, on standard error. */
function printNotes(options: AnalyzeCommandOptions, read: ReadConfiguration, analysis: Analysis, broken: boolean): void {
  const note = (text: string): void => void process.stderr.write(`${err.dim(text)}\n`);
  if (read.passedOver.length > 0) note(`passed over: ${read.passedOver.map(({ kind, count }) => `${count} ${kind}`).join(', ')}`);
  if (options.output !== 'table' || read.resources.length === 0) return;
  if (analysis.skipped.length > 0)
    note(`skipped, because only a cluster has what they look at: ${analysis.skipped.map(({ name }) => name).join(', ')}`);
  if (analysis.findings.length === 0 && !broken)
    process.stderr.write(`${err.green('✔')} No problems found in ${plural(read.resources.length, 'resource')}\n`);
}

function listAnalyzers(): string {
  const sorted = [...ANALYZERS].sort((a, b) => (a.name < b.name ? -1 : 1));
  return table(
    ['NAME', 'CODES', 'DESCRIPTION'],
    sorted.map(({ name, codes, description, needs }) => [
      name,
      codes.join(','),
      needs === undefined ? description : `${description} (skipped: ${needs})`,
    ]),
  );
}
