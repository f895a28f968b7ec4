#!/usr/bin/env node
/** `lateen` from a checkout: builds what is missing or older than its sources, then runs the bundle. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

/** Whether a bundle is at least as new as everything it was made from. */
function fresh(app) {
  const [bundle, inputs] = [join(root, 'dist/apps', app, 'main.mjs'), join(root, 'dist/apps', app, 'inputs.json')];
  if (!existsSync(bundle) || !existsSync(inputs)) return false;
  const built = statSync(bundle).mtimeMs;
  const newer = (file) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
  return newer('tools/build.mjs') < built && JSON.parse(readFileSync(inputs, 'utf8')).every((file) => newer(file) < built);
}

const verb = process.argv[2];
const needed = verb === 'up' ? ['cli', 'control-plane', 'sidecar', 'ingress', 'productpage', 'details', 'reviews', 'ratings'] : ['cli'];
const stale = needed.filter((app) => existsSync(join(root, 'apps', app, 'src/main.ts')) && !fresh(app));
if (stale.length > 0) {
  process.stderr.write(`lateen: building ${stale.join(', ')}\n`);
  if (!existsSync(join(root, 'libs/xds/src/gen/.stamp'))) {
    const { spawnSync } = await import('node:child_process');
    spawnSync(process.execPath, [join(root, 'tools/codegen.mjs')], { stdio: ['ignore', 2, 2] });
  }
  const { buildApp } = await import('../../../tools/build.mjs');
  await Promise.all(stale.map(buildApp));
}
await import('../../../dist/apps/cli/main.mjs');
