import { type ChildProcess, spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { type JsonObject } from '@bufbuild/protobuf';
import { testAuthority } from '@lateen/proxy-config/testing';
import { freePort } from '../stand/free-port';
import { isProxyChild } from '../stand/proxy-child';
import { ProxyProcess } from '../stand/proxy-process';
import { clusterOf, listenerOf, serverCertificate, typed } from '../stand/resources';
import { type Attack } from './attack';
import { HTTP1 } from './list/http1';
import { HTTP2_BOMBS } from './list/http2-bombs';
import { HTTP2_FLOODS } from './list/http2-floods';
import { SLOW } from './list/slow';
import { TLS } from './list/tls';
import { attackOnce, benignOnce, type Round, type Stand } from './round';
import { runVictim } from './victim';

/**
 * Runs every attack against a proxy in its own process, in turn with what honest clients would do with as many bytes,
 * and says whether each stays within its bounds: `npm run attacks -- [--only TEXT] [--rounds N] [--no-latency]`.
 * Ends with 1 when one does not; `--no-latency` prints what others felt and does not judge it, for machines shared with others.
 */
const ATTACKS: readonly Attack[] = [...HTTP1, ...HTTP2_FLOODS, ...HTTP2_BOMBS, ...SLOW, ...TLS];

const KB = 1024;
/** What the process may take for itself, as buffers for reuse, while anything goes on; and what a collection leaves. */
const POOLS = 2 * KB * KB;
/** Beyond 64 KB a connection, no request may cost more than a hundred times its bytes. */
const heldBound = ({ bytes, connections, upstream }: Round): number => 64 * KB * (connections + upstream) + 100 * bytes + POOLS;
/** Ten times the CPU of the benign load, and what a measurement of milliseconds is out by. */
const cpuBoundMs = (benignMs: number): number => 10 * benignMs + 20;
/** Others' p99, twice that under the benign load; on a machine of two cores less than this says nothing. */
const p99BoundMs = (benignMs: number): number => Math.max(2 * benignMs, benignMs + 20);
/** Between the first round and after the last: what grows with every round shows, what is kept for reuse does not. */
const LEVEL_SLACK = 2 * KB * KB;
/** How often an attack that was beyond a bound is tried again: what it costs comes back, what others cost does not. */
const TRIES = 3;

interface Result {
  readonly attack: Attack;
  readonly attacked: Round;
  readonly calm: Round;
  readonly broken: readonly string[];
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, rounds: { type: 'string', default: '2' }, 'no-latency': { type: 'boolean', default: false } },
  });
  const chosen = ATTACKS.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (chosen.length === 0) throw new Error(`Cannot attack: no attack has "${values.only}" in its name`);
  const startedAt = performance.now();
  await using stand = await Processes.start();
  // Code that has not run yet is slow whoever asks for it.
  for (const target of ['h1', 'h2', 'tls', 'proxied'] as const) await benignOnce(stand, { ...chosen[0]!, target }, 300 * KB, 8);
  const results: Result[] = [];
  for (const attack of chosen) {
    let result = await judge(stand, attack, Number(values.rounds), !values['no-latency']);
    for (let i = 1; i < TRIES && result.broken.length > 0 && stand.proxy.alive; i++)
      result = await judge(stand, attack, Number(values.rounds), !values['no-latency']);
    results.push(result);
    console.log(line(result));
    if (!stand.proxy.alive) break;
  }
  const failed = results.filter(({ broken }) => broken.length > 0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`attacks: ${results.length} run, ${failed.length} beyond their bounds, ${seconds} s`);
  return failed.length === 0 && stand.proxy.alive ? 0 : 1;
}

async function judge(stand: Stand, attack: Attack, rounds: number, withLatency: boolean): Promise<Result> {
  let level = 0;
  const attacked: Round[] = [];
  const calm: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const round = await attackOnce(stand, attack);
    attacked.push(round);
    calm.push(await benignOnce(stand, attack, round.bytes, round.connections));
    if (i === 0) level = (await stand.proxy.memory()).held;
  }
  const [a, b] = [medianRound(attacked), medianRound(calm)];
  const broken: string[] = [];
  if (a.held > heldBound(a)) broken.push('memory');
  if (a.cpuMs > cpuBoundMs(b.cpuMs)) broken.push('CPU');
  if (withLatency && a.victim.p99 > p99BoundMs(b.victim.p99)) broken.push('p99');
  if (!stand.proxy.alive) broken.push('the proxy died');
  else if (!(await backAt(stand, level))) broken.push('not back at its level');
  return { attack, attacked: a, calm: b, broken };
}

