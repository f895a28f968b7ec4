import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@lateen/base/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStore } from './store';

const root = join(import.meta.dirname, '../../../..');
const work = mkdtempSync(join(tmpdir(), 'config-crash-'));
const writer = join(root, 'node_modules', '.cache', `config-crash-writer-${process.pid}.mjs`);

beforeAll(() => {
  execFileSync(join(root, 'node_modules/.bin/esbuild'), [
    join(import.meta.dirname, 'crash-writer.ts'),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--packages=bundle',
    '--banner:js=import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
    `--outfile=${writer}`,
    '--log-level=error',
  ]);
});
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
  rmSync(writer, { force: true });
});

/** Writes until killed `afterMs` after the first batch; gives the last batch the writer had acknowledged. */
async function writeUntilKilled(dir: string, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  await new Promise((resolve) => child.on('close', resolve));
  const complete = output
    .slice(0, output.lastIndexOf('\n') + 1)
    .trim()
    .split('\n');
  return Number(complete.at(-1) ?? 0);
}

describe('a writer killed with -9', () => {
  it('leaves every acknowledged batch, whole, whenever it is killed', async () => {
    const dir = join(work, 'killed');
    const random = seededRandom(7);
    for (let round = 0; round < 8; round++) {
      const acknowledged = await writeUntilKilled(dir, random.next() * 60);
      await using store = await openStore(dir);
      const batches = store.list().map((r) => (r.kind === 'ConfigMap' ? Number(r.spec.data?.['batch']) : NaN));
      expect(new Set(batches).size).toBe(1);
      expect(batches).toHaveLength(3);
      expect(batches[0]).toBe(store.revision);
      // One more may have become durable before its number was printed.
      expect([acknowledged, acknowledged + 1]).toContain(store.revision);
    }
  }, 60_000);
});

const script = (dir: string): string =>
  `mount -t tmpfs -o size=200k tmpfs ${dir} && ${process.execPath} ${writer} ${dir} 5000 | tail -n 2 && ${process.execPath} ${writer} ${dir} 5000`;
const canMount = spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' }).status === 0;

(canMount ? it : it.skip)(
  'a full disk refuses the change and keeps the state before it',
  () => {
    const dir = mkdtempSync(join(work, 'full-'));
    const output = execFileSync('unshare', ['-Urm', 'sh', '-c', script(dir)], { encoding: 'utf8', timeout: 20_000 })
      .trim()
      .split('\n');
    // The writer fills the disk; a second one finds the last good state, and is refused in turn.
    expect(output).toHaveLength(3);
    const [last, first, second] = output;
    expect(first).toBe(`refused disk_full at revision ${last}`);
    expect(second).toBe(first);
  },
  30_000,
);
