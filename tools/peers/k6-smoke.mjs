#!/usr/bin/env node
/**
 * Runs loadtests/smoke.js with a real k6 through the ingress of a mesh of its own, or of the one LATEEN_URL names.
 * Passed over, with exit 0, where there is no k6.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { peers } from './peer.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const script = process.argv[2] ?? 'smoke.js';
const k6 = join(peers, 'bin/k6');
if (!existsSync(k6)) {
  console.log('k6 smoke: passed over, there is no .peers/bin/k6 (node tools/peers/install-k6.mjs)');
  process.exit(0);
}

/** Runs a command to its end, its output shown. */
const show = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const lateen = (...args) => show(process.execPath, [join(root, 'apps/cli/bin/lateen.mjs'), ...args]);
const load = (url) => show(k6, ['run', '--quiet', '--no-usage-report', '-e', `BASE_URL=${url}`, join(root, 'loadtests', script)]);

if (process.env.LATEEN_URL !== undefined) process.exit(load(process.env.LATEEN_URL));

const port = await new Promise((done, reject) => {
  const server = createServer().once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => done(address.port));
  });
});
const state = mkdtempSync(join(tmpdir(), 'lateen-k6-'));
let code = 1;
try {
  const samples = join(root, 'samples/bookinfo');
  code = lateen(
    'up',
    '-f',
    join(samples, 'platform'),
    '-f',
    join(samples, 'networking/bookinfo-gateway.yaml'),
    '-f',
    join(samples, 'networking/destination-rule-all.yaml'),
    '--apps',
    join(root, 'lateen.yaml'),
    '--ingress-port',
    String(port),
    '--state',
    state,
    '--detach',
  );
  if (code === 0) {
    const card = JSON.parse(readFileSync(join(state, 'mesh.json'), 'utf8'));
    code = load(`http://${Object.values(card.addresses.ingress)[0]}`);
  }
} finally {
  lateen('down', '--state', state);
  rmSync(state, { recursive: true, force: true });
}
process.exit(code);
