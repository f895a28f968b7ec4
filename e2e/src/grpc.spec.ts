import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Mesh, ROOT } from './mesh';

const FIXTURES = join(ROOT, 'e2e/src/fixtures');

const deployment = (name: string, app: string, version: string, image: string, port: number): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${app}, version: ${version}}}
  template:
    metadata: {labels: {app: ${app}, version: ${version}}}
    spec:
      containers:
      - {name: app, image: ${image}, ports: [{containerPort: ${port}}]}
`;
const service = (app: string, portName: string, port: number): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${app}}
spec: {selector: {app: ${app}}, ports: [{name: ${portName}, port: ${port}}]}
`;
const SUBSETS = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo}
spec:
  host: echo
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http:
  - match: [{headers: {end-user: {exact: jason}}}]
    route: [{destination: {host: echo, subset: v2}}]
  - route: [{destination: {host: echo, subset: v1}}]
`;
const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
`;
const FAULT = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo}
spec:
  hosts: [echo]
  http:
  - fault: {abort: {httpStatus: 503, percentage: {value: 100}}}
    route: [{destination: {host: echo, subset: v1}}]
`;

interface Answers {
  readonly said: Record<string, number>;
  readonly chat: string[];
  readonly failed: string;
}

describe('gRPC between two sidecars', () => {
  let mesh: Mesh;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lateen-grpc-'));
    writeFileSync(
      join(folder, 'mesh.yaml'),
      [
        deployment('echo-v1', 'echo', 'v1', 'echo-v1', 7070),
        deployment('echo-v2', 'echo', 'v2', 'echo-v2', 7070),
        deployment('caller', 'caller', 'v1', 'caller', 8000),
        service('echo', 'grpc', 7070),
        service('caller', 'tcp', 8000),
        SUBSETS,
      ].join(''),
    );
    const image = (name: string, script: string, more: string): string =>
      `  ${name}: {command: [node, ${join(FIXTURES, script)}], directory: ${ROOT}, port: PORT${more}}\n`;
    const apps = join(folder, 'lateen.yaml');
    writeFileSync(
      apps,
      `images:\n${image('echo-v1', 'grpc-echo-server.mjs', ', environment: {NAME: v1}')}${image('echo-v2', 'grpc-echo-server.mjs', ', environment: {NAME: v2}')}${image('caller', 'idle.mjs', '')}`,
    );
    mesh = await Mesh.start({ interception: 'explicit', files: [join(folder, 'mesh.yaml')], appsFile: apps });
  });
  afterAll(async () => {
    await mesh[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = async (count: number, user?: string): Promise<Answers> => {
    const args = [String(count), ...(user === undefined ? [] : [user])];
    const { stdout } = await mesh.lateen('exec', 'caller', '--', process.execPath, join(FIXTURES, 'grpc-client.mjs'), ...args);
    return JSON.parse(stdout) as Answers;
  };
  const metrics = async (workload: string): Promise<string> => {
    const { ports } = JSON.parse(readFileSync(join(mesh.state, 'run/default', `${workload}-0`, 'agent.json'), 'utf8')) as {
      ports: { admin: number };
    };
    return await (await fetch(`http://127.0.0.1:${ports.admin}/stats/prometheus`)).text();
  };

  it('carries unary calls, streams and failures, routed by header, under strict mTLS', async () => {
    await mesh.applyText(STRICT);
    const answers = await call(20);
    expect(answers).toEqual({
      said: { v1: 20 },
      chat: ['v1 0', 'v1 1', 'v1 2', 'v1 3', 'v1 4'],
      failed: '9 not today',
    });
    expect((await call(5, 'jason')).said).toEqual({ v2: 5 });
  });

  it('is counted as gRPC, with its status, by both reporters', async () => {
    const line = (reporter: string, status: string): RegExp =>
      new RegExp(
        `^istio_requests_total\\{(?=[^}]*reporter="${reporter}")(?=[^}]*request_protocol="grpc")(?=[^}]*grpc_response_status="${status}")` +
          `(?=[^}]*connection_security_policy="${reporter === 'source' ? 'unknown' : 'mutual_tls'}")[^}]*\\} `,
        'm',
      );
    const [caller, echo] = [await metrics('caller'), await metrics('echo-v1')];
    for (const status of ['0', '9']) {
      expect(caller).toMatch(line('source', status));
      expect(echo).toMatch(line('destination', status));
    }
  });

  it('hears of an injected fault as a gRPC status', async () => {
    await mesh.applyText(FAULT);
    const failed = '14 fault filter abort';
    expect(await call(2)).toEqual({ said: { [failed]: 2 }, chat: [failed], failed });
  });
});
