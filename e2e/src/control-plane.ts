import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, ROOT } from './mesh';

/** A control plane of a test's own, without anything around it. */
export class ControlPlane implements AsyncDisposable {
  private constructor(
    readonly state: string,
    readonly ports: { readonly admin: number; readonly xds: number; readonly xdsPlaintext: number; readonly metrics: number },
    private readonly child: ChildProcess,
  ) {}

  /** Starts one and waits until it is ready. */
  static async start(): Promise<ControlPlane> {
    const state = mkdtempSync(join(tmpdir(), 'lateen-cp-'));
    const ports = { admin: await freePort(), xds: await freePort(), xdsPlaintext: await freePort(), metrics: await freePort() };
    const at = (port: number): string => `127.0.0.1:${port}`;
    const child = spawn(
      process.execPath,
      [
        join(ROOT, 'dist/apps/control-plane/main.mjs'),
        '--state',
        state,
        '--admin',
        at(ports.admin),
        '--xds',
        at(ports.xds),
        '--xds-plaintext',
        at(ports.xdsPlaintext),
        '--metrics',
        at(ports.metrics),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    let errors = '';
    child.stderr?.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    for (let i = 0; ; i++) {
      const ready = await fetch(`http://127.0.0.1:${ports.admin}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return new ControlPlane(state, ports, child);
      if (i > 200 || child.exitCode !== null) throw new Error(`Cannot start a control plane:\n${errors}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** One write to the admin API. */
  async call(method: string, path: string, body: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.ports.admin}/api/v1${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${readFileSync(join(this.state, 'admin-token'), 'utf8').trim()}`,
      },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await gone;
    rmSync(this.state, { recursive: true, force: true });
  }
}
