#!/usr/bin/env node
/** Makes sure a Chromium is there for the browser tests, and prints its path; Debian's, through apt, when root. */
import { existsSync } from 'node:fs';
import { firstLine, firstWorking, giveUp, lacking, run } from './peer.mjs';

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const installed = () => CANDIDATES.find((path) => path !== undefined && path !== '' && existsSync(path));

if (installed() === undefined) {
  if (firstWorking(['apt-get']) === undefined)
    lacking('Cannot install Chromium: there is no apt-get here; install Chromium or Chrome yourself and set CHROMIUM to its path');
  if (process.getuid() !== 0) lacking('Cannot install Chromium: apt-get needs root; run `sudo apt-get install -y chromium`');
  // Somebody else's apt may hold the lock: wait for it rather than fail.
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', [...apt, 'update'], { env });
  run('apt-get', [...apt, 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], { env });
}
const chromium = installed();
if (chromium === undefined || firstLine(chromium, ['--version']) === undefined)
  giveUp('Cannot find a Chromium that runs: set CHROMIUM to its path');
process.stdout.write(`${chromium}\n`);
