import { readFileSync, openSync, mkdirSync, existsSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfiguration } from '@lateen/analysis';
import { readFiles, type SourceFile } from '@lateen/config';
import {
  type AppsFile,
  callAdmin,
  launch,
  LaunchError,
  type MeshCard,
  parseAppsFile,
  type Programs,
  readMeshCard,
  type StatePaths,
  SupervisorClient,
  type SupervisorEvent,
} from '@lateen/local';
import { CliError, EXIT } from '../exit';
import { keptResources } from '../mesh/kept-resources';
import { type ListedResource } from '../mesh/listed-resources';
import { pathsOf } from '../mesh/open';
import { err, out } from '../output/colors';
import { withProgress } from '../output/progress';
import { duration } from '../output/table';
import { printViolations, violationsOf } from '../output/violations';
import { VERSION } from './version';

/** Options of `lateen up`. */
export interface UpOptions {
  readonly filename: readonly string[];
  readonly apps?: string;
  readonly interception: 'auto' | 'namespace' | 'explicit';
  readonly ingressPort: number;
  readonly gateway: boolean;
  readonly trustDomain: string;
  readonly detach?: boolean;
  readonly state?: string;
}

/** Starts a mesh and stays until Ctrl-C, or until it is ready with `--detach`. */
export async function up(options: UpOptions): Promise<void> {
  const began = performance.now();
  const paths = pathsOf(options.state);
  const running = await SupervisorClient.connect(paths.socket);
  if (running !== undefined) {
    running.close();
    throw new CliError(
      `Cannot start a mesh with state directory "${paths.root}": one is running there. Use "lateen apply" to change it, "lateen down" to stop it, or another --state.`,
    );
  }
  const files = await readConfiguration(options.filename);
  const apps = options.apps === undefined ? undefined : readApps(options.apps);
  if (options.detach === true) {
    await detach(paths, options.filename.includes('-') ? (files.find((f) => f.name === '-')?.text ?? '') : '');
    return;
  }
  checkConfiguration(files);
  const printed = (text: string): void => void process.stdout.write(`${text}\n`);
  const mesh = await launch({
    interception: options.interception,
    supervisor: [process.execPath, fileURLToPath(import.meta.url), '__supervise'],
    config: {
      state: paths.root,
      version: VERSION,
      files,
      apps,
      defaultGateway: options.gateway,
      trustDomain: options.trustDomain,
      programs: programs(),
      ingressPorts: { 8080: options.ingressPort },
    },
    onChoice: ({ kind, reason }) => printed(`${out.bold('interception')}  ${kind}: ${reason}`),
    onEvent: printEvent,
  });
  // Anything else would leave the first Ctrl-C to end this process at once, before the mesh is down.
  let asked = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      asked += 1;
      if (asked === 1) process.stderr.write(`\nlateen: stopping (again to stop at once)\n`);
      if (asked === 1) mesh.stop();
      else mesh.kill();
    });
  }
  try {
    const card = await withProgress('starting the mesh', () => mesh.ready);
    const ms = performance.now() - began;
    await printKept(card, paths, files);
    printAddresses(card, paths, ms);
  } catch (error) {
    await mesh.ended;
    if (asked > 0) return;
    if (error instanceof LaunchError && error.refusal !== undefined) throw refusalError(error.refusal);
    throw new CliError(error instanceof Error ? error.message : String(error));
  }
  const inOrder = await mesh.ended;
  if (!inOrder && asked < 2) throw new CliError(`The mesh has ended by itself: its supervisor is gone. See "${paths.logs}".`);
}

/** Prints what the control plane will say of the files, and ends the command when it will refuse them, before anything starts. */
function checkConfiguration(files: readonly SourceFile[]): void {
  const { violations } = parseConfiguration(files);
  if (violations.some(({ severity }) => severity === 'error')) throw refusalError({ status: 422, body: { violations } });
  printViolations(violations);
}

/** What the admin API refused, printed, as the error that ends the command. */
export function refusalError(refusal: { readonly status: number; readonly body: unknown }): CliError {
  const violations = violationsOf(refusal.body);
  printViolations(violations);
  const errors = violations.filter((v) => v.severity === 'error');
  const protection = errors.length > 0 && errors.every((v) => v.code === 'ineffective_protection');
  const message =
    errors.length === 0
      ? `the control plane answered ${refusal.status}: ${JSON.stringify(refusal.body)}`
      : `${errors.length} error${errors.length === 1 ? '' : 's'} in the configuration, nothing of these files is applied`;
  return new CliError(message, protection ? EXIT.refusedProtection : EXIT.failure);
}

/** Reads `-f`; prints what cannot be read and ends the command. */
export async function readConfiguration(names: readonly string[]): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const { files, violations } = await readFiles(names);
  printViolations(violations);
  if (violations.some((v) => v.severity === 'error')) throw new CliError('');
  return files;
}

function readApps(file: string): AppsFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`Cannot read "${file}": ${error instanceof Error ? error.message : String(error)}`);
  }
  const { apps, violations } = parseAppsFile(text, file, dirname(resolve(file)));
  printViolations(violations);
  if (apps === undefined) throw new CliError('');
  return apps;
}

