import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type DescMessage, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLogger, systemClock, systemRandom } from '@lateen/base';
import { type PackedResource, packResource } from '@lateen/xds';
import { AdsClient } from '@lateen/xds/client';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { xdsRegistry } from '@lateen/xds/registry';
import { createAdsServer } from '@lateen/xds/server';
import { FixedSource } from '@lateen/xds/testing';
import { testAuthority } from '@lateen/proxy-config/testing';
import { parse as parseYaml } from 'yaml';
import { parseBootstrap } from './bootstrap';
import { ConfigSubscription } from './config-subscription';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../..');
const istiod = join(process.env['LATEEN_REFERENCE'] ?? join(root, '../shared/reference'), 'istiod');
const proxies = ['01-plain', '02-http-routes', '03-destination-rules', '04-peer-authentication', '05-gateway'].flatMap((folder) =>
  existsSync(join(istiod, folder))
    ? readdirSync(join(istiod, folder))
        .filter((file) => file.endsWith('.yaml') && file !== 'input.yaml')
        .map((file) => `${folder}/${file}`)
    : [],
);

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

type Dump = Partial<Record<'listeners' | 'routes' | 'clusters' | 'endpoints', readonly JsonValue[]>>;

function pack<Desc extends DescMessage>(schema: Desc, list: readonly JsonValue[] = []): PackedResource[] {
  return list.map((json) => {
    const { name, clusterName } = json as Readonly<Record<string, string>>;
    return packResource(schema, name ?? clusterName ?? '', fromJson(schema, json, { registry: xdsRegistry() }));
  });
}

const authority = testAuthority('reference');
const leaf = authority.leaf('a.example');
const inline = (value: string) => ({ specifier: { case: 'inlineString' as const, value } });
/** A secret of the kind its name says. */
const secret = (name: string) =>
  create(SecretSchema, {
    name,
    type:
      name === 'ROOTCA' || name.startsWith('file-root:') || name.endsWith('-cacert')
        ? { case: 'validationContext', value: { trustedCa: inline(authority.certificate) } }
        : { case: 'tlsCertificate', value: { certificateChain: inline(leaf.certificate), privateKey: inline(leaf.privateKey) } },
  });

/** Serves a proxy's resources on a real ADS server and follows them; resolves when all is in use, or after five seconds. */
async function follow(file: string) {
  const dump = parseYaml(readFileSync(join(istiod, file), 'utf8')) as Dump;
  const credentials = ['kubernetes://secure-cert', 'kubernetes://mutual-cert', 'kubernetes://mutual-cert-cacert'];
  const source = new FixedSource();
  source.set(
    ...pack(ClusterSchema, dump.clusters),
    ...pack(ClusterLoadAssignmentSchema, dump.endpoints),
    ...pack(ListenerSchema, dump.listeners),
    ...pack(RouteConfigurationSchema, dump.routes),
    ...credentials.map((name) => packResource(SecretSchema, name, secret(name))),
  );
  const server = new Server();
  const ads = createAdsServer({ source, clock: systemClock, logger: silentLogger });
  ads.addTo(server, () => ({ via: 'none' }));
  const nacks: string[] = [];
  ads.subscribe((event) => void (event.kind === 'rejected' && nacks.push(event.message)));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const bootstrap = parseBootstrap({
    node: { id: 'sidecar~10.1.0.10~web.default~default.svc.cluster.local' },
    dynamic_resources: { ads_config: {} },
  });
  const client = new AdsClient({
    target: `127.0.0.1:${port}`,
    node: bootstrap.node,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  });
  const wanted = { clusters: dump.clusters?.length ?? 0, listeners: dump.listeners?.length ?? 0 };
  let snapshots = 0;
  const subscription = await new Promise<ConfigSubscription>((resolve) => {
    const subscription: ConfigSubscription = new ConfigSubscription({
      bootstrap,
      ads: client,
      secrets: { get: secret, subscribe: () => () => undefined },
      clock: systemClock,
      logger: silentLogger,
      onSnapshot: ({ clusters, listeners }) => {
        snapshots++;
        if (clusters.size === wanted.clusters && listeners.size === wanted.listeners) setImmediate(() => resolve(subscription));
      },
    });
    subscription.start();
    client.start();
    const timer = setTimeout(() => resolve(subscription), 5000);
    stops.push(() => (clearTimeout(timer), subscription.stop(), client.stop(), server.forceShutdown()));
  });
  return { subscription, wanted, nacks, snapshots };
}

const when = existsSync(istiod) ? describe : describe.skip;

when("Istio's Pilot's resources over ADS", () => {
  it.each(proxies)('%s: every listener and cluster comes into use, none is rejected', async (file) => {
    const { subscription, wanted, nacks } = await follow(file);
    const { snapshot, held } = subscription;
    expect({
      nacks,
      clusters: snapshot.clusters.size,
      listeners: snapshot.listeners.size,
      waiting: [...held.warmingClusters, ...held.warmingListeners],
    }).toEqual({ nacks: [], ...wanted, waiting: [] });
    expect(subscription.initialized).toBe(true);
    for (const cluster of snapshot.clusters.values())
      expect([cluster.name, snapshot.endpoints.has(cluster.name)]).toEqual([cluster.name, cluster.type !== 'original_dst']);
  });
});
