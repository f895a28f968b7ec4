#!/usr/bin/env node
/**
 * Makes sure the tools of namespace interception (ip, nft) and of the benchmark's load (wrk) are there; Debian's,
 * through apt, when root. Prints their paths.
 */
import { spawnSync } from 'node:child_process';
import { firstWorking, giveUp, lacking, run } from './peer.mjs';

const PACKAGES = { ip: 'iproute2', nft: 'nftables', wrk: 'wrk' };
/** Where a program is; /usr/sbin is not on every user's path. */
const where = (program) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const missing = () => Object.keys(PACKAGES).filter((program) => where(program) === '');

if (missing().length > 0) {
  const names = missing().map((program) => PACKAGES[program]);
  if (firstWorking(['apt-get']) === undefined) lacking(`Cannot install ${names.join(', ')}: there is no apt-get here`);
  if (process.getuid() !== 0)
    lacking(`Cannot install ${names.join(', ')}: apt-get needs root; run \`sudo apt-get install -y ${names.join(' ')}\``);
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', [...apt, 'update'], { env });
  run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', ...names], { env });
}
if (missing().length > 0) giveUp(`Cannot find ${missing().join(', ')} after installing`);
process.stdout.write(`${Object.keys(PACKAGES).map(where).join(' ')}\n`);