/** Whether memory comes back once everybody has left. */
async function backAt(stand: Stand, level: number): Promise<boolean> {
  for (let i = 0; i < 20; i++) {
    if ((await stand.proxy.memory()).held <= level + LEVEL_SLACK) return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}

function medianRound(rounds: readonly Round[]): Round {
  const median = (of: (round: Round) => number): number => rounds.map(of).sort((x, y) => x - y)[rounds.length >> 1]!;
  return {
    bytes: median(({ bytes }) => bytes),
    connections: median(({ connections }) => connections),
    cpuMs: median(({ cpuMs }) => cpuMs),
    // Buffers that the process keeps for reuse are made in the first rounds; they are nobody's request.
    held: Math.min(...rounds.map(({ held }) => held)),
    upstream: median(({ upstream }) => upstream),
    victim: {
      count: median(({ victim }) => victim.count),
      p50: median(({ victim }) => victim.p50),
      p99: median(({ victim }) => victim.p99),
    },
  };
}

function line({ attack, attacked, calm, broken }: Result): string {
  const cell = (value: number, width: number, digits = 0): string => value.toFixed(digits).padStart(width);
  return [
    attack.name.padEnd(46),
    `${cell(attacked.bytes / KB, 5)} KB`,
    `${cell(attacked.connections, 4)} cx`,
    `held ${cell(attacked.held / KB, 6)} of ${cell(heldBound(attacked) / KB, 6)} KB`,
    `CPU ${cell(attacked.cpuMs, 5)} / ${cell(calm.cpuMs, 4)} ms`,
    `p99 ${cell(attacked.victim.p99, 6, 1)} / ${cell(calm.victim.p99, 5, 1)} ms`,
    broken.length === 0 ? 'holds' : `BEYOND: ${broken.join(', ')}`,
  ].join('  ');
}

/** The proxy, what is behind it, and somebody else who uses it. */
class Processes implements Stand, AsyncDisposable {
  private constructor(
    readonly proxy: ProxyProcess,
    readonly victim: ChildProcess,
    private readonly backend: ChildProcess,
    readonly victimCpuMs: number,
  ) {}

  static async start(): Promise<Processes> {
    const [victim, backend] = [other(), other()];
    const [victims, backends] = await Promise.all([portOf(victim), portOf(backend)]);
    const proxy = await ProxyProcess.start({ bootstrap: bootstrap(victims, backends) }, await freePort());
    victim.send({ type: 'aim', h1: proxy.port('h1'), h2: proxy.port('h2') });
    await new Promise((done) => setTimeout(done, 700));
    const cpu = proxy.cpuSeconds();
    victim.send({ type: 'begin' });
    await new Promise((done) => setTimeout(done, 500));
    const seen = new Promise<{ readonly count: number }>((done) => victim.once('message', (message) => done(message as { count: number })));
    victim.send({ type: 'end' });
    const victimCpuMs = ((proxy.cpuSeconds() - cpu) * 1000) / Math.max(1, (await seen).count);
    return new Processes(proxy, victim, backend, victimCpuMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    this.victim.kill('SIGKILL');
    this.backend.kill('SIGKILL');
  }
}

/** The limits are those of Envoy's guide for edge proxies, with its buffer, stream and window limits. */
function bootstrap(victims: number, backends: number): JsonObject {
  const manager: JsonObject = {
    http2_protocol_options: { max_concurrent_streams: 100, initial_stream_window_size: 65_536, initial_connection_window_size: 1_048_576 },
    request_headers_timeout: '10s',
    stream_idle_timeout: '300s',
    route_config: {
      name: 'routes',
      virtual_hosts: [
        { name: 'victim', domains: ['victim'], routes: [{ match: { prefix: '/' }, route: { cluster: 'victims' } }] },
        { name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'backends' } }] },
      ],
    },
  };
  const common = { cluster: 'backends', manager };
  const limited: JsonObject = { per_connection_buffer_limit_bytes: 32_768 };
  const tls = serverCertificate(testAuthority('attacks').leaf('127.0.0.1'), ['http/1.1']);
  const inspector = typed('tls', 'filters.listener.tls_inspector.v3.TlsInspector');
  const proxied = typed('proxy', 'filters.listener.proxy_protocol.v3.ProxyProtocol');
  return {
    node: { id: 'attacks', cluster: 'attacks' },
    static_resources: {
      listeners: [
        listenerOf({ name: 'h1', ...common, listener: limited }),
        listenerOf({ name: 'h2', codec: 'HTTP2', ...common, listener: limited }),
        listenerOf({ name: 'tls', tls, ...common, listener: { ...limited, listener_filters: [inspector] } }),
        listenerOf({ name: 'proxied', ...common, listener: { ...limited, listener_filters: [proxied] } }),
      ],
      clusters: [
        clusterOf('victims', [victims]),
        clusterOf('backends', [backends], {
          more: {
            per_connection_buffer_limit_bytes: 32_768,
            circuit_breakers: { thresholds: [{ max_connections: 10_000, max_pending_requests: 10_000, max_requests: 10_000 }] },
          },
        }),
      ],
    },
  };
}

function other(): ChildProcess {
  return spawn(process.execPath, [process.argv[1]!], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, LATEEN_ATTACK_VICTIM: '1' },
  });
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((done) => child.once('message', (message) => done((message as { readonly port: number }).port)));
}

if (!isProxyChild()) {
  if (process.env['LATEEN_ATTACK_VICTIM'] === '1') runVictim();
  else process.exit(await main());
}
