import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@lateen/base';
import { PausedClock } from '@lateen/base/testing';
import { TYPE_URL } from '@lateen/xds';
import { type UpdateHandler } from '@lateen/xds/client';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { testAuthority } from '@lateen/proxy-config/testing';
import { parseBootstrap } from '../xds/bootstrap';
import { ConfigSubscription } from '../xds/config-subscription';
import { type AdminServer, startAdminServer } from './admin-server';
import { type AdminSource, type ServerState } from './model';

const bootstrap = {
  node: { id: 'sidecar~10.0.0.1~web.default~default.svc.cluster.local' },
  dynamic_resources: { ads_config: {} },
  static_resources: {
    clusters: [
      {
        name: 'agent',
        load_assignment: {
          cluster_name: 'agent',
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 15020 } } } }] }],
        },
      },
      {
        name: 'tls',
        transport_socket: {
          name: 'tls',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
            common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'default' }] },
          },
        },
      },
    ],
  },
};

const leaf = testAuthority('admin').leaf('a.example');
let server: AdminServer | undefined;
afterEach(async () => server?.[Symbol.asyncDispose]());

async function* slicesOf(slices: Iterable<string>): AsyncGenerator<string> {
  for (const slice of slices) yield await Promise.resolve(slice);
}

/** A proxy with an admin interface, and what it was told to do. */
async function start(state: ServerState = 'LIVE', metrics: AdminSource['metrics'] = () => slicesOf(['istio_requests_total{} 1\n'])) {
  const handlers = new Map<string, UpdateHandler>();
  const inline = (value: string) => ({ specifier: { case: 'inlineString' as const, value } });
  const clock = new PausedClock();
  const subscription = new ConfigSubscription({
    bootstrap: parseBootstrap(bootstrap),
    ads: { subscribe: (type, _names, handler) => (handlers.set(type, handler), { setNames: () => undefined, close: () => undefined }) },
    secrets: {
      get: (name) =>
        create(SecretSchema, {
          name,
          type: { case: 'tlsCertificate', value: { certificateChain: inline(leaf.certificate), privateKey: inline(leaf.privateKey) } },
        }),
      subscribe: () => () => undefined,
    },
    clock,
    logger: silentLogger,
    onSnapshot: () => undefined,
  });
  subscription.start();
  const cluster = (name: string, more: object = {}) => ({
    name,
    version: '7',
    any: anyPack(ClusterSchema, create(ClusterSchema, { name, ...more })),
  });
  handlers.get(TYPE_URL.CDS)?.({
    typeUrl: TYPE_URL.CDS,
    changed: [cluster('good'), cluster('bad', { connectTimeout: { seconds: -1n } })],
    removed: [],
  });
  const done: string[] = [];
  let level = 'info';
  const source: AdminSource = {
    clock,
    version: '1.31.0',
    bootstrap,
    state: () => state,
    snapshot: () => subscription.snapshot,
    held: () => subscription.held,
    clusters: () =>
      [...subscription.snapshot.clusters.values()].map((config) => ({
        config,
        stats: { upstream_cx_total: 3 },
        hosts: new Map(
          (subscription.snapshot.endpoints.get(config.name)?.localities ?? []).flatMap((l) =>
            l.endpoints.map((endpoint) => [endpoint.key, { endpoint, active: 1, ejected: true, requests: 5, failures: 2 }]),
          ),
        ),
      })),
    listeners: () => [{ name: 'virtualInbound', address: { address: '0.0.0.0', port: 15006 } }],
    stats: () => [['http.inbound_0.0.0.0_8080.downstream_rq_total', 9]],
    metrics,
    logLevel: () => level,
    setLogLevel: (next) => void (level = next),
    drainListeners: (request) => void done.push(`drain ${JSON.stringify(request)}`),
    failHealth: (failing) => void done.push(`fails ${failing}`),
    quit: () => void done.push('quit'),
  };
  server = await startAdminServer({ address: '127.0.0.1', port: 0 }, source, silentLogger);
  const call = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server?.address.port}${path}`, init);
  return { call, done, body: async (path: string, init?: RequestInit) => (await call(path, init)).text() };
}

describe('admin interface', () => {
  it('/config_dump has what was received, what was refused and why, and no private key', async () => {
    const { body } = await start();
    const text = await body('/config_dump?include_eds');
    const dump = JSON.parse(text) as { configs: Record<string, unknown>[] };
    expect(dump.configs.map((c) => String(c['@type']).split('.').pop())).toEqual([
      'BootstrapConfigDump',
      'ClustersConfigDump',
      'ListenersConfigDump',
      'RoutesConfigDump',
      'EndpointsConfigDump',
      'SecretsConfigDump',
    ]);
    expect(dump.configs[1]?.['dynamic_active_clusters']).toMatchObject([
      { version_info: '7', cluster: { '@type': TYPE_URL.CDS, name: 'good' } },
    ]);
    expect(text).not.toContain(Buffer.from(leaf.privateKey).toString('base64'));
    expect(text).toContain(Buffer.from(leaf.certificate).toString('base64'));
  });
  it('/config_dump takes one list, by name', async () => {
    const { body } = await start();
    expect(JSON.parse(await body('/config_dump?resource=static_clusters&name_regex=^ag'))).toMatchObject({
      configs: [{ cluster: { name: 'agent' } }],
    });
  });
  it('/clusters names hosts with their numbers', async () => {
    const { body } = await start();
    expect((await body('/clusters')).split('\n')).toEqual(
      expect.arrayContaining(['agent::127.0.0.1:15020::rq_success::3', 'agent::127.0.0.1:15020::health_flags::/failed_outlier_check']),
    );
    expect(JSON.parse(await body('/clusters?format=json'))).toMatchObject({
      cluster_statuses: [{ name: 'agent' }, { name: 'tls' }, { name: 'good' }],
    });
  });
  it('/stats counts refused updates', async () => {
    const { body } = await start();
    const lines = (await body('/stats')).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'cluster_manager.cds.update_rejected: 1',
        'cluster.agent.upstream_cx_total: 3',
        'http.inbound_0.0.0.0_8080.downstream_rq_total: 9',
        'server.live: 1',
      ]),
    );
    expect(await body('/stats?filter=^cluster\\.agent\\.upstream')).toBe('cluster.agent.upstream_cx_total: 3\n');
  });
  it('/stats/prometheus asks for a slice when there is room for it, and for no more when its reader has gone', async () => {
    let made = 0;
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          made++;
          yield await new Promise<string>((resolve) => setImmediate(() => resolve('x'.repeat(100_000))));
        }
      } finally {
        ended();
      }
    }
    const { call } = await start('LIVE', endless);
    const gone = new AbortController();
    const reader = (await call('/stats/prometheus', { signal: gone.signal })).body?.getReader();
    await reader?.read();
    // Nobody reads: sockets fill, and then nothing more is made.
    let before = -1;
    while (before !== made) {
      before = made;
      for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(made).toBeLessThan(500);
    gone.abort();
    await end;
  });
  it('/stats/prometheus that breaks off does not look whole', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield await Promise.resolve('istio_requests_total{} 1\n');
      throw new Error('no more');
    }
    const { body } = await start('LIVE', broken);
    await expect(body('/stats/prometheus')).rejects.toThrow();
  });
  it("/stats/prometheus begins with Istio's metrics", async () => {
    const { body } = await start();
    expect((await body('/stats/prometheus')).split('\n')).toEqual(
      expect.arrayContaining(['istio_requests_total{} 1', 'envoy_cluster_manager_cds_update_rejected{} 1']),
    );
  });
  it('/ready is 503 until live', async () => {
    const { call } = await start('PRE_INITIALIZING');
    const response = await call('/ready');
    expect([response.status, await response.text()]).toEqual([503, 'PRE_INITIALIZING\n']);
  });
  it('/listeners lists open sockets', async () => expect(await (await start()).body('/listeners')).toBe('virtualInbound::0.0.0.0:15006\n'));
  it('/logging changes the level', async () => {
    const { body } = await start();
    expect(await body('/logging?level=debug', { method: 'POST' })).toBe('active loggers:\n  proxy: debug\n');
    expect((await body('/logging?level=loud', { method: 'POST' })).slice(0, 30)).toBe('error: unknown level "loud", e');
  });
  it('changes nothing by GET, nor for a web page', async () => {
    const { call, done } = await start();
    const statuses = [
      await call('/drain_listeners'),
      await call('/logging?level=off'),
      await call('/quitquitquit', { method: 'POST', headers: { origin: 'http://evil.example' } }),
    ].map((r) => r.status);
    expect([statuses, done]).toEqual([[405, 405, 403], []]);
    await call('/drain_listeners?inboundonly', { method: 'POST' });
    await call('/drain_listeners?graceful&skip_exit', { method: 'POST' });
    for (const path of ['fail', 'ok']) await call(`/healthcheck/${path}`, { method: 'POST' });
    expect(done).toEqual([
      'drain {"inboundOnly":true,"graceful":false,"skipExit":false}',
      'drain {"inboundOnly":false,"graceful":true,"skipExit":true}',
      'fails true',
      'fails false',
    ]);
  });
  it('answers 404 with what there is', async () => {
    const { call } = await start();
    const response = await call('/nothing');
    expect([response.status, (await response.text()).includes('/config_dump')]).toEqual([404, true]);
  });
  it('/server_info has the node', async () =>
    expect(JSON.parse(await (await start()).body('/server_info'))).toMatchObject({ state: 'LIVE', node: bootstrap.node }));
});
