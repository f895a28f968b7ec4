import { generateKeyPairSync } from 'node:crypto';
import { create, type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '@lateen/base';
import { PausedClock } from '@lateen/base/testing';
import { TYPE_URL } from '@lateen/xds';
import { type RejectedResource, type UpdateHandler } from '@lateen/xds/client';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { SecretSchema, type Secret as SecretMessage } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { bootstrapRegistry, type Snapshot } from '@lateen/proxy-config';
import { testAuthority } from '@lateen/proxy-config/testing';
import { parseBootstrap } from './bootstrap';
import { ConfigSubscription } from './config-subscription';

const SCHEMAS = {
  CDS: ClusterSchema,
  EDS: ClusterLoadAssignmentSchema,
  LDS: ListenerSchema,
  RDS: RouteConfigurationSchema,
  SDS: SecretSchema,
} as const;
type Type = keyof typeof SCHEMAS;

/** A control plane by hand: what is subscribed to, and a way to send. */
class FakeAds {
  readonly names = new Map<string, readonly string[]>();
  readonly #handlers = new Map<string, UpdateHandler>();

  subscribe = (typeUrl: string, names: '*' | Iterable<string>, handler: UpdateHandler) => {
    this.names.set(typeUrl, [...names]);
    this.#handlers.set(typeUrl, handler);
    return {
      setNames: (next: Iterable<string>) => void this.names.set(typeUrl, [...next]),
      close: () => void (this.names.delete(typeUrl), this.#handlers.delete(typeUrl)),
    };
  };

  asked(type: Type): readonly string[] {
    return [...(this.names.get(TYPE_URL[type]) ?? [])].sort();
  }

  /** One resource under a name of its wrapper's own. */
  sendAs(type: Type, name: string, json: JsonValue): readonly RejectedResource[] {
    const schema: DescMessage = SCHEMAS[type];
    const any = anyPack(schema, fromJson(schema, json, { registry: bootstrapRegistry }));
    return this.#handlers.get(TYPE_URL[type])?.({ typeUrl: TYPE_URL[type], changed: [{ name, version: '1', any }], removed: [] }) ?? [];
  }

  send(type: Type, resources: readonly JsonValue[], removed: readonly string[] = []): readonly RejectedResource[] {
    const schema: DescMessage = SCHEMAS[type];
    const changed = resources.map((json) => {
      const any = anyPack(schema, fromJson(schema, json, { registry: bootstrapRegistry }));
      const { name, clusterName } = json as Record<string, string>;
      return { name: name ?? clusterName ?? '', version: '1', any };
    });
    return this.#handlers.get(TYPE_URL[type])?.({ typeUrl: TYPE_URL[type], changed, removed }) ?? [];
  }
}

const sds = { apiConfigSource: { apiType: 'GRPC', grpcServices: [{ envoyGrpc: { clusterName: 'sds-grpc' } }] }, initialFetchTimeout: '0s' };
const tlsSocket = (config: object, name = 'default', side = 'Downstream') => ({
  name: 'envoy.transport_sockets.tls',
  typedConfig: {
    '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`,
    commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name, sdsConfig: config }] },
  },
});
const cluster = (name: string, more: object = {}): JsonValue =>
  ({ name, type: 'EDS', edsClusterConfig: { edsConfig: { ads: {} } }, ...more }) as JsonValue;
const endpoints = (clusterName: string, address = '10.0.0.1'): JsonValue => ({
  clusterName,
  endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address, portValue: 80 } } } }] }],
});
const listener = (name: string, route: string, more: object = {}): JsonValue =>
  ({
    name,
    address: { socketAddress: { address: '0.0.0.0', portValue: 80 } },
    filterChains: [
      {
        ...more,
        filters: [
          {
            name: 'hcm',
            typedConfig: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              statPrefix: 's',
              rds: { routeConfigName: route, configSource: { ads: {} } },
              httpFilters: [
                { name: 'router', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } },
              ],
            },
          },
        ],
      },
    ],
  }) as JsonValue;
const routes = (name: string, to = 'a'): JsonValue => ({
  name,
  virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: to } }] }],
});

