import { readFileSync } from 'node:fs';
import { type ChildProcess } from 'node:child_process';
import { PREFACE } from '../differential/peers/h2';
import { type ProxyProcess } from '../stand/proxy-process';
import { type Attack, type Attacker } from './attack';
import { benign, benignLarge } from './benign';
import { Client } from './client';
import { settingsFrame } from './h2-bytes';
import { type Latencies } from './victim';

/** Bytes a flood sends in one round. */
const BUDGET = 128 * 1024;
const BATCH = 16 * 1024;
/** Beyond this an attack or its benign counterpart is told to stop. */
const LIMIT_MS = 3000;

/** What one round of an attack, or of the benign load beside it, came to. */
export interface Round {
  readonly bytes: number;
  readonly connections: number;
  readonly cpuMs: number;
  /** Bytes held once it is over, connections still open, beyond what was held before; after a collection. */
  readonly held: number;
  /** Requests it has under way: each holds a connection to an upstream, which is one more connection. */
  readonly upstream: number;
  readonly victim: Latencies;
}

/** The processes that rounds are run on. */
export interface Stand {
  readonly proxy: ProxyProcess;
  readonly victim: ChildProcess;
  /** CPU of one request of the victim's, in milliseconds. */
  readonly victimCpuMs: number;
}

/** Runs an attack once. */
export async function attackOnce(stand: Stand, attack: Attack): Promise<Round> {
  const clients: Client[] = [];
  let [otherBytes, otherConnections] = [0, 0];
  const port = stand.proxy.port(attack.target);
  const sent = (): number => clients.reduce((sum, client) => sum + client.sent, otherBytes);
  const end = performance.now() + LIMIT_MS;
  const attacker: Attacker = {
    port,
    get left() {
      return sent() < BUDGET && performance.now() < end;
    },
    count: (bytes, connections) => {
      otherBytes += bytes;
      otherConnections += connections;
    },
    connect: async () => {
      const client = await Client.open(port);
      client.sent += 120;
      clients.push(client);
      return client;
    },
    http2: async (...settings) => {
      const client = await attacker.connect();
      await client.send(Buffer.concat([Buffer.from(PREFACE), settingsFrame(settings)]));
      return client;
    },
    flood: async (open, step) => {
      while (attacker.left) {
        const client = await open();
        for (let i = 0; attacker.left && !client.ended;) {
          const pieces: Buffer[] = [];
          for (let size = 0; size < BATCH; i++) {
            const piece = step(client, i);
            pieces.push(piece);
            size += piece.length;
          }
          await client.send(Buffer.concat(pieces));
          await new Promise((done) => setImmediate(done));
        }
      }
    },
  };
  const round = await measured(stand, port, true, () => attack.run(attacker));
  for (const client of clients) client.close();
  return { ...round, bytes: sent(), connections: clients.length + otherConnections };
}

/** Runs what honest clients would do instead. */
export async function benignOnce(stand: Stand, attack: Attack, bytes: number, connections: number): Promise<Round> {
  const port = stand.proxy.port(attack.target);
  const late = new Promise<void>((done) => setTimeout(done, LIMIT_MS).unref());
  return {
    ...(await measured(stand, port, false, () =>
      Promise.race([
        attack.large === true ? benignLarge(attack.target, port, connections) : benign(attack.target, port, bytes, connections),
        late,
      ]),
    )),
    bytes,
    connections,
  };
}

/** `weigh`: what it makes the proxy hold is worth two collections. */
async function measured(
  stand: Stand,
  port: number,
  weigh: boolean,
  run: () => Promise<void>,
): Promise<Omit<Round, 'bytes' | 'connections'>> {
  const { proxy, victim } = stand;
  const before = weigh ? (await proxy.memory()).held : 0;
  const upstreamBefore = await upstreamRequests(proxy);
  victim.send({ type: 'begin' });
  const cpu = proxy.cpuSeconds();
  await run();
  await quiet(proxy, port);
  const cpuMs = (proxy.cpuSeconds() - cpu) * 1000;
  const latencies = new Promise<Latencies>((done) => victim.once('message', (message) => done(message as Latencies)));
  victim.send({ type: 'end' });
  const seen = await latencies;
  const after = weigh ? (await proxy.memory()).held : 0;
  const upstream = Math.max(0, (await upstreamRequests(proxy)) - upstreamBefore);
  return { cpuMs: Math.max(0, cpuMs - seen.count * stand.victimCpuMs), held: after - before, upstream, victim: seen };
}

/** Resolves once the proxy has read what was sent to `port`, or does not mean to. */
async function quiet(proxy: ProxyProcess, port: number): Promise<void> {
  const end = performance.now() + 1500;
  let still = 0;
  while (performance.now() < end && still < 3) {
    const cpu = proxy.cpuSeconds();
    await new Promise((done) => setTimeout(done, 10));
    const idle = (proxy.cpuSeconds() - cpu) * 1000 < 2;
    still = idle || unread(port) === 0 ? still + 1 : 0;
  }
}

async function upstreamRequests(proxy: ProxyProcess): Promise<number> {
  return (await proxy.stats()).get('cluster.backends.upstream_rq_active') ?? 0;
}

/** Bytes that wait to be read on connections to `port`. Spec: Linux `/proc/net/tcp`. */
function unread(port: number): number {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n')) {
    const [, local = '', , , queues = ''] = line.trim().split(/\s+/);
    if (local.endsWith(hex)) bytes += parseInt(queues.split(':')[1] ?? '0', 16) || 0;
  }
  return bytes;
}
