import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../mesh';
import { bootstrap, rowId } from './bootstrap';
import { request } from './peers/client';
import { H2Peer, headersFrame } from './peers/h2';
import { after, http1, type RunningUpstream, startUpstream, tcp } from './peers/upstream';
import { envoyPath, type Proxy, scratch, startEnvoy, startOurs } from './proxies';
import { type Row } from './row';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const NOBODY = (): Promise<string> => Promise.resolve('');
const echo = tcp((socket) => socket.on('data', (bytes) => socket.write(bytes)));
const row = (name: string, more: Partial<Row>): Row => ({ name, client: NOBODY, manager: { drain_timeout: '0.3s' }, ...more });
const LISTENERS: readonly Row[] = [
  row('fast', { upstreams: { backend: http1(OK) } }),
  row('slow', { upstreams: { backend: http1({ delayMs: 500, send: [OK] }) } }),
  row('bytes', { manager: undefined, tcp: {}, upstreams: { backend: echo } }),
  row('inbound', { upstreams: { backend: http1(OK) }, listener: { traffic_direction: 'INBOUND' } }),
];
/** What a proxy is told, and for how long it then is looked at. Its drain time is two seconds. */
const CASES: readonly { name: string; posts: readonly string[] }[] = [
  { name: 'graceful', posts: ['/drain_listeners?graceful'] },
  { name: 'not graceful', posts: ['/drain_listeners'] },
  { name: 'graceful, ports stay', posts: ['/drain_listeners?graceful&skip_exit'] },
  { name: 'inbound listeners', posts: ['/drain_listeners?inboundonly&graceful'] },
  { name: 'health fails', posts: ['/healthcheck/fail'] },
  { name: 'health fails, and is back', posts: ['/healthcheck/fail', '/healthcheck/ok'] },
];

/** What clients of a proxy that drains saw, a sentence each, by what they spoke. */
type Seen = Readonly<Record<'HTTP/1' | 'HTTP/2' | 'TCP' | 'ports', readonly string[]>>;

/** A client's connection: what has come, and whether it is still there. */
class Connection {
  text = '';
  state = 'open';
  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => (this.text += bytes.latin1Slice()));
    for (const event of ['end', 'close', 'error'] as const) socket.on(event, () => (this.state = 'closed'));
  }
  static async open(port: number): Promise<Connection> {
    const connection = new Connection(connect({ port, host: '127.0.0.1' }));
    await new Promise<void>((done) => {
      for (const event of ['connect', 'close'] as const) connection.socket.once(event, () => done());
    });
    // A port that is closed as it is connected to shows it a moment later.
    await after(30);
    return connection;
  }
  /** Sends a request: the status of what comes in `ms`, and whether it says that the connection ends. */
  async get(ms = 150): Promise<string> {
    if (this.state !== 'open') return 'closed';
    const from = this.text.length;
    this.socket.write(request('GET /'));
    await after(ms);
    return this.text
      .slice(from)
      .split('\r\n')
      .filter((line) => /^(HTTP|connection)/.test(line))
      .join(', ');
  }
}

/** A client's connection of HTTP/2. */
class Connection2 {
  private readonly peer: H2Peer;
  private last = -1;
  private constructor(private readonly under: Connection) {
    this.peer = new H2Peer(under.socket, 'client');
    under.socket.on('data', (bytes: Buffer) => this.peer.receive(bytes));
  }
  static async open(port: number): Promise<Connection2> {
    return new Connection2(await Connection.open(port));
  }
  async get(ms = 150): Promise<string> {
    if (this.under.state !== 'open') return 'closed';
    const id = (this.last += 2);
    const fields = Object.entries({ ':method': 'GET', ':scheme': 'http', ':authority': 'a.example', ':path': '/' });
    this.under.socket.write(headersFrame(id, fields, true));
    await after(ms);
    const seen = this.peer.streams.get(id);
    const status = seen?.blocks[0]?.find(([name]) => name === ':status')?.[1];
    return `${status ?? 'nothing'}${seen?.reset === undefined ? '' : `, reset ${seen.reset}`}, goaway ${this.peer.goaway ?? 'none'}`;
  }
  get state(): string {
    return this.under.state;
  }
}

