import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BenchMesh, type Proxy } from './bench-mesh';
import { CASES, type Case, chosenCases, type World } from './cases';
import { judgeMemory } from './goals';
import { LoadTool } from './load';
import { clusterMemory, idleMemory, joinMemory } from './memory';
import { type Options, parseOptions, USAGE } from './options';
import { startHaproxy } from './peers/haproxy';
import { startNginx } from './peers/nginx';
import { which } from './processes';
import { cutProfiles, profileArgs, profileClock } from './profile';
import { markdown } from './report';
import { runCases } from './rounds';
import { type MemoryRow, type Row } from './rows';
import { direct, type Subject } from './subject';

/** What `--only` calls the memory of idle proxies and connections, which is no case. */
const MEMORY = 'memory';
/** `--quick` promises five minutes; starting and stopping the last mesh takes its part. */
const QUICK_MS = 280_000;

const THOUSAND: World = { kind: 'clusters', count: 1000 };
const PEERS = [
  ['haproxy', startHaproxy],
  ['nginx', startNginx],
] as const;

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
  const withMemory = options.only.length === 0 || options.only.includes(MEMORY);
  const cases = names.length === 0 && options.only.length > 0 ? [] : chosenCases(names, options.quick);
  // nginx has no goals; the short run leaves its time to the others.
  const peers = PEERS.filter(([name]) => !options.quick || name !== 'nginx' || options.only.length > 0);
  const failures: string[] = [];
  const rows: Row[] = [];
  const memory: MemoryRow[] = [];
  const backend = await tool.backend();
  cleanups.push(backend.stop);
  const worlds = [...new Map(cases.map(({ world }) => [JSON.stringify(world), world] as const)).values()];
  // Memory needs two worlds, whether or not a case does; the short one first, so that a deadline is shared by the cases.
  if (withMemory && !worlds.some((world) => same(world, THOUSAND))) worlds.unshift(THOUSAND);
  if (withMemory && !worlds.some((world) => world.kind === 'base')) worlds.unshift({ kind: 'base' });
  const failed = (what: string): void => void (failures.push(what), log(what));
  for (const world of worlds) {
    try {
      await inWorld(world);
    } catch (error) {
      failed(`${nameOf(world)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const judged = joinMemory(memory).map(judgeMemory);
  const table = markdown({ rows, memory: judged });
  const json = JSON.stringify(
    {
      date: new Date().toISOString(),
      machine: cpus()[0]?.model,
      rounds: options.rounds,
      quick: options.quick,
      rows,
      memory: judged,
      failures,
    },
    undefined,
    2,
  );
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'latest.md'), table);
  writeFileSync(join(results, 'latest.json'), json);
  if (options.json !== undefined) writeFileSync(options.json, json);
  console.log(table);
  log(`took ${Math.round((Date.now() - startedAt) / 1000)} s; saved in ${results}/latest.md and latest.json`);
  for (const failure of failures) log(`FAILED: ${failure}`);
  const missed = rows.flatMap((row) =>
    (row.verdicts ?? []).filter(({ bar, met }) => bar && !met).map(({ goal }) => `${row.case}: ${goal}`),
  );
  if (options.check) for (const bar of missed) log(`below the bar: ${bar}`);
  return failures.length > 0 || (options.check && missed.length > 0) ? 1 : 0;

  async function inWorld(world: World): Promise<void> {
    log(`starting ${nameOf(world)}`);
    const stops: (() => Promise<void>)[] = [];
    const own = async (): Promise<void> => {
      for (const stop of stops.splice(0).reverse()) await stop();
    };
    cleanups.push(own);
    try {
      const mesh = new BenchMesh(root, world);
      stops.push(async () => mesh[Symbol.asyncDispose]());
      await mesh.start();
      const subjects: Subject[] = [direct(backend)];
      for (const proxy of proxies) subjects.push(await mesh.add(proxy, backend));
      for (const [name, start] of world.kind === 'base' ? peers : []) {
        const binary = which(name);
        if (binary === undefined) {
          log(`without ${name} (node tools/peers/install-proxies.mjs adds it)`);
          continue;
        }
        const peer = await start(binary, backend);
        stops.push(async () => peer[Symbol.asyncDispose]());
        subjects.push(peer);
      }
      if (withMemory && world.kind === 'base') memory.push(...(await idleMemory(subjects, tool)));
      if (withMemory && same(world, THOUSAND)) memory.push(...(await clusterMemory(subjects)));
      const deadline = options.quick ? startedAt + QUICK_MS : undefined;
      const inIt = cases.filter((c) => same(c.world, world));
      const { rounds, seconds } = options;
      rows.push(...(await runCases(inIt, subjects, { tool, rounds, seconds, deadline, log, failed })));
    } finally {
      await own();
    }
  }
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

function nameOf(world: World): string {
  return world.kind === 'base' ? 'a mesh' : `a mesh of ${world.count} ${world.kind}`;
}

function same(a: World, b: World): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
