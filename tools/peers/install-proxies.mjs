#!/usr/bin/env node
/**
 * Makes sure HAProxy and nginx, the peers of the benchmark, are there; Debian's, through apt, when root. Their services
 * are kept from starting: the benchmark runs them itself, with configurations of its own. Prints their paths.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { firstWorking, giveUp, lacking, run } from './peer.mjs';

const PACKAGES = { haproxy: ['haproxy'], nginx: ['nginx', 'libnginx-mod-stream'] };
/** Asked by Debian's package scripts before they start a service; 101 is "no". Spec: invoke-rc.d(8). */
const POLICY = '/usr/sbin/policy-rc.d';
/** Where a program is; /usr/sbin is not on every user's path. */
const where = (program) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const missing = () => Object.keys(PACKAGES).filter((program) => where(program) === '');

if (missing().length > 0) {
  const names = missing().flatMap((program) => PACKAGES[program]);
  if (firstWorking(['apt-get']) === undefined) lacking(`Cannot install ${names.join(', ')}: there is no apt-get here`);
  if (process.getuid() !== 0)
    lacking(`Cannot install ${names.join(', ')}: apt-get needs root; run \`sudo apt-get install -y ${names.join(' ')}\``);
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  process.on('exit', () => ours && rmSync(POLICY, { force: true }));
  run('apt-get', [...apt, 'update'], { env });
  run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...names], { env });
}
if (missing().length > 0) giveUp(`Cannot find ${missing().join(', ')} after installing`);
process.stdout.write(`${Object.keys(PACKAGES).map(where).join(' ')}\n`);