/** A subscription to a control plane by hand, with the snapshots it made. */
function setup(bootstrap: object = { node: { id: 'n' }, dynamicResources: { adsConfig: {} } }) {
  const ads = new FakeAds();
  const clock = new PausedClock();
  const snapshots: Snapshot[] = [];
  const errors: string[] = [];
  const secrets = new Map<string, SecretMessage>();
  let notify: () => void = () => undefined;
  const subscription = new ConfigSubscription({
    bootstrap: parseBootstrap(bootstrap),
    ads,
    clock,
    logger: { ...silentLogger, error: (message) => void errors.push(message) },
    resolve: async (hostname) => (hostname === 'db' ? ['10.9.9.9'] : []),
    secrets: { get: (name) => secrets.get(name), subscribe: (listener) => ((notify = listener), () => undefined) },
    onSnapshot: (snapshot) => void snapshots.push(snapshot),
  });
  subscription.start();
  const addSecret = (name: string, { certificate, privateKey } = LEAF) => {
    secrets.set(
      name,
      create(SecretSchema, {
        name,
        type: { case: 'tlsCertificate', value: { certificateChain: pem(certificate), privateKey: pem(privateKey) } },
      }),
    );
    notify();
  };
  return { errors, ads, clock, snapshots, subscription, addSecret, last: () => snapshots.at(-1) };
}
const authority = testAuthority('warming');
const LEAF = authority.leaf('a.example');
const OTHER = authority.leaf('b.example');
const STRANGE_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const pem = (value: string) => ({ specifier: { case: 'inlineString' as const, value } });
const keys = (map: ReadonlyMap<string, unknown> | undefined) => [...(map ?? new Map()).keys()].sort();

describe('warming', () => {
  it('uses a cluster when its endpoints have arrived', () => {
    const { ads, last } = setup();
    ads.send('CDS', [cluster('a')]);
    expect([ads.asked('EDS'), keys(last()?.clusters)]).toEqual([['a'], []]);
    ads.send('EDS', [endpoints('a')]);
    expect([keys(last()?.clusters), last()?.endpoints.get('a')?.localities[0]?.endpoints[0]?.key]).toEqual([['a'], '10.0.0.1:80']);
  });

  it('asks for no endpoints while no cluster wants any: no names would mean all', () => {
    const { ads } = setup();
    expect(ads.names.has(TYPE_URL.EDS)).toBe(false);
    ads.send('CDS', [cluster('a')]);
    ads.send('CDS', [], ['a']);
    expect(ads.names.has(TYPE_URL.EDS)).toBe(false);
  });

  it('uses a listener when its routes have arrived, and says when it is initialized', () => {
    const { ads, last, subscription } = setup();
    ads.send('CDS', []);
    ads.send('LDS', [listener('l', '80')]);
    expect([ads.asked('RDS'), keys(last()?.listeners), subscription.initialized]).toEqual([['80'], [], false]);
    ads.send('RDS', [routes('80')]);
    expect([keys(last()?.listeners), keys(last()?.routes), subscription.initialized]).toEqual([['l'], ['80'], true]);
  });

  it('keeps the old listener until the routes of the new one have arrived', () => {
    const { ads, last } = setup();
    ads.send('LDS', [listener('l', '80')]);
    ads.send('RDS', [routes('80')]);
    const before = last()?.listeners.get('l');
    ads.send('LDS', [listener('l', '81')]);
    expect([last()?.listeners.get('l') === before, ads.asked('RDS')]).toEqual([true, ['80', '81']]);
    ads.send('RDS', [routes('81')]);
    expect([last()?.listeners.get('l') === before, ads.asked('RDS'), keys(last()?.routes)]).toEqual([false, ['81'], ['81']]);
  });

  it('waits for the secrets of the agent for ever', () => {
    const { ads, last, addSecret, clock } = setup();
    ads.send('LDS', [listener('l', '80', { transportSocket: tlsSocket(sds) })]);
    ads.send('RDS', [routes('80')]);
    clock.advance(60_000);
    expect(keys(last()?.listeners)).toEqual([]);
    addSecret('default');
    expect([keys(last()?.listeners), last()?.secrets.get('sds/default')]).toEqual([
      ['l'],
      { kind: 'certificate', name: 'default', certificateChain: LEAF.certificate, privateKey: LEAF.privateKey },
    ]);
  });

  it('waits for secrets of the control plane no longer than it says', () => {
    const { ads, last, clock } = setup();
    ads.send('LDS', [listener('l', '80', { transportSocket: tlsSocket({ ads: {} }, 'kubernetes://c') })]);
    ads.send('RDS', [routes('80')]);
    expect([ads.asked('SDS'), keys(last()?.listeners)]).toEqual([['kubernetes://c'], []]);
    clock.advance(15_000);
    expect(keys(last()?.listeners)).toEqual(['l']);
    ads.send('SDS', [
      {
        name: 'kubernetes://c',
        tlsCertificate: { certificateChain: { inlineString: LEAF.certificate }, privateKey: { inlineString: LEAF.privateKey } },
      },
    ]);
    expect(keys(last()?.secrets)).toEqual(['ads/kubernetes://c']);
  });

  it('tells which clusters wait for a secret, and which', () => {
    const { ads, last, clock } = setup();
    const transportSocket = tlsSocket({ ads: {} }, 'file-root:/ca.pem', 'Upstream');
    ads.send('CDS', [cluster('c', { transportSocket }), cluster('d')]);
    ads.send('EDS', [endpoints('c'), endpoints('d')]);
    expect([keys(last()?.clusters), [...(last()?.waiting ?? [])]]).toEqual([['d'], [['c', 'secret "file-root:/ca.pem"']]]);
    clock.advance(15_000);
    expect([keys(last()?.clusters), [...(last()?.waiting ?? [])]]).toEqual([['c', 'd'], []]);
  });

  it('takes over a rotated secret', () => {
    const { ads, last, addSecret } = setup();
    ads.send('LDS', [listener('l', '80', { transportSocket: tlsSocket(sds) })]);
    ads.send('RDS', [routes('80')]);
    addSecret('default');
    addSecret('default', OTHER);
    expect(last()?.secrets.get('sds/default')).toMatchObject({ certificateChain: OTHER.certificate });
  });

  const unusable: readonly { name: string; pair: typeof LEAF; reason: RegExp }[] = [
    { name: 'no certificate', pair: { ...OTHER, certificate: 'garbage' }, reason: /no start line/ },
    { name: 'no key', pair: { ...OTHER, privateKey: 'garbage' }, reason: /private key/ },
    { name: 'the key of another', pair: { ...OTHER, privateKey: STRANGE_KEY }, reason: /key values mismatch/ },
    { name: 'a certificate cut short', pair: { ...OTHER, certificate: OTHER.certificate.slice(0, 400) }, reason: /private key/ },
  ];
  it.each(unusable)('keeps the last good secret of the agent when the next holds $name, and says so once', ({ pair, reason }) => {
    const { ads, last, addSecret, subscription, errors } = setup();
    ads.send('LDS', [listener('l', '80', { transportSocket: tlsSocket(sds) })]);
    ads.send('RDS', [routes('80')]);
    addSecret('default');
    addSecret('default', pair);
    addSecret('default', pair);
    expect(last()?.secrets.get('sds/default')).toMatchObject({ certificateChain: LEAF.certificate });
    expect(errors).toEqual([expect.stringMatching(reason)]);
    expect(subscription.held.updates.get(TYPE_URL.SDS)).toEqual({ success: 0, rejected: 1 });
    addSecret('default', OTHER);
    expect(last()?.secrets.get('sds/default')).toMatchObject({ certificateChain: OTHER.certificate });
  });

  it.each(unusable)('keeps the last good secret of the control plane when the next holds $name, and refuses that', ({ pair, reason }) => {
    const { ads, last, subscription } = setup();
    const send = ({ certificate, privateKey }: typeof LEAF) =>
      ads.send('SDS', [
        { name: 'c', tlsCertificate: { certificateChain: { inlineString: certificate }, privateKey: { inlineString: privateKey } } },
      ]);
    ads.send('LDS', [listener('l', '80', { transportSocket: tlsSocket({ ads: {} }, 'c') })]);
    ads.send('RDS', [routes('80')]);
    send(LEAF);
    expect(send(pair)).toEqual([{ name: 'c', reason: expect.stringMatching(reason) }]);
    expect(last()?.secrets.get('ads/c')).toMatchObject({ certificateChain: LEAF.certificate });
    expect(subscription.held.updates.get(TYPE_URL.SDS)).toEqual({ success: 1, rejected: 1 });
  });
});

