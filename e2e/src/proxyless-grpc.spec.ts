import { type ChildProcess, execFile, fork } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ControlPlane } from './control-plane';
import { freePort, ROOT } from './mesh';

const FIXTURES = join(ROOT, 'e2e/src/fixtures');
const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {selector: {app: echo}, ports: [{name: grpc, port: 7070}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo}
spec:
  host: echo
  trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v2, labels: {version: v2}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http:
  - route:
    - {destination: {host: echo, subset: v1}, weight: 75}
    - {destination: {host: echo, subset: v2}, weight: 25}
`;

describe('a gRPC client without a proxy', () => {
  let controlPlane: ControlPlane;
  const servers: ChildProcess[] = [];
  beforeAll(async () => {
    controlPlane = await ControlPlane.start();
    const workloads = [];
    for (const version of ['v1', 'v2']) {
      const port = await freePort();
      const server = fork(join(FIXTURES, 'grpc-echo-server.mjs'), [String(port), version], { execArgv: [] });
      servers.push(server);
      await new Promise((done) => server.once('message', done));
      workloads.push({
        name: `echo-${version}-0`,
        namespace: 'default',
        workload: `echo-${version}`,
        kind: 'none',
        address: '127.0.0.1',
        labels: { app: 'echo', version },
        annotations: {},
        serviceAccount: 'default',
        ports: [{ name: 'grpc', containerPort: 7070, endpointPort: port }],
        ready: true,
      });
    }
    await controlPlane.call('POST', '/apply', { files: [{ name: 'echo.yaml', text: SERVICE }] });
    await controlPlane.call('PUT', '/workloads', { workloads });
  });
  afterAll(async () => {
    for (const server of servers) server.kill('SIGKILL');
    await controlPlane[Symbol.asyncDispose]();
  });

  it('resolves a service from our control plane and follows its weights', async () => {
    const bootstrap = {
      xds_servers: [
        { server_uri: `127.0.0.1:${controlPlane.ports.xdsPlaintext}`, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] },
      ],
      node: {
        id: 'sidecar~127.0.0.1~client-0.default~default.svc.cluster.local',
        cluster: 'client.default',
        locality: {},
        metadata: { GENERATOR: 'grpc', NAMESPACE: 'default', NAME: 'client-0' },
      },
    };
    const output = await new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        [join(FIXTURES, 'grpc-xds-client.mjs'), 'echo.default.svc.cluster.local:7070', '400'],
        { env: { ...process.env, NODE_OPTIONS: '', GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) } },
        (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`))),
      );
    });
    const counts = JSON.parse(output) as Record<string, number>;
    expect(Object.keys(counts).sort()).toEqual(['v1', 'v2']);
    // Four standard deviations of 400 draws at 75 %.
    expect(Math.abs((counts['v1'] ?? 0) - 300)).toBeLessThanOrEqual(35);
  });
});
