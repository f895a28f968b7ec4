#!/usr/bin/env node
/**
 * Builds k6 into .peers/bin and prints its path. The npm package called k6 is a dummy: k6 is a Go program, and building
 * it takes about two minutes the first time. Does nothing when that version is there.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstLine, firstWorking, lacking, peers, run } from './peer.mjs';

const VERSION = process.env.K6_VERSION ?? '1.4.0';
const bin = join(peers, 'bin');
const k6 = join(bin, 'k6');

if (!existsSync(k6) || !(firstLine(k6, ['version']) ?? '').includes(`v${VERSION}`)) {
  const go = firstWorking(['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'], 'version');
  if (go === undefined)
    lacking('Cannot install k6: Go 1.24 or newer is needed to build it (https://go.dev/dl), or put a k6 of your own at .peers/bin/k6');
  mkdirSync(bin, { recursive: true });
  run(go, ['install', `go.k6.io/k6@v${VERSION}`], { env: { ...process.env, GOBIN: bin, CGO_ENABLED: '0' } });
}
process.stdout.write(`${k6}\n`);
