import { connect, createServer, type Server, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Mesh, sample } from './mesh';

/** One workload as the admin API lists it. */
interface Workload {
  readonly name: string;
  readonly namespace: string;
  readonly ports: { containerPort: number; endpointPort?: number }[];
}

/**
 * Stands on the wire between two sidecars: forwards every connection and keeps what the dialling side sent.
 * `lateen` registers it in place of the callee's inbound port, so every byte between the two passes here.
 */
class Tap {
  readonly captured: Buffer[] = [];
  readonly answered: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#server = createServer((down) => {
      const up = connect(target, '127.0.0.1');
      for (const socket of [down, up]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      down.on('data', (bytes) => (this.captured.push(bytes), up.write(bytes)));
      up.on('data', (bytes) => (this.answered.push(bytes), down.write(bytes)));
      down.on('close', () => up.destroy());
      up.on('close', () => down.destroy());
    });
  }

  static async before(target: number): Promise<{ tap: Tap; port: number }> {
    const tap = new Tap(target);
    await new Promise<void>((done) => tap.#server.listen(0, '127.0.0.1', done));
    return { tap, port: (tap.#server.address() as { port: number }).port };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

describe('the bytes between two sidecars', () => {
  let mesh: Mesh;
  let tap: Tap | undefined;
  beforeAll(async () => {
    mesh = await Mesh.start({ interception: 'explicit' });
  });
  afterAll(async () => {
    tap?.close();
    await mesh[Symbol.asyncDispose]();
  });

  const headers = (): Record<string, string> => ({
    'content-type': 'application/json',
    authorization: `Bearer ${readFileSync(join(mesh.state, 'admin-token'), 'utf8').trim()}`,
  });
  const workloads = async (): Promise<Workload[]> =>
    ((await (await fetch(`${mesh.admin}/api/v1/workloads`)).json()) as { workloads: Workload[] }).workloads;
  /** The port peers dial for one workload. */
  const inboundPort = async (name: string): Promise<number> => {
    const port = (await workloads()).find((workload) => workload.name === name)?.ports[0]?.endpointPort;
    if (port === undefined) throw new Error(`Cannot find the inbound port of ${name}`);
    return port;
  };

  it('are a TLS 1.3 handshake and nothing readable, and each end reports the other’s SPIFFE URI', async () => {
    const all = await workloads();
    const details = all.find((workload) => workload.name.startsWith('details-v1'));
    const port = details?.ports[0];
    if (port?.endpointPort === undefined) throw new Error('Cannot find the inbound port of details');
    const before = tap; // of a first try
    const between = await Tap.before(port.endpointPort);
    tap = between.tap;
    port.endpointPort = between.port;
    await fetch(`${mesh.admin}/api/v1/workloads`, { method: 'PUT', headers: headers(), body: JSON.stringify({ workloads: all }) });
    before?.close();
    const secret = 'a-user-agent-that-would-be-readable';
    for (let i = 0; i < 50 && between.tap.captured.length === 0; i++) {
      const page = await fetch(`${mesh.ingress}/api/v1/products/0`, { headers: { 'user-agent': secret } });
      const text = await page.text();
      if (page.status !== 200) console.log(logOf(mesh, 'productpage-v1'), JSON.stringify(await workloads()));
      expect([page.status, text]).toEqual([200, expect.stringContaining('Shakespeare')]);
      await new Promise((done) => setTimeout(done, 50));
    }
    const [hello] = between.tap.captured;
    const [serverHello] = between.tap.answered;
    // A handshake record each way; the server's choice of TLS 1.3 stands in supported_versions (43): 0x0304.
    expect(hello?.[0]).toBe(22);
    expect(serverHello?.[0]).toBe(22);
    expect(serverHello?.includes(Buffer.from([0, 43, 0, 2, 3, 4]))).toBe(true);
    const wire = Buffer.concat([...between.tap.captured, ...between.tap.answered]).toString('latin1');
    for (const word of [secret, 'Shakespeare', 'HTTP/1.1', '/details/0', 'spiffe://']) expect(wire).not.toContain(word);

    /** The counters of requests that a workload's proxy reports, only. */
    const seen = async (workload: string): Promise<string> => {
      const text = await (await fetch(`http://127.0.0.1:${adminPort(mesh, workload)}/stats/prometheus`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith('istio_requests_total{'))
        .join('\n');
    };
    expect(await seen('productpage-v1')).toMatch(
      /istio_requests_total\{[^}]*reporter="source"[^}]*destination_principal="spiffe:\/\/cluster.local\/ns\/default\/sa\/bookinfo-details"/,
    );
    expect(await seen('details-v1')).toMatch(
      /istio_requests_total\{[^}]*reporter="destination"[^}]*source_principal="spiffe:\/\/cluster.local\/ns\/default\/sa\/bookinfo-productpage"/,
    );
  });

  it('may be plaintext under PERMISSIVE, and are refused under STRICT', async () => {
    const port = await inboundPort('reviews-v1-0');
    // A connection each: one that is open may end as it began.
    const plaintext = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/reviews/0`, { headers: { connection: 'close' } });
    expect((await plaintext()).status).toBe(200);
    await mesh.apply(sample('policy/peer-authentication-strict.yaml'));
    await expect(plaintext()).rejects.toThrow();
    expect((await fetch(`${mesh.ingress}/productpage`)).status).toBe(200);
  });
});

/** The admin port of a workload's proxy, from what its agent was told. */
function adminPort(mesh: Mesh, workload: string): number {
  const config = JSON.parse(readFileSync(join(mesh.state, 'run/default', `${workload}-0`, 'agent.json'), 'utf8')) as {
    ports: { admin: number };
  };
  return config.ports.admin;
}

/** The last lines of a workload's proxy: what to look at when a page was not served. */
function logOf(mesh: Mesh, workload: string): string {
  return readFileSync(join(mesh.state, 'run/default', `${workload}-0`, 'proxy.log'), 'utf8').slice(-4000);
}