describe('updates', () => {
  it('reject one resource by name; the rest applies and the last good version stays', () => {
    const { ads, last, subscription } = setup();
    ads.send('RDS', []);
    ads.send('LDS', [listener('l', '80')]);
    ads.send('RDS', [routes('80', 'a')]);
    const good = last()?.routes.get('80');
    const bad = {
      name: '80',
      virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { safeRegex: { regex: '(' } }, route: { cluster: 'x' } }] }],
    };
    const rejected = ads.send('RDS', [bad]);
    expect(rejected.map(({ name }) => name)).toEqual(['80']);
    expect(rejected[0]?.reason).toContain('virtualHosts[0].routes[0].match.safeRegex: Cannot compile regex "("');
    expect([last()?.routes.get('80') === good, subscription.held.routes.refused.get('80')?.reason]).toEqual([true, rejected[0]?.reason]);
  });

  it('refuse a resource that has another name inside', () => {
    const { ads } = setup();
    expect(ads.sendAs('CDS', 'b', cluster('a'))).toEqual([{ name: 'b', reason: 'is named "a" inside' }]);
  });

  it('share unchanged parts by reference, and make no snapshot when nothing changed', () => {
    const { ads, snapshots } = setup();
    ads.send('CDS', [cluster('a'), cluster('b')]);
    ads.send('EDS', [endpoints('a'), endpoints('b')]);
    const [before, count] = [snapshots.at(-1), snapshots.length];
    ads.send('CDS', [cluster('a'), cluster('b')]);
    expect(snapshots.length).toBe(count);
    ads.send('EDS', [endpoints('a', '10.0.0.2')]);
    const after = snapshots.at(-1);
    expect([
      after?.clusters === before?.clusters,
      after?.listeners === before?.listeners,
      after?.endpoints.get('b') === before?.endpoints.get('b'),
      after?.endpoints.get('a') === before?.endpoints.get('a'),
    ]).toEqual([true, true, true, false]);
  });

  it('keep endpoints that are removed while their cluster is there, and drop both with the cluster', () => {
    const { ads, last } = setup();
    ads.send('CDS', [cluster('a')]);
    ads.send('EDS', [endpoints('a')]);
    ads.send('EDS', [], ['a']);
    expect(keys(last()?.endpoints)).toEqual(['a']);
    ads.send('CDS', [], ['a']);
    expect([keys(last()?.clusters), keys(last()?.endpoints)]).toEqual([[], []]);
  });

  it('of a cluster keep its endpoints: it does not warm again', () => {
    const { ads, last } = setup();
    ads.send('CDS', [cluster('a')]);
    ads.send('EDS', [endpoints('a')]);
    ads.send('CDS', [cluster('a', { connectTimeout: '1s' })]);
    expect([last()?.clusters.get('a')?.connectTimeoutMs, keys(last()?.endpoints)]).toEqual([1000, ['a']]);
  });
});