/** Everything a proxy is looked at for, before, while and after it drains. */
async function look(proxy: Proxy, admin: number, posts: readonly string[]): Promise<Seen> {
  const port = (name: string): number => proxy.ports.get(rowId(LISTENERS.findIndex((one) => one.name === name)))!;
  const [used, unused, slow, inbound] = await Promise.all(['fast', 'fast', 'slow', 'inbound'].map((name) => Connection.open(port(name))));
  const [used2, slow2] = await Promise.all(['fast', 'slow'].map((name) => Connection2.open(port(name))));
  const bytes = await Connection.open(port('bytes'));
  bytes.socket.write('before ');
  await Promise.all([used!.get(), used2!.get()]);
  const answers = Promise.all([slow!.get(700), slow2!.get(700)]);
  await after(100);
  const statuses = await Promise.all(
    posts.map(
      async (path) => (await fetch(`http://127.0.0.1:${admin}${path}`, { method: 'POST', headers: { connection: 'close' } })).status,
    ),
  );
  await after(100);
  const ready = await fetch(`http://127.0.0.1:${admin}/ready`, { headers: { connection: 'close' } });
  const atOnce = `told ${statuses.join()}, then ${ready.status} ${(await ready.text()).trim()}; connections ${[used, unused, used2, bytes].map((one) => one!.state).join()}`;
  const [fresh, fresh2] = [await Connection.open(port('fast')), await Connection2.open(port('fast'))];
  const [asked, asked2, askedInbound, asFresh, asFresh2] = await Promise.all([
    used!.get(),
    used2!.get(),
    inbound!.get(),
    fresh.get(),
    fresh2.get(),
  ]);
  bytes.socket.write('while ');
  const [slowly, slowly2] = await answers;
  await after(2500);
  const late = await Connection.open(port('fast'));
  const [asLate, asInbound, asUnused] = [await late.get(), await (await Connection.open(port('inbound'))).get(), unused!.state];
  bytes.socket.write('after');
  await after(50);
  for (const { socket } of [used!, unused!, slow!, inbound!, bytes, fresh, late]) socket.destroy();
  return {
    'HTTP/1': [
      `a connection in use: ${asked}`,
      `one whose request is slow: ${slowly}`,
      `one that is new: ${asFresh}`,
      `an inbound one: ${askedInbound}`,
      `an idle one, later: ${asUnused}`,
    ],
    'HTTP/2': [
      `a connection in use: ${asked2}`,
      `one whose request is slow: ${slowly2}`,
      `one that is new: ${asFresh2}, later ${used2!.state}`,
    ],
    TCP: [`${bytes.text}, ${bytes.state}`],
    ports: [atOnce, `later: ${asLate}`, `later, inbound: ${asInbound}`],
  };
}

async function run(side: 'lateen' | 'envoy', posts: readonly string[], folder: string): Promise<Seen> {
  const upstreams = await Promise.all(
    LISTENERS.map(async (one) => await startUpstream(one.upstreams!['backend'] as Parameters<typeof startUpstream>[0])),
  );
  const config: JsonObject = bootstrap(LISTENERS, {
    name: side,
    log: join(folder, `${side}-${posts.join().replaceAll(/\W/g, '')}.log`),
    ports: upstreams.map(({ port }) => ({ backend: [port] })),
  });
  const admin = await freePort();
  const proxy = side === 'envoy' ? await startEnvoy(envoyPath()!, config, admin, folder) : await startOurs(config, admin);
  try {
    return await look(proxy, admin, posts);
  } finally {
    await proxy[Symbol.asyncDispose]();
    upstreams.forEach((one: RunningUpstream) => one.stop());
  }
}

(envoyPath() === undefined ? describe.skip : describe)('drains as Envoy does', () => {
  const folders: ReturnType<typeof scratch>[] = [];
  const folder = (): string => {
    folders.push(scratch());
    return folders.at(-1)!.path;
  };
  const seen = new Map<string, { readonly ours: Seen; readonly envoy: Seen }>();
  beforeAll(async () => {
    await Promise.all(
      CASES.map(async ({ name, posts }) => {
        const [ours, envoy] = await Promise.all([run('lateen', posts, folder()), run('envoy', posts, folder())]);
        seen.set(name, { ours, envoy });
      }),
    );
  });
  afterAll(() => folders.forEach((one) => one.remove()));

  describe.each(CASES)('$name', ({ name }) => {
    it.each(['HTTP/1', 'HTTP/2', 'TCP', 'ports'] as const)('%s', (part) =>
      expect(seen.get(name)!.ours[part]).toEqual(seen.get(name)!.envoy[part]),
    );
  });

  it('is graceful when that is asked for', () =>
    expect(seen.get('graceful')!.ours['HTTP/1']).toMatchObject([
      'a connection in use: HTTP/1.1 200 OK, connection: close',
      'one whose request is slow: HTTP/1.1 200 OK, connection: close',
      'one that is new: HTTP/1.1 200 OK, connection: close',
      'an inbound one: HTTP/1.1 200 OK, connection: close',
      'an idle one, later: closed',
    ]));
});
