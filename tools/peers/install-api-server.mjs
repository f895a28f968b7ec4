#!/usr/bin/env node
/**
 * Builds api-server/ (a Kubernetes API server for custom resources, with its etcd inside) into .peers/bin and prints
 * its path. No cluster and no container is needed, only Go. Does nothing when what was built of these sources is there.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstLine, firstWorking, lacking, peers, run } from './peer.mjs';

const sources = join(dirname(fileURLToPath(import.meta.url)), 'api-server');
const hash = createHash('sha256');
for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(sources, name)));
const stamp = hash.digest('hex').slice(0, 16);
const server = join(peers, 'bin/api-server');

if (!existsSync(server) || !(firstLine(server, ['--version']) ?? '').endsWith(` ${stamp}`)) {
  const go = firstWorking(['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go'], 'version');
  if (go === undefined) lacking('Cannot install the API server: Go 1.26 or newer is needed to build it (https://go.dev/dl)');
  mkdirSync(dirname(server), { recursive: true });
  process.stderr.write('Building the API server: the first time takes about three minutes\n');
  run(go, ['build', '-trimpath', '-ldflags', `-s -w -X main.stamp=${stamp}`, '-o', server, '.'], {
    cwd: sources,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
}
process.stdout.write(`${server}\n`);