/** The executables beside this one. */
function programs(): Programs {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundle = (name: string, ...flags: readonly string[]): readonly [string, ...string[]] => {
    const file = join(here, '..', name, 'main.mjs');
    if (!existsSync(file)) throw new CliError(`Cannot find "${file}": build it with "npm run build"`);
    return [process.execPath, ...flags, file];
  };
  // Source maps take 25 MB of every process and a young generation of the default size 5 more: proxies do without.
  const small = '--max-semi-space-size=2';
  return {
    controlPlane: bundle('control-plane', '--enable-source-maps'),
    sidecar: bundle('sidecar', small),
    ingress: bundle('ingress', small),
  };
}

/** The same command in the background; returns when the mesh is ready. */
async function detach(paths: StatePaths, stdin: string): Promise<void> {
  mkdirSync(paths.logs, { recursive: true });
  const logFile = join(paths.logs, 'supervisor.log');
  const log = openSync(logFile, 'w');
  const args = process.argv.slice(2).filter((arg) => arg !== '--detach' && arg !== '-d');
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { detached: true, stdio: ['pipe', log, log] });
  child.stdin?.on('error', () => undefined);
  // Until it is ready, who gives up on this command gives up on the mesh.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill('SIGTERM'));
  child.stdin?.end(stdin);
  const ended = new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
  let gone = false;
  void ended.then(() => (gone = true));
  const ready = waitForCard(paths, logFile, child.pid ?? 0, () => gone);
  const code = await withProgress('starting the mesh', () =>
    Promise.race([ended, ready.then((card) => (card === undefined ? ended : undefined))]),
  );
  const text = readFileSync(logFile, 'utf8');
  if (code !== undefined) {
    process.stderr.write(text);
    throw new CliError('', code === 0 ? EXIT.failure : code);
  }
  process.stdout.write(text);
  child.unref();
  process.exit(EXIT.ok);
}

/** The card of the mesh that process `pid` has started; undefined once `gone` says there will be none. */
async function waitForCard(paths: StatePaths, logFile: string, pid: number, gone: () => boolean): Promise<MeshCard | undefined> {
  while (!gone()) {
    const card = readMeshCard(paths);
    if (card?.ready === true && card.pid === pid) {
      // The launcher prints its addresses just after it wrote the card.
      for (let i = 0; i < 80 && !/^\S*ready\S* in /m.test(readFileSync(logFile, 'utf8')); i++)
        await new Promise((done) => setTimeout(done, 25));
      return card;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
  return undefined;
}

function printEvent(event: SupervisorEvent): void {
  switch (event.type) {
    case 'step':
      process.stdout.write(`${out.bold(event.what.padEnd(12))}  ${duration(event.ms)}\n`);
      return;
    case 'notice':
      process.stderr.write(`lateen: ${event.message}\n`);
      return;
    case 'crash':
      process.stderr.write(
        `${err.red(`${event.process} ended`)} (${event.how})${event.restartInMs === undefined ? '' : `, starting it again in ${duration(event.restartInMs)}`}\n`,
      );
      for (const line of event.lastLines) process.stderr.write(`${err.dim('  | ')}${line}\n`);
      return;
  }
}

/** The dashboard's address carries the admin token, which is why it is printed and written nowhere. */
function dashboardAddress({ addresses }: MeshCard, { adminToken }: StatePaths): string {
  return `http://${addresses.admin}/?token=${readFileSync(adminToken, 'utf8').trim()}`;
}

/** Rules of another day are a riddle where nobody mentions them. */
async function printKept(card: MeshCard, paths: StatePaths, files: readonly SourceFile[]): Promise<void> {
  const { status, body } = await callAdmin(card.addresses.admin, paths.adminToken, 'GET', '/api/v1/resources');
  const kept = status === 200 ? keptResources((body as { readonly items: readonly ListedResource[] }).items, files) : '';
  if (kept === '') return;
  const title = (text: string): string => out.bold(text.padEnd(12));
  process.stdout.write(`${title('kept')}  ${kept}: applied before, and in none of these files\n`);
  process.stdout.write(`${title('')}  to begin without: "lateen down --purge" and start again, or another --state than ${paths.root}\n`);
}

function printAddresses(card: MeshCard, paths: StatePaths, ms: number): void {
  const rows = [
    ...Object.entries(card.addresses.ingress).map(([port, address]) => [
      `gateway ${port}`,
      `${port === '8443' ? 'https' : 'http'}://${address}`,
    ]),
    ['dashboard', dashboardAddress(card, paths)],
    ['admin', `http://${card.addresses.admin}`],
    ['xDS', `${card.addresses.xds} (TLS), ${card.addresses.xdsPlaintext} (plaintext)`],
    ['metrics', `http://${card.addresses.metrics}/metrics`],
  ];
  for (const [name, address] of rows) process.stdout.write(`${out.bold((name ?? '').padEnd(12))}  ${out.cyan(address ?? '')}\n`);
  process.stdout.write(`${out.green('ready')} in ${duration(ms)}\n`);
}
