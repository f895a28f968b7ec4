import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Mesh, sample } from './mesh';

/** Bookinfo whose product page has a proxy of two workers. */
function platformWithWorkers(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-workers-'));
  cpSync(sample('platform'), folder, { recursive: true });
  let found = 0;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const changed = text.replace(/(kind: Deployment\nmetadata:\n {2}name: productpage-v1[\s\S]*?template:\n {4}metadata:\n)/, (head) => {
      found++;
      return `${head}      annotations:\n        proxy.istio.io/config: 'concurrency: 2'\n`;
    });
    writeFileSync(path, changed);
  }
  if (found !== 1) throw new Error(`Cannot annotate the product page: found ${found} times`);
  return folder;
}

describe('a proxy of two workers', () => {
  let mesh: Mesh;
  let folder: string;
  beforeAll(async () => {
    folder = platformWithWorkers();
    mesh = await Mesh.start({ interception: 'explicit', files: [folder, sample('networking/bookinfo-gateway.yaml')] });
  });
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const admin = (path: string, method = 'GET'): Promise<string> => {
    const config = JSON.parse(readFileSync(join(mesh.state, 'run/default/productpage-v1-0/agent.json'), 'utf8')) as {
      ports: { admin: number };
    };
    return fetch(`http://127.0.0.1:${config.ports.admin}${path}`, { method }).then((response) => response.text());
  };
  const stat = async (name: string): Promise<number> => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(await admin('/stats'))?.[1]);
  const page = async (): Promise<number> => (await fetch(`${mesh.ingress}/productpage`, { headers: { connection: 'close' } })).status;

  /** Requests that the workload's Istio metrics say it served. */
  const counted = async (): Promise<number> => {
    const rows = (await admin('/stats/prometheus')).matchAll(/^istio_requests_total\{(?=[^}]*reporter="destination")[^}]*\} (\d+)$/gm);
    return [...rows].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  it('counts as one', async () => {
    for (let i = 0; i < 20; i++) expect(await page()).toBe(200);
    expect(await stat('server\\.concurrency')).toBe(2);
    expect(await counted()).toBe(20);
  });

  it('goes on when a worker dies, and replaces it', async () => {
    const agent = await processOf(mesh, 'productpage-v1');
    const before = childrenOf(agent);
    expect(before).toHaveLength(2);
    const served = await counted();
    const victim = before[0] ?? 0;
    process.kill(victim, 'SIGKILL');
    // Connections of the dead worker are lost with it; new ones are taken by the other.
    await page();
    expect(await page()).toBe(200);
    for (let i = 0; i < 100 && childrenOf(agent).length < 2; i++) await new Promise((done) => setTimeout(done, 50));
    expect(childrenOf(agent)).toHaveLength(2);
    expect(childrenOf(agent)).not.toContain(victim);
    for (let i = 0; i < 100 && !(await admin('/ready')).startsWith('LIVE'); i++) await new Promise((done) => setTimeout(done, 50));
    for (let i = 0; i < 10; i++) expect(await page()).toBe(200);
    // What it had counted when it was asked last stays counted.
    expect(await counted()).toBeGreaterThanOrEqual(served + 11);
  });

  it('takes new configuration in every worker', async () => {
    await mesh.apply(sample('networking/destination-rule-all.yaml'), sample('networking/virtual-service-all-v1.yaml'));
    await new Promise((done) => setTimeout(done, 200));
    for (let i = 0; i < 12; i++) {
      const reviews = await (await fetch(`${mesh.ingress}/api/v1/products/0/reviews`, { headers: { connection: 'close' } })).text();
      expect(reviews).toContain('reviews-v1');
    }
  });

  it('drains in every worker, and in one that comes later', async () => {
    const post = (path: string): Promise<string> => admin(path, 'POST');
    const agent = await processOf(mesh, 'productpage-v1');
    expect(await admin('/listeners')).not.toBe('');
    expect(await post('/healthcheck/fail')).toBe('OK\n');
    expect(await admin('/ready')).toMatch(/^DRAINING/);
    expect(await post('/drain_listeners')).toBe('OK\n');
    const none = async (): Promise<boolean> => (await admin('/listeners')) === '';
    for (let i = 0; i < 100 && !(await none()); i++) await new Promise((done) => setTimeout(done, 50));
    expect(await none()).toBe(true);
    process.kill(childrenOf(agent)[0] ?? 0, 'SIGKILL');
    for (let i = 0; i < 100 && childrenOf(agent).length < 2; i++) await new Promise((done) => setTimeout(done, 50));
    expect(await post('/healthcheck/ok')).toBe('OK\n');
    for (let i = 0; i < 100 && !(await admin('/ready')).startsWith('LIVE'); i++) await new Promise((done) => setTimeout(done, 50));
    expect(await admin('/ready')).toMatch(/^LIVE/);
    expect(await none()).toBe(true);
  });
});

/** The process of a workload's proxy. */
async function processOf(mesh: Mesh, workload: string): Promise<number> {
  const status = JSON.parse((await mesh.lateen('status', '-o', 'json')).stdout) as {
    workloads: { workload: string; processes: { name: string; pid?: number }[] }[];
  };
  const processes = status.workloads.find((one) => one.workload === workload)?.processes;
  const pid = processes?.find(({ name }) => name.includes('proxy'))?.pid;
  if (pid === undefined) throw new Error(`Cannot find the proxy of ${workload} in ${JSON.stringify(status)}`);
  return pid;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
