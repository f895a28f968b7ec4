import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { fromJson, type JsonObject } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testAuthority } from '@lateen/proxy-config/testing';
import { type Secret, SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { freePort } from '../stand/free-port';
import { listenerOf } from '../stand/resources';
import { envoyPath, type Proxy, scratch, startEnvoy, startOurs } from './proxies';

const one = testAuthority('one');
const two = testAuthority('two');
const strange = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const [first, second] = [one.leaf('first.example'), two.leaf('second.example')];
const elliptic = one.ecdsaLeaf('first.example');
const identity = ({ certificate: cert, privateKey: key }: typeof first): ConnectionOptions => ({ cert, key });
const inline = (text: string): JsonObject => ({ inline_string: text });
const pair = ({ certificate, privateKey }: typeof first): JsonObject => ({
  tls_certificate: { certificate_chain: inline(certificate), private_key: inline(privateKey) },
});
const anchors = (pem: string): JsonObject => ({ validation_context: { trusted_ca: inline(pem) } });

/** What is given to a proxy while it runs, and what its clients find then: the same of both. */
interface Step {
  readonly name: string;
  readonly secret: 'default' | 'ROOTCA';
  readonly value: JsonObject;
  /** The certificate that is shown to a client of authority one and to one of authority two; `refused`: it is not let in. */
  readonly want: readonly [one: string, two: string];
  readonly rejected?: true;
}

const FIRST = 'first.example';
const SECOND = 'second.example';
const steps: readonly Step[] = [
  { name: 'another certificate', secret: 'default', value: pair(second), want: [SECOND, 'refused'] },
  {
    name: 'a certificate that is none',
    secret: 'default',
    value: pair({ ...first, certificate: 'garbage' }),
    want: [SECOND, 'refused'],
    rejected: true,
  },
  {
    name: 'a key that is none',
    secret: 'default',
    value: pair({ ...first, privateKey: 'garbage' }),
    want: [SECOND, 'refused'],
    rejected: true,
  },
  {
    name: 'the key of another',
    secret: 'default',
    value: pair({ ...first, privateKey: strange }),
    want: [SECOND, 'refused'],
    rejected: true,
  },
  {
    name: 'a key of another kind',
    secret: 'default',
    value: pair({ ...first, privateKey: elliptic.privateKey }),
    want: [SECOND, 'refused'],
    rejected: true,
  },
  { name: 'a certificate of another kind', secret: 'default', value: pair(elliptic), want: [FIRST, 'refused'] },
  { name: 'the kind of before', secret: 'default', value: pair(second), want: [SECOND, 'refused'] },
  {
    name: 'a certificate cut short',
    secret: 'default',
    value: pair({ ...first, certificate: first.certificate.slice(0, 400) }),
    want: [SECOND, 'refused'],
    rejected: true,
  },
  { name: 'the first again', secret: 'default', value: pair(first), want: [FIRST, 'refused'] },
  { name: 'both authorities', secret: 'ROOTCA', value: anchors(one.certificate + two.certificate), want: [FIRST, FIRST] },
  { name: 'anchors that are none', secret: 'ROOTCA', value: anchors('garbage'), want: [FIRST, FIRST], rejected: true },
  { name: 'the other authority alone', secret: 'ROOTCA', value: anchors(two.certificate), want: ['refused', FIRST] },
];

/** A proxy whose secrets can be changed. */
interface Stand extends AsyncDisposable {
  readonly proxy: Proxy;
  give(name: string, value: JsonObject): void;
  /** Secrets that were refused, of both names. */
  rejected(): Promise<number>;
}

const initial = { default: pair(first), ROOTCA: anchors(one.certificate) };

function bootstrap(configOf: (name: string) => JsonObject): JsonObject {
  const ref = (name: string): JsonObject => ({ name, sds_config: configOf(name) });
  const tls = {
    common_tls_context: { tls_certificate_sds_secret_configs: [ref('default')], validation_context_sds_secret_config: ref('ROOTCA') },
    require_client_certificate: true,
  };
  const answer = { match: { prefix: '/' }, direct_response: { status: 200, body: inline('ok') } };
  const manager = { route_config: { name: 'r', virtual_hosts: [{ name: 'all', domains: ['*'], routes: [answer] }] } };
  return {
    node: { id: 'swap', cluster: 'swap' },
    static_resources: { listeners: [listenerOf({ name: 'l', cluster: 'none', tls, manager })] },
  };
}

/** Ours, with what an agent would give it. */
async function ours(): Promise<Stand> {
  const held = new Map<string, Secret>();
  const listeners = new Set<() => void>();
  const hold = (name: string, value: JsonObject): void => void held.set(name, fromJson(SecretSchema, { name, ...value }));
  for (const [name, value] of Object.entries(initial)) hold(name, value);
  const agent = {
    api_config_source: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }] },
  };
  const proxy = await startOurs(
    bootstrap(() => agent),
    await freePort(),
    {
      get: (name) => held.get(name),
      subscribe: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  );
  return {
    proxy,
    give: (name, value) => {
      hold(name, value);
      for (const listener of listeners) listener();
    },
    rejected: async () => (await proxy.stats()).get('sds.update_rejected') ?? 0,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

/** Envoy, with files that it watches. */
async function envoy(path: string): Promise<Stand> {
  const folder = scratch();
  const fileOf = (name: string): string => join(folder.path, `${name}.json`);
  const give = (name: string, value: JsonObject): void => {
    const resource = { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', name, ...value };
    writeFileSync(`${fileOf(name)}.new`, JSON.stringify({ resources: [resource] }));
    renameSync(`${fileOf(name)}.new`, fileOf(name));
  };
  for (const [name, value] of Object.entries(initial)) give(name, value);
  const proxy = await startEnvoy(
    path,
    bootstrap((name) => ({ path_config_source: { path: fileOf(name) } })),
    await freePort(),
    folder.path,
  );
  return {
    proxy,
    give,
    rejected: async () => {
      const stats = await proxy.stats();
      return ['default', 'ROOTCA'].reduce((sum, name) => sum + (stats.get(`sds.${name}.update_rejected`) ?? 0), 0);
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      folder.remove();
    },
  };
}

interface Seen {
  /** The name that was shown, once a request was answered; else `refused`. A session that is resumed shows nothing. */
  readonly shown: string;
  readonly resumed: boolean;
  readonly session: Buffer | undefined;
}

/** One request on a connection of its own. */
async function ask(port: number, options: ConnectionOptions): Promise<Seen> {
  return await new Promise((done) => {
    let session: Buffer | undefined;
    let [name, resumed, answered] = ['', false, false];
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      name = socket.getPeerCertificate().subjectaltname?.replace('DNS:', '') ?? 'nothing';
      resumed = socket.isSessionReused();
      socket.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    });
    socket.on('session', (bytes: Buffer) => (session = bytes));
    socket.on('data', () => {
      answered = true;
      socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => done({ shown: answered ? name : 'refused', resumed, session }));
  });
}

/** Resolves when a condition holds; what comes of it says whether it did. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const late = Date.now() + 5000; Date.now() < late && !(await holds());) await new Promise((done) => setTimeout(done, 30));
}

const path = envoyPath();
const stands = [{ name: 'lateen', start: ours }, ...(path === undefined ? [] : [{ name: 'envoy', start: () => envoy(path) }])];

describe.each(stands)('certificates that change under $name', ({ start }) => {
  let stand: Stand;
  let port: number;
  let rejected = 0;
  beforeAll(async () => {
    stand = await start();
    port = stand.proxy.ports.get('l')!;
  });
  afterAll(async () => await stand[Symbol.asyncDispose]());

  const outcome = async (): Promise<readonly string[]> =>
    [await ask(port, identity(first)), await ask(port, identity(second))].map(({ shown }) => shown);

  it('are shown as they are at first, and sessions taken up again', async () => {
    expect(await outcome()).toEqual([FIRST, 'refused']);
    const { session } = await ask(port, { ...identity(first), maxVersion: 'TLSv1.2' });
    expect(await ask(port, { ...identity(first), maxVersion: 'TLSv1.2', session })).toMatchObject({ shown: 'nothing', resumed: true });
  });

  it('void the sessions of before, and leave connections alone', async () => {
    const old = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...identity(first) });
    await new Promise((done) => old.once('secureConnect', done));
    const sessions = await Promise.all(
      (['TLSv1.2', 'TLSv1.3'] as const).map(async (maxVersion) => ({
        maxVersion,
        ...(await ask(port, { ...identity(first), maxVersion })),
      })),
    );
    stand.give('default', pair(second));
    await until(async () => (await ask(port, identity(first))).shown === SECOND);
    for (const { maxVersion, session } of sessions)
      expect(await ask(port, { ...identity(first), maxVersion, session })).toMatchObject({ shown: SECOND, resumed: false });
    const answer = new Promise<string>((done) => old.once('data', (bytes: Buffer) => done(bytes.toString())));
    old.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 200/);
    old.destroy();
    stand.give('default', pair(first));
    await until(async () => (await ask(port, identity(first))).shown === FIRST);
  });

  it.each(steps)('for $name', async ({ secret, value, want, rejected: refused }) => {
    stand.give(secret, value);
    if (refused) {
      rejected++;
      await until(async () => (await stand.rejected()) >= rejected);
    } else await until(async () => (await outcome()).join() === want.join());
    expect(await outcome()).toEqual(want);
    expect(await stand.rejected()).toBe(rejected);
  });
});
