import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { silentLogger, systemClock } from '@lateen/base';
import { testAuthority } from '@lateen/proxy-config/testing';
import { createAdsServer } from '@lateen/xds/server';
import { FixedSource } from '@lateen/xds/testing';
import { freePort } from '../stand/free-port';
import { isProxyChild } from '../stand/proxy-child';
import { ProxyProcess } from '../stand/proxy-process';
import { runHttp1, runHttp2, runTcp, type Way } from './clients';
import { Dice } from './dice';
import { Tally } from './tally';
import { type Kind, Upstream } from './upstreams';
import { type ListenerName, LISTENERS, World } from './world';

/**
 * A day in a minute: `node tools/run-ts.mjs e2e/src/soak/soak.ts --seconds 60 [--seed N]`. Random configuration, endpoints that
 * come and go, upstreams that crash or fall silent, certificates that change, workers that are killed, all under load of every protocol.
 * Ends with 1 when a request was not answered exactly once, a stream left no line in the access log or more than one, a gauge
 * did not come back to zero or memory did not come back to its level.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
  const seconds = Number(values.seconds);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new Error('usage: soak [--seconds N] [--seed N]');
  const dice = new Dice(seed);
  const total = new Tally();
  const startedAt = performance.now();
  let pushes = 0;
  const problems: string[] = [];
  for (const concurrency of [1, 2]) {
    const phase = await runPhase(concurrency, seconds * (concurrency === 1 ? 0.6 : 0.4), dice.fork());
    console.log(phase.line);
    problems.push(...phase.problems.map((problem) => `${phase.name}: ${problem}`));
    total.add(phase.tally);
    pushes += phase.pushes;
  }
  for (const problem of problems) console.log(`  ${problem}`);
  const minutes = seconds / 60;
  console.log(
    `soak: ${total.sent} requests (${Math.round(total.sent / minutes)} a minute), ${pushes} pushes (${Math.round(pushes / minutes)} a minute), ` +
      `${problems.length === 0 ? 'all holds' : `${problems.length} problems`}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s, seed ${seed}`,
  );
  return problems.length === 0 ? 0 : 1;
}

interface Phase {
  readonly name: string;
  readonly line: string;
  readonly tally: Tally;
  readonly pushes: number;
  readonly problems: readonly string[];
}

const PUSH_MS = 220;
const CRASH_MS = 4000;
const KILL_MS = 7000;
/** What a kill may take with it comes to light within. */
const KILL_SHADOW_MS = 2500;
const LEVEL_SLACK = 8 * 1024 * 1024;
const GAUGE = /(_rq_active|_rq_pending_active|_cx_active|streams_active)$/;

async function runPhase(concurrency: number, seconds: number, dice: Dice): Promise<Phase> {
  const name = concurrency === 1 ? 'one process' : `${concurrency} workers`;
  const folder = mkdtempSync(join(tmpdir(), 'lateen-soak-'));
  await using stand = await Stand.start(concurrency, folder, dice);
  const { proxy, tally } = stand;
  const pushesBefore = stand.pushes;
  stand.load();
  await sleep(Math.min(5000, seconds * 200));
  const level = (await proxy.memory()).held;
  await sleep(seconds * 1000 - Math.min(5000, seconds * 200));
  const problems: string[] = [];
  await stand.quiet();
  if (tally.lostCount > 0)
    problems.push(`never answered: ${JSON.stringify(tally.lost)}; the proxy's statistics: ${await keepStats(proxy)}`);
  if (tally.doubled > 0) problems.push(`answered more than once: ${tally.doubled}`);
  const accounted = tally.answered + tally.cancelled + tally.refused + tally.killed + tally.lostCount;
  if (accounted !== tally.sent) problems.push(`asked ${tally.sent}, accounted for ${accounted}`);
  const gauges = await gaugesNotZero(proxy);
  if (gauges.length > 0) problems.push(`gauges: ${gauges.join(', ')}`);
  const expected = tally.sent - tally.refused;
  const lines = await logLines(join(folder, 'access.log'), expected, tally.killed > 0 || concurrency > 1);
  if (lines.problem !== undefined) problems.push(lines.problem);
  const held = await settledMemory(proxy, level);
  if (concurrency === 1 && held > level + LEVEL_SLACK) problems.push(`memory: ${mb(held)} MB, it was ${mb(level)} MB`);
  const statuses = Object.entries(tally.statuses)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, count]) => `${status} ${count}`);
  rmSync(folder, { recursive: true, force: true });
  return {
    name,
    tally,
    pushes: stand.pushes - pushesBefore,
    problems,
    line:
      `${name}: ${tally.sent} requests, ${stand.pushes - pushesBefore} pushes, ${stand.crashes} crashes, ${stand.kills} kills (${tally.killed} requests lost with them), ` +
      `${tally.cancelled} cancelled, ${lines.count} log lines, ${mb(level)} → ${mb(held)} MB; ${statuses.join(', ')}`,
  };
}

