import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchMesh, type Proxy } from './bench-mesh';
import { CASES, type Case, chosenCases } from './cases';
import { missedBars } from './goals';
import { LoadTool } from './load';
import { type Options, parseOptions, USAGE } from './options';
import { cutProfiles, profileArgs, profileClock } from './profile';
import { markdown } from './report';
import { runScoreboard } from './scoreboard';

/** What `--only` calls the memory of idle proxies and connections, which is no case. */
const MEMORY = 'memory';
/** `--quick` promises five minutes; starting and stopping the last mesh takes its part. */
const QUICK_MS = 280_000;

const startedAt = Date.now();
const root = process.cwd();
const results = join(root, 'loadtests/bench/results');
const log = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
/** What is to be stopped however this ends, the last first. */
const cleanups: (() => Promise<void>)[] = [];

try {
  const options = parseOptions(process.argv.slice(2));
  const proxies = chooseProxies(options.node);
  execFileSync(process.execPath, ['tools/build.mjs', 'control-plane', 'sidecar'], { cwd: root, stdio: ['ignore', 2, 2] });
  const tool = new LoadTool(root);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().then(() => process.exit(130)));
  process.exitCode =
    options.profile === undefined ? await scoreboard(options, proxies, tool) : await profile(options.profile, proxies, tool);
} catch (error) {
  log(error instanceof Error ? error.message : String(error));
  if (error instanceof TypeError) log(`usage: ${USAGE}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

/** Measures, prints and saves the tables. The exit code. */
async function scoreboard(options: Options, proxies: readonly Proxy[], tool: LoadTool): Promise<number> {
  const names = options.only.filter((name) => name !== MEMORY);
  const { quick, rounds, seconds } = options;
  const failures: string[] = [];
  const found = await runScoreboard({
    root,
    proxies,
    tool,
    cases: names.length === 0 && options.only.length > 0 ? [] : chosenCases(names, quick),
    memory: options.only.length === 0 || options.only.includes(MEMORY),
    // nginx has no goals; the short run leaves its time to the others.
    peers: quick && options.only.length === 0 ? ['haproxy'] : ['haproxy', 'nginx'],
    rounds,
    seconds,
    deadline: quick ? startedAt + QUICK_MS : undefined,
    log,
    failed: (what) => void (failures.push(what), log(what)),
    started: (stop) => void cleanups.push(stop),
  });
  const table = markdown(found);
  const json = JSON.stringify(
    { date: new Date().toISOString(), machine: cpus()[0]?.model, rounds, quick, ...found, failures },
    undefined,
    2,
  );
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'latest.md'), table);
  for (const file of [join(results, 'latest.json'), ...(options.json === undefined ? [] : [options.json])]) writeFileSync(file, json);
  console.log(table);
  log(`took ${Math.round((Date.now() - startedAt) / 1000)} s; saved in ${results}/latest.md and latest.json`);
  for (const failure of failures) log(`FAILED: ${failure}`);
  const missed = options.check ? missedBars(found.rows) : [];
  for (const bar of missed) log(`below the bar: ${bar}`);
  return failures.length + missed.length > 0 ? 1 : 0;
}

/** Runs one case on our proxy alone with V8's profiler on, and prints where the time went. */
async function profile(name: string, proxies: readonly Proxy[], tool: LoadTool): Promise<number> {
  const c: Case | undefined = CASES.find((candidate) => candidate.name === name);
  const proxy = proxies.find(({ envoy }) => envoy === undefined);
  if (c === undefined || proxy === undefined) throw new Error(`Cannot profile "${name}": there is no such case`);
  const folder = mkdtempSync(join(tmpdir(), 'lateen-bench-profile-'));
  cleanups.push(async () => rmSync(folder, { recursive: true, force: true }));
  const backend = await tool.backend();
  cleanups.push(backend.stop);
  const mesh = new BenchMesh(root, c.world);
  cleanups.push(async () => mesh[Symbol.asyncDispose]());
  await mesh.start();
  const target = (await mesh.add({ ...proxy, nodeArgs: profileArgs(folder) }, backend)).target(c.wiring);
  if (target === undefined) throw new Error(`Cannot profile "${name}": our proxy has no way for it`);
  const { errors, reason } = await tool.run(c.load, target, { seconds: 3 });
  if (errors > 0) throw new Error(`Cannot profile "${name}": not served: ${reason}`);
  const pids = target.pids();
  const from = profileClock();
  const measured = await tool.run(c.load, target, { seconds: 5 });
  const to = profileClock();
  await mesh[Symbol.asyncDispose]();
  console.log(cutProfiles({ folder, from, to, into: results, name: `${c.name}-${proxy.name}`, pids }));
  log(`${(measured.requests / measured.seconds).toFixed(0)} requests/s with the profiler on`);
  return 0;
}

/** The sidecars to compare: ours on the Nodes asked for that are here, and Envoy. */
function chooseProxies(node: Options['node']): readonly Proxy[] {
  const major = process.versions.node.split('.')[0];
  const node24 = major === '24' ? process.execPath : join(root, '.peers/node24/bin/node');
  const proxies: Proxy[] = [];
  if (node !== '20') {
    if (existsSync(node24)) proxies.push({ name: 'lateen', node: node24 });
    else log('without our proxy on Node 24 (node tools/peers/install-node24.mjs adds it)');
  }
  if (major !== '24' && (node !== '24' || proxies.length === 0)) proxies.push({ name: `lateen-node${major}`, node: process.execPath });
  const envoy = join(process.env['LATEEN_PEERS'] ?? join(root, '.peers'), 'envoy');
  if (existsSync(envoy)) proxies.push({ name: 'envoy', node: process.execPath, envoy });
  else log('without Envoy, so without ratios to it (node tools/peers/install-envoy.mjs adds it)');
  return proxies;
}

async function cleanUp(): Promise<void> {
  for (const stop of cleanups.splice(0).reverse()) await stop().catch((error: unknown) => log(String(error)));
}
