import { spawn } from 'node:child_process';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { silentLogger, systemClock } from '@lateen/base';
import { Cluster_DiscoveryType, ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb';
import { type RouteConfiguration, RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb';
import { RouterSchema } from '../gen/envoy/extensions/filters/http/router/v3/router_pb';
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { FixedSource } from '../testing';
import { packAny, type PackedResource, packResource } from '../wire/packed-resource';
import { createAdsServer } from './ads-server';
import { GrpcFrontDoor } from './grpc-front-door';

const HOST = 'echo.default.svc.cluster.local:7070';
const ADS = { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: 2 } as const;

/** An echo service that answers its own name. */
async function backend(name: string): Promise<{ readonly server: Server; readonly port: number }> {
  const server = new Server();
  const text = (value: string): Buffer => Buffer.from(value);
  server.addService(
    {
      say: {
        path: '/echo/say',
        requestStream: false,
        responseStream: false,
        requestSerialize: text,
        requestDeserialize: String,
        responseSerialize: text,
        responseDeserialize: String,
      },
    },
    { say: (_call: unknown, callback: (error: null, value: string) => void) => callback(null, name) },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { server, port };
}

const clusterName = (version: string): string => `outbound|7070|${version}|echo.default.svc.cluster.local`;

function cluster(version: string, port: number): readonly PackedResource[] {
  const name = clusterName(version);
  const endpoint = {
    endpoint: {
      address: { address: { case: 'socketAddress', value: { address: '127.0.0.1', portSpecifier: { case: 'portValue', value: port } } } },
    },
  } as const;
  return [
    packResource(
      ClusterSchema,
      name,
      create(ClusterSchema, {
        name,
        clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.EDS },
        edsClusterConfig: { edsConfig: ADS },
      }),
    ),
    packResource(
      ClusterLoadAssignmentSchema,
      name,
      create(ClusterLoadAssignmentSchema, {
        clusterName: name,
        endpoints: [
          {
            locality: { region: 'r' },
            loadBalancingWeight: 1,
            lbEndpoints: [{ healthStatus: 1, hostIdentifier: { case: 'endpoint', value: endpoint.endpoint } }],
          },
        ],
      }),
    ),
  ];
}

function routes(weights: Readonly<Record<string, number>>): RouteConfiguration {
  const clusters = Object.entries(weights).map(([version, weight]) => ({ name: clusterName(version), weight }));
  return create(RouteConfigurationSchema, {
    name: 'echo',
    virtualHosts: [
      {
        name: 'echo',
        domains: ['*'],
        routes: [
          {
            match: { pathSpecifier: { case: 'prefix', value: '' } },
            action: { case: 'route', value: { clusterSpecifier: { case: 'weightedClusters', value: { clusters } } } },
          },
        ],
      },
    ],
  });
}

const listener = (): PackedResource =>
  packResource(
    ListenerSchema,
    HOST,
    create(ListenerSchema, {
      name: HOST,
      apiListener: {
        apiListener: packAny(
          HttpConnectionManagerSchema,
          create(HttpConnectionManagerSchema, {
            routeSpecifier: { case: 'rds', value: { routeConfigName: 'echo', configSource: ADS } },
            httpFilters: [{ name: 'router', configType: { case: 'typedConfig', value: packAny(RouterSchema, create(RouterSchema)) } }],
          }),
        ),
      },
    }),
  );

/** A process of its own, because the bootstrap is read once for a process: calls `count` times on each line of input. */
const CLIENT = `
import * as grpc from '@grpc/grpc-js';
import * as xds from '@grpc/grpc-js-xds';
xds.register();
const client = new grpc.Client('xds:///${HOST}', grpc.credentials.createInsecure());
const call = () => new Promise((resolve, reject) => client.makeUnaryRequest('/echo/say', (v) => Buffer.from(v), String, 'x', { deadline: Date.now() + 15000 }, (e, v) => (e ? reject(e) : resolve(v))));
process.stdin.on('data', async () => {
  const counts = {};
  try {
    for (let i = 0; i < 300; i++) { const name = await call(); counts[name] = (counts[name] ?? 0) + 1; }
    process.stdout.write(JSON.stringify(counts) + '\\n');
  } catch (error) { process.stdout.write(JSON.stringify({ error: String(error) }) + '\\n'); }
});
`;

describe('@grpc/grpc-js-xds as a client', () => {
  const closing: (() => void)[] = [];
  let source: FixedSource;
  let split: () => Promise<Readonly<Record<string, number>>>;
  let ports: readonly number[];
  let rejected: string[];

  beforeAll(async () => {
    const backends = await Promise.all([backend('v1'), backend('v2')]);
    ports = backends.map((b) => b.port);
    for (const { server } of backends) closing.push(() => server.forceShutdown());
    source = new FixedSource();
    rejected = [];
    const server = new Server();
    const ads = createAdsServer({ source, clock: systemClock, logger: silentLogger });
    ads.subscribe((event) => {
      if (event.kind === 'rejected') rejected.push(event.message);
    });
    ads.addTo(server, () => ({ via: 'none' }));
    const door = new GrpcFrontDoor(server, silentLogger);
    const { port } = await door.listen('127.0.0.1', 0);
    closing.push(() => door.close());

    const dir = mkdtempSync(join(import.meta.dirname, '../../../../node_modules/.grpc-client-'));
    closing.push(() => rmSync(dir, { recursive: true }));
    writeFileSync(join(dir, 'client.mjs'), CLIENT);
    const bootstrap = {
      xds_servers: [{ server_uri: `127.0.0.1:${port}`, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] }],
      node: { id: 'sidecar~10.0.0.1~pod.default~default.svc.cluster.local', cluster: 'x', locality: {} },
    };
    const child = spawn(process.execPath, [join(dir, 'client.mjs')], {
      cwd: tmpdir(),
      env: { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    closing.push(() => child.kill('SIGKILL'));
    split = () =>
      new Promise((resolve) => {
        child.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString()) as Record<string, number>));
        child.stdin.write('go\n');
      });
  });

  afterAll(() => {
    for (const close of closing.reverse()) close();
  });

  const world = (weights: Readonly<Record<string, number>>): void => {
    source.set(
      listener(),
      packResource(RouteConfigurationSchema, 'echo', routes(weights)),
      ...cluster('v1', ports[0] ?? 0),
      ...cluster('v2', ports[1] ?? 0),
    );
  };

  it('resolves a service, follows a weighted split, and follows its change', async () => {
    world({ v1: 50, v2: 50 });
    const { v1 = 0, v2 = 0, ...rest } = await split();
    expect(rest).toEqual({});
    // 300 fair coins stay within 5 standard deviations of the middle.
    expect(Math.abs(v1 - v2)).toBeLessThan(90);
    world({ v1: 0, v2: 100 });
    for (let counts = await split(); counts['v2'] !== 300; counts = await split()) expect(counts['error']).toBeUndefined();
    expect(rejected).toEqual([]);
  }, 60_000);
});
