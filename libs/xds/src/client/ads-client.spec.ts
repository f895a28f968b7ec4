import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create, fromBinary } from '@bufbuild/protobuf';
import { Server } from '@grpc/grpc-js';
import { silentLogger, systemClock, systemRandom } from '@lateen/base';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb';
import { NodeSchema } from '../gen/envoy/config/core/v3/base_pb';
import { createAdsServer, type AdsServer } from '../server/ads-server';
import { type XdsEvent } from '../server/events';
import { GrpcFrontDoor } from '../server/grpc-front-door';
import { RefusedClientError } from '../server/resource-source';
import { FixedSource } from '../testing';
import { type PackedResource, packResource } from '../wire/packed-resource';
import { TYPE_URL } from '../wire/type-urls';
import { AdsClient } from './ads-client';
import { type AdsClientOptions, type RejectedResource } from './ads-client-types';

const cluster = (name: string, altStatName = ''): PackedResource =>
  packResource(ClusterSchema, name, create(ClusterSchema, { name, altStatName }));

let dir: string;
let source: FixedSource;
let ads: AdsServer;
let events: XdsEvent[];
let door: GrpcFrontDoor;
let socket: NetServer;
let clients: AdsClient[];
let refusal: RefusedClientError | undefined;

async function serve(): Promise<void> {
  const server = new Server();
  ads = createAdsServer({ source, clock: systemClock, logger: silentLogger });
  ads.subscribe((event) => events.push(event));
  ads.addTo(server, () => {
    if (refusal !== undefined) throw refusal;
    return { via: 'none' };
  });
  door = new GrpcFrontDoor(server, silentLogger);
  socket = createServer();
  await new Promise<void>((resolve) => socket.listen(join(dir, 'xds.sock'), resolve));
  door.adopt(socket);
}

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'xds-'));
  [source, events, clients, refusal] = [new FixedSource(), [], [], undefined];
  await serve();
});

afterEach(async () => {
  for (const client of clients) client.stop();
  door.close();
  await new Promise((resolve) => socket.close(resolve));
  rmSync(dir, { recursive: true });
});

function client(options: Partial<AdsClientOptions> = {}): AdsClient {
  const made = new AdsClient({
    target: `unix:${join(dir, 'xds.sock')}`,
    node: create(NodeSchema, { id: 'me' }),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    backoff: { initialMs: 5, maxMs: 20 },
    ...options,
  });
  clients.push(made);
  return made;
}

/** Collects updates as `+a -b`; `refuse` names what to reject. */
function collect(target: AdsClient, names: '*' | readonly string[] = '*', refuse: ReadonlySet<string> = new Set()) {
  const seen: string[] = [];
  const subscription = target.subscribe(TYPE_URL.CDS, names, ({ changed, removed }) => {
    seen.push(
      [...changed.map((r) => `+${r.name}${fromBinary(ClusterSchema, r.any.value).altStatName}`), ...removed.map((name) => `-${name}`)].join(
        ' ',
      ),
    );
    return changed.filter((r) => refuse.has(r.name)).map((r): RejectedResource => ({ name: r.name, reason: 'not today' }));
  });
  return { seen, subscription };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const kinds = (): readonly string[] => events.map((e) => e.kind);

describe('AdsClient', () => {
  it('gets what there is, then what changes, and answers each', async () => {
    source.set(cluster('a'));
    const mine = client();
    const { seen } = collect(mine);
    mine.start();
    await until(() => seen.length === 1);
    source.set(cluster('a', '2'), cluster('b'));
    await until(() => seen.length === 2);
    source.set(cluster('b'));
    await until(() => kinds().filter((k) => k === 'acked').length === 3);
    expect(seen).toEqual(['+a', '+a2 +b', '-a']);
    expect(mine.state.connected).toBe(true);
    expect(ads.clients()[0]?.state.types.get(TYPE_URL.CDS)?.state).toBe('SYNCED');
  });

  it('names the resource it refuses, and is not sent it again until it changes', async () => {
    source.set(cluster('a'), cluster('bad'));
    const mine = client();
    const { seen } = collect(mine, '*', new Set(['bad']));
    mine.start();
    await until(() => kinds().includes('rejected'));
    expect(events.find((e) => e.kind === 'rejected')).toMatchObject({ message: 'bad: not today', resources: ['bad'] });
    source.set(cluster('a'), cluster('bad'), cluster('c'));
    await until(() => seen.length === 2);
    expect(seen).toEqual(['+a +bad', '+c +a']);
  });

  it('refuses everything of a response that its handler throws on, and lives on', async () => {
    source.set(cluster('a'));
    const mine = client();
    mine.subscribe(TYPE_URL.CDS, '*', () => {
      throw new Error('a bug');
    });
    mine.start();
    await until(() => kinds().includes('rejected'));
    expect(events.find((e) => e.kind === 'rejected')).toMatchObject({ message: expect.stringMatching(/^a: Cannot apply: .*a bug/) });
  });

  it('follows names that come and go', async () => {
    source.set(cluster('a'), cluster('b'));
    const mine = client();
    const { seen, subscription } = collect(mine, ['a']);
    mine.start();
    await until(() => seen.length === 1);
    subscription.setNames(['b', 'late']);
    await until(() => seen.length === 2);
    source.set(cluster('a', '2'), cluster('b'), cluster('late'));
    await until(() => seen.length === 3);
    expect(seen).toEqual(['+a', '+b -late', '+late']);
  });

  it('comes back after the server was gone, and gets only what changed meanwhile', async () => {
    source.set(cluster('a'), cluster('b'), cluster('gone'));
    const mine = client();
    const { seen } = collect(mine);
    mine.start();
    await until(() => seen.length === 1);
    door.close();
    await new Promise((resolve) => socket.close(resolve));
    await until(() => !mine.state.connected);
    source.set(cluster('a'), cluster('b', '2'));
    await serve();
    await until(() => seen.length === 3);
    expect(seen).toEqual(['+a +b +gone', '+b2', '-gone']);
  });

  it('tries again after a refusal, whose reason it keeps', async () => {
    refusal = new RefusedClientError('unauthenticated', 'who are you');
    source.set(cluster('a'));
    const mine = client();
    const { seen } = collect(mine);
    mine.start();
    await until(() => mine.state.lastError !== undefined);
    expect(mine.state.lastError).toContain('who are you');
    refusal = undefined;
    await until(() => seen.length === 1);
  });

  it('takes a new stream on demand without losing anything', async () => {
    source.set(cluster('a'));
    const mine = client();
    const { seen } = collect(mine);
    mine.start();
    await until(() => seen.length === 1);
    mine.reconnect();
    await until(() => kinds().filter((k) => k === 'connected').length === 2);
    source.set(cluster('b'));
    await until(() => seen.length === 3);
    expect(seen).toEqual(['+a', '+b', '-a']);
  });
});
