#!/usr/bin/env node
/**
 * Runs every installer here, one after the other, and says what is there afterwards. A peer whose prerequisite this
 * machine lacks is passed over; an installer that fails makes this fail, once all have had their turn.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
const scripts = readdirSync(dirname(self)).filter((name) => /^install-.+\.mjs$/.test(name) && name !== basename(self));
let failed = false;
for (const script of scripts.sort()) {
  const startedAt = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [join(dirname(self), script)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const outcome = status === 0 ? stdout.trim().split('\n').at(-1) : status === 2 ? 'passed over' : `failed (exit ${status})`;
  failed ||= status !== 0 && status !== 2;
  console.log(`${script.slice('install-'.length, -'.mjs'.length).padEnd(10)} ${seconds.padStart(6)} s  ${outcome}`);
}
process.exit(failed ? 1 : 0);
