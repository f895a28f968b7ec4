import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BenchMesh, freePort, listening, OTHER_CORE, type Subject, type SubjectPorts } from './bench-mesh';
import { mintToken } from './token';
import { type Row, markdown } from './report';
import { usageOf, which } from './processes';

/**
 * The scoreboard: our sidecar and a real Envoy with the same resources, rounds interleaved, medians and ratios.
 * `npm run bench -- [--quick] [--only CASE] [--json FILE]`. Needs wrk, and Envoy in .peers (`node tools/peers/install-envoy.mjs`).
 */
const root = process.cwd();
const args = process.argv.slice(2);
const quick = args.includes('--quick');
const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const only = option('--only');
const ROUNDS = quick ? 3 : 5;
const SECONDS = quick ? 4 : 8;
const CONNECTIONS = 64;
const LATENCY_RATE = 1000;
const LATENCY_CONNECTIONS = 16;

/** What is run on each subject. */
const CASES = [
  { name: 'h1-plain-1-1k-64', port: (p: SubjectPorts) => p.plain, pids: (p: SubjectPorts) => p.plainPids },
  { name: 'h1-mtls-2-1k-64', port: (p: SubjectPorts) => p.mtls, pids: (p: SubjectPorts) => p.mtlsPids },
] as const;

const wrk = which('wrk');
if (wrk === undefined) fail('wrk is not installed: on Debian, apt-get install wrk');
const envoy = join(root, '.peers/envoy');
const node24 = join(root, '.peers/node24/bin/node');
const subjects: Subject[] = [{ name: `lateen-node${process.versions.node.split('.')[0]}`, kind: 'lateen', node: process.execPath }];
if (existsSync(node24)) subjects.push({ name: 'lateen-node24', kind: 'lateen', node: node24 });
else console.error('bench: without Node 24 (node tools/peers/install-node24.mjs adds it)');
if (existsSync(envoy)) subjects.push({ name: 'envoy', kind: 'envoy', node: process.execPath, envoy });
else fail('the real Envoy is not there: node tools/peers/install-envoy.mjs');

execFileSync(process.execPath, ['tools/build.mjs', 'control-plane', 'sidecar'], { cwd: root, stdio: 'inherit' });
execFileSync(
  join(root, 'node_modules/.bin/esbuild'),
  [
    'loadtests/bench/src/backend.ts',
    'loadtests/bench/src/latency-load.ts',
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--out-extension:.js=.mjs',
    '--outdir=dist/bench',
    '--log-level=error',
  ],
  { cwd: root },
);

const rows: Row[] = [];
await using mesh = new BenchMesh(root);
const backendPort = await freePort();
const backend = spawn(
  'taskset',
  ['-c', String(OTHER_CORE), process.execPath, join(root, 'dist/bench/backend.mjs'), String(backendPort), '1024'],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
try {
  await listening(backendPort);
  await mesh.start();
  const ports = new Map<string, SubjectPorts>();
  for (const subject of subjects) ports.set(subject.name, await mesh.add(subject, backendPort, mintToken));
  for (const { name, port, pids } of CASES.filter((c) => only === undefined || c.name === only)) {
    const samples = new Map<string, Row[]>();
    const add = (row: Row): void => void samples.set(row.subject, [...(samples.get(row.subject) ?? []), row]);
    for (let round = -1; round < ROUNDS; round++) {
      // Round -1 warms compilers and pools and is thrown away.
      process.stderr.write(`bench: ${name}, ${round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`}\n`);
      const direct = await throughput(backendPort, [backend.pid ?? 0]);
      const directLatency = await latency(backendPort);
      if (round >= 0)
        add({ case: name, subject: 'direct', ...direct, addedP50Us: 0, addedP90Us: 0, addedP99Us: 0, residentMb: 0, privateMb: 0 });
      for (const subject of subjects) {
        const of = ports.get(subject.name);
        if (of === undefined) continue;
        const measured = await throughput(port(of), pids(of));
        const through = await latency(port(of));
        const memory = pids(of).map(usageOf);
        if (round < 0) continue;
        add({
          case: name,
          subject: subject.name,
          ...measured,
          addedP50Us: through.p50 - directLatency.p50,
          addedP90Us: through.p90 - directLatency.p90,
          addedP99Us: through.p99 - directLatency.p99,
          residentMb: sum(memory.map((m) => m.residentMb)) / memory.length,
          privateMb: sum(memory.map((m) => m.privateMb)) / memory.length,
        });
      }
    }
    for (const list of samples.values()) rows.push(medianRow(list));
  }
} finally {
  backend.kill('SIGKILL');
}
const table = markdown(rows);
mkdirSync(join(root, 'loadtests/bench/results'), { recursive: true });
writeFileSync(join(root, 'loadtests/bench/results/latest.md'), table);
const json = JSON.stringify(
  { date: new Date().toISOString(), node: process.version, rounds: ROUNDS, seconds: SECONDS, rows },
  undefined,
  2,
);
writeFileSync(join(root, 'loadtests/bench/results/latest.json'), json);
const jsonFile = option('--json');
if (jsonFile !== undefined) writeFileSync(jsonFile, json);
console.log(table);

/** As many requests as 64 connections get through, and the CPU that took. */
async function throughput(port: number, pids: readonly number[]): Promise<{ requestsPerSecond: number; requestsPerCpuSecond: number }> {
  const before = sum(pids.map((pid) => usageOf(pid).cpuSeconds));
  const output = await run('taskset', [
    '-c',
    String(OTHER_CORE),
    wrk ?? 'wrk',
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${SECONDS}s`,
    `http://127.0.0.1:${port}/bench`,
  ]);
  const cpu = sum(pids.map((pid) => usageOf(pid).cpuSeconds)) - before;
  const requests = Number(/(\d+) requests in/.exec(output)?.[1]);
  const bad = /Non-2xx|Socket errors/.exec(output);
  if (bad !== null) fail(`the load met failures on port ${port}:\n${output}`);
  return { requestsPerSecond: requests / SECONDS, requestsPerCpuSecond: requests / cpu };
}

/** Latency at 1,000 requests a second. */
async function latency(port: number): Promise<{ p50: number; p90: number; p99: number }> {
  const output = await run('taskset', [
    '-c',
    String(OTHER_CORE),
    process.execPath,
    join(root, 'dist/bench/latency-load.mjs'),
    String(port),
    'bench',
    String(LATENCY_RATE),
    String(LATENCY_CONNECTIONS),
    String(SECONDS),
  ]);
  const result = JSON.parse(output) as { p50: number; p90: number; p99: number; errors: number };
  if (result.errors > 0) fail(`${result.errors} requests failed at ${LATENCY_RATE} requests/s on port ${port}`);
  return result;
}

function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve(output) : reject(new Error(`${command} ended with ${code}`))));
  });
}

/** The median of every figure by itself. */
function medianRow(list: readonly Row[]): Row {
  const [first] = list;
  if (first === undefined) throw new Error('Cannot take the median of nothing');
  const median = (pick: (row: Row) => number): number => {
    const sorted = list.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  };
  return {
    case: first.case,
    subject: first.subject,
    requestsPerSecond: median((r) => r.requestsPerSecond),
    requestsPerCpuSecond: median((r) => r.requestsPerCpuSecond),
    addedP50Us: median((r) => r.addedP50Us),
    addedP90Us: median((r) => r.addedP90Us),
    addedP99Us: median((r) => r.addedP99Us),
    residentMb: median((r) => r.residentMb),
    privateMb: median((r) => r.privateMb),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function fail(message: string): never {
  console.error(`bench: ${message}`);
  process.exit(1);
}
