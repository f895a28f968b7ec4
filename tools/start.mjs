#!/usr/bin/env node
/**
 * `npm start`: generates, builds and starts the mesh with Bookinfo, and stays until Ctrl-C.
 * What follows the script's name goes to `lateen up`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const began = performance.now();
const since = (from) => `${Math.round(performance.now() - from)} ms`;

const codegen = spawnSync(process.execPath, [join(root, 'tools/codegen.mjs')], { stdio: ['ignore', 'ignore', 'inherit'], cwd: root });
if (codegen.status !== 0) process.exit(codegen.status ?? 1);
const building = performance.now();
const { buildApp, appNames } = await import('./build.mjs');
const built = (await Promise.all(appNames().map(buildApp))).filter((result) => result.built);
console.log(
  built.length === 0
    ? `build         nothing changed, ${since(building)}`
    : `build         ${built.map((b) => b.name).join(', ')}, ${since(building)}`,
);

const samples = join('samples', 'bookinfo');
const args = [
  'up',
  '-f',
  join(samples, 'platform'),
  '-f',
  join(samples, 'networking', 'bookinfo-gateway.yaml'),
  '--apps',
  'lateen.yaml',
  ...process.argv.slice(2),
];
const mesh = spawn(process.execPath, [join(root, 'dist/apps/cli/main.mjs'), ...args], { cwd: root, stdio: ['inherit', 'pipe', 'inherit'] });
let gateway;
mesh.stdout.on('data', (data) => {
  process.stdout.write(data);
  gateway ??= /gateway \d+\s+\S*(http:\/\/[\d.:]+)/.exec(data.toString())?.[1];
  if (!/ready\S* in /.test(data.toString())) return;
  console.log(`
product page  ${gateway ?? ''}/productpage   (${since(began)} after the command)
try           npx lateen apply --wait -f ${join(samples, 'networking', 'destination-rule-all.yaml')} -f ${join(samples, 'networking', 'virtual-service-reviews-jason-v2-v3.yaml')}
              then sign in as jason: black stars; signed out: red
stop          Ctrl-C`);
});
if (!existsSync(join(root, 'lateen.yaml'))) console.error('lateen.yaml is missing: no app will run');
// A terminal sends Ctrl-C to both; a script may signal only this one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : mesh.kill(signal)));
mesh.once('exit', (code) => process.exit(code ?? 1));