describe('static resources', () => {
  const bootstrap = {
    node: { id: 'n', metadata: { NAME: 'x' } },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 15000 } } },
    dynamic_resources: { ads_config: { grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }] } },
    cluster_manager: { upstream_bind_config: { source_address: { address: '10.1.1.1', port_value: 0 } } },
    static_resources: {
      clusters: [
        {
          name: 'prometheus_stats',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'prometheus_stats',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 15000 } } } }] }],
          },
        },
        {
          name: 'db',
          type: 'STRICT_DNS',
          load_assignment: {
            cluster_name: 'db',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'db', port_value: 5432 } } } }] }],
          },
        },
      ],
    },
  };
  it('are used from the start, names resolved', async () => {
    const { last } = setup(bootstrap);
    expect(keys(last()?.clusters)).toEqual(['prometheus_stats']);
    expect(last()?.clusters.get('prometheus_stats')?.bindAddress).toEqual({ address: '10.1.1.1', port: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(last()?.endpoints.get('db')?.localities[0]?.endpoints[0]).toMatchObject({
      address: '10.9.9.9',
      hostname: 'db',
      key: '10.9.9.9:5432',
    });
  });
  it('survive an update that replaces or removes them', () => {
    const { ads, last } = setup(bootstrap);
    ads.send('CDS', [cluster('prometheus_stats')]);
    ads.send('CDS', [], ['prometheus_stats']);
    expect(last()?.clusters.get('prometheus_stats')?.type).toBe('static');
  });
  it('are read with the rest of the bootstrap', () => {
    const parsed = parseBootstrap(bootstrap);
    expect([parsed.admin, parsed.usesAds, parsed.adsCluster, parsed.node.id]).toEqual([
      { address: '127.0.0.1', port: 15000 },
      true,
      'xds-grpc',
      'n',
    ]);
  });
  it('that cannot be read are named', () => {
    expect(() => parseBootstrap({ static_resources: { clusters: [{ name: 1 }] } })).toThrow(
      'Cannot use bootstrap: static_resources.clusters[0]',
    );
  });
});

describe('bytes', () => {
  it('that are no message are a rejection', () => {
    const { ads } = setup();
    ads.send('LDS', []);
    const any = { ...anyPack(ClusterSchema, create(ClusterSchema, { name: 'a' })), value: new Uint8Array([255, 255]) };
    expect(toBinary(ClusterSchema, create(ClusterSchema)).length).toBe(0);
    const handlers: UpdateHandler[] = [];
    const subscription = new ConfigSubscription({
      bootstrap: parseBootstrap({}),
      ads: { subscribe: (_type, _names, handler) => (handlers.push(handler), { setNames: () => undefined, close: () => undefined }) },
      clock: new PausedClock(),
      logger: silentLogger,
      secrets: { get: () => undefined, subscribe: () => () => undefined },
      onSnapshot: () => undefined,
    });
    subscription.start();
    expect(handlers[0]?.({ typeUrl: TYPE_URL.CDS, changed: [{ name: 'a', version: '1', any }], removed: [] })).toMatchObject([
      { name: 'a' },
    ]);
  });
});