/** The proxy, its control plane, what is behind it and who uses it. */
class Stand implements AsyncDisposable {
  readonly tally = new Tally();
  pushes = 0;
  crashes = 0;
  kills = 0;
  private readonly timers: NodeJS.Timeout[] = [];
  private running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly proxy: ProxyProcess,
    private readonly server: Server,
    private readonly source: FixedSource,
    private readonly world: World,
    private readonly upstreams: readonly Upstream[],
    private readonly ways: Readonly<Record<ListenerName, Way>>,
    private readonly dice: Dice,
    private readonly concurrency: number,
  ) {}

  static async start(concurrency: number, folder: string, dice: Dice): Promise<Stand> {
    const upstreams: Upstream[] = [];
    for (const kind of ['h1', 'h1', 'h1', 'h2', 'h2', 'tcp', 'tcp'] as const) upstreams.push(await Upstream.start(kind, dice.fork()));
    const portsOf = (kind: Kind): readonly number[] => upstreams.filter((one) => one.kind === kind).map(({ port }) => port);
    const ports = {} as Record<ListenerName, number>;
    for (const name of LISTENERS) ports[name] = await freePort();
    const authority = testAuthority('soak');
    const world = new World(
      {
        ports,
        upstreams: { h1: portsOf('h1'), h2: portsOf('h2'), tcp: portsOf('tcp') },
        certificates: ['a.soak', 'b.soak', 'c.soak'].map((one) => authority.leaf(one)),
        root: authority.certificate,
        log: join(folder, 'access.log'),
      },
      dice.fork(),
    );
    const source = new FixedSource();
    source.set(...world.resources());
    const server = new Server();
    createAdsServer({ source, clock: systemClock, logger: silentLogger }).addTo(server, () => ({ via: 'none' }));
    const xds = await new Promise<number>((done, fail) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => (error === null ? done(port) : fail(error))),
    );
    const proxy = await ProxyProcess.start(
      {
        ads: `127.0.0.1:${xds}`,
        concurrency,
        bootstrap: { node: { id: 'soak', cluster: 'soak' }, dynamic_resources: { ads_config: { api_type: 'DELTA_GRPC' } } },
      },
      await freePort(),
    );
    const tls = { ...authority.leaf('spiffe://cluster.local/ns/soak/sa/client'), ca: authority.certificate };
    const way = (name: ListenerName): Way => ({ name, port: ports[name] });
    const ways = { plain: way('plain'), h2: way('h2'), mtls: { ...way('mtls'), tls }, tcp: way('tcp') };
    return new Stand(proxy, server, source, world, upstreams, ways, dice, concurrency);
  }

  /** Everybody begins. */
  load(): void {
    const { tally, dice, ways } = this;
    const clients: Promise<void>[] = [];
    for (let i = 0; i < 16; i++) clients.push(runHttp1(ways.plain, tally, dice.fork()));
    for (let i = 0; i < 6; i++) clients.push(runHttp1(ways.mtls, tally, dice.fork()));
    for (let i = 0; i < 3; i++) clients.push(runHttp2(ways.h2, 8, tally, dice.fork()));
    clients.push(runHttp2(ways.plain, 4, tally, dice.fork()));
    for (let i = 0; i < 4; i++) clients.push(runTcp(ways.tcp, tally, dice.fork()));
    this.running = Promise.all(clients);
    this.every(PUSH_MS, () => this.push());
    this.every(CRASH_MS, () => this.crash());
    if (this.concurrency > 1) this.every(KILL_MS, () => this.kill());
  }

  /** Everybody leaves: what is under way ends, then upstreams do. */
  async quiet(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    this.tally.stopping = true;
    await this.running;
    await sleep(500);
    for (const upstream of this.upstreams) upstream.stop();
    await sleep(500);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tally.stopping = true;
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    await this.proxy[Symbol.asyncDispose]();
    for (const upstream of this.upstreams) upstream.stop();
    this.server.forceShutdown();
  }

  private every(ms: number, what: () => void): void {
    this.timers.push(setInterval(what, ms));
  }

  private push(): void {
    this.world.change();
    this.source.set(...this.world.resources());
    this.pushes++;
  }

  private crash(): void {
    this.crashes++;
    void this.dice.pick(this.upstreams).crash(100 + this.dice.below(800));
  }

  private kill(): void {
    const { workers } = this.proxy;
    // One at a time: nobody is left to serve when both are gone.
    if (workers.length < this.concurrency) return;
    this.kills++;
    this.tally.killedUntil = performance.now() + KILL_SHADOW_MS;
    process.kill(this.dice.pick(workers), 'SIGKILL');
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Writes down what the proxy counted and how many files it has open, for whoever looks for what was lost; the file's path. */
async function keepStats(proxy: ProxyProcess): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'lateen-soak-lost-')), 'stats.txt');
  const lines = [...(await proxy.stats())].map(([name, value]) => `${name}: ${value}`);
  const files = [proxy.pid, ...proxy.workers].map((pid) => `files of ${pid}: ${readdirSync(`/proc/${pid}/fd`).length}`);
  writeFileSync(path, [...files, ...lines, ''].join('\n'));
  return path;
}

/** Waits for gauges to come down; those that do not, with their values. */
async function gaugesNotZero(proxy: ProxyProcess): Promise<readonly string[]> {
  for (let i = 0; ; i++) {
    const above = [...(await proxy.stats())].filter(([name, value]) => GAUGE.test(name) && value !== 0);
    if (above.length === 0 || i === 40) return above.map(([name, value]) => `${name} ${value}`);
    await sleep(100);
  }
}

/** Counts the access log's lines once it grows no more. A worker that is killed takes lines it has not written yet along. */
async function logLines(path: string, expected: number, mayLack: boolean): Promise<{ readonly count: number; readonly problem?: string }> {
  let count = -1;
  for (let i = 0; i < 40; i++) {
    const now = existsSync(path) ? readFileSync(path, 'latin1').split('\n').length - 1 : 0;
    if (now === expected || (i > 15 && now === count)) {
      count = now;
      break;
    }
    count = now;
    await sleep(100);
  }
  const holds = mayLack ? count <= expected : count === expected;
  return holds ? { count } : { count, problem: `access log: ${count} lines for ${expected} streams` };
}

async function settledMemory(proxy: ProxyProcess, level: number): Promise<number> {
  let held = Infinity;
  for (let i = 0; i < 20 && held > level; i++) {
    held = Math.min(held, (await proxy.memory()).held);
    await sleep(100);
  }
  return held;
}

function mb(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

if (!isProxyChild()) process.exit(await main());
