#!/usr/bin/env node
/**
 * How fast configuration is read, validated and analyzed: generated folders of 100 to 10,000 resources, each size in a
 * process of its own on one core. Ends with 1 when a bound does not hold.
 * `node loadtests/bench/config-speed.mjs [--quick] [--json FILE] [--prof]`
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const args = process.argv.slice(2);
const json = args.includes('--json') ? args[args.indexOf('--json') + 1] : undefined;
const quick = args.includes('--quick');
const SIZES = quick ? [100, 2000] : [100, 500, 2000, 10_000];

/** What 2,000 resources, about 100,000 lines, may cost a command that has just started. */
const BOUNDS = { resources: 2000, parseSeconds: 5, analyzeSeconds: 1, peakMegabytes: 400 };
/** How far the warm cost of one resource may spread over the sizes. */
const FLAT_WITHIN = 1.5;
/** Resources that a process has seen before a warm measurement. */
const WARM_UP = 2000;

const script = join(root, 'dist/bench/config-speed.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['loadtests/bench/config-speed/measure.ts'],
  outfile: script,
  bundle: true,
  platform: 'node',
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'error',
  // The YAML library is CommonJS, and asks for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});

/** Runs one measurement, on one core where the system can be asked for that. */
function measure(...parameters) {
  const profile = args.includes('--prof') ? ['--cpu-prof', `--cpu-prof-dir=${join(root, 'dist/bench/profiles')}`] : [];
  const command = [process.execPath, ...profile, '--enable-source-maps', script, ...parameters.map(String)];
  const [program, ...rest] = process.platform === 'linux' ? ['taskset', '-c', '0', ...command] : command;
  return JSON.parse(execFileSync(program, rest, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

const perResource = ({ parseSeconds, analyzeSeconds, resources }) => ((parseSeconds + analyzeSeconds) / resources) * 1e6;

const rows = [];
console.log('resources     lines   parse+validate s   analyze s   peak MB   µs/resource cold   warm   findings');
for (const size of SIZES) {
  const cold = measure(size);
  const warm = measure(size, WARM_UP);
  rows.push({ ...cold, coldMicroseconds: perResource(cold), warmMicroseconds: perResource(warm) });
  console.log(
    [
      String(cold.resources).padStart(9),
      String(cold.lines).padStart(10),
      cold.parseSeconds.toFixed(2).padStart(19),
      cold.analyzeSeconds.toFixed(2).padStart(12),
      cold.peakMegabytes.toFixed(0).padStart(10),
      perResource(cold).toFixed(0).padStart(19),
      perResource(warm).toFixed(0).padStart(7),
      String(cold.findings).padStart(11),
    ].join(''),
  );
}

const failures = [];
const bound = rows.find(({ resources }) => resources === BOUNDS.resources);
for (const name of ['parseSeconds', 'analyzeSeconds', 'peakMegabytes'])
  if (bound !== undefined && bound[name] >= BOUNDS[name])
    failures.push(`${BOUNDS.resources} resources: ${name} is ${bound[name].toFixed(2)}, the bound ${BOUNDS[name]}`);
const costs = rows.map(({ warmMicroseconds }) => warmMicroseconds);
const spread = Math.max(...costs) / Math.min(...costs);
if (spread > FLAT_WITHIN)
  failures.push(`the cost of a resource is not flat: the dearest size costs ${spread.toFixed(2)} times the cheapest`);
console.log(
  failures.length === 0
    ? `all bounds hold; the cost of a resource is flat within ${spread.toFixed(2)}`
    : failures.map((text) => `FAILED: ${text}`).join('\n'),
);
if (json !== undefined) {
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ node: process.version, quick, rows, spread, failures }, undefined, 2)}\n`);
}
process.exitCode = failures.length === 0 ? 0 : 1;
