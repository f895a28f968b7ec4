import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Way, type Wiring, type World } from './cases';
import { WATCHED } from './goals';
import { issue } from './peers/certificates';
import { childrenOf, freePort, OTHER_CORE, type Pinned, PROXY_CORE, startPinned, treeOf, until } from './processes';
import { type Backend, type Subject } from './subject';
import { mintToken } from './token';
import { extraResources, measuredHost, meshPorts, serviceYaml } from './world';

/** A sidecar to be measured: ours on a Node version, or Envoy. */
export interface Proxy {
  /** As printed: `lateen`, `lateen-node20`, `envoy`. */
  readonly name: string;
  /** The Node binary that runs the sidecar bundle. */
  readonly node: string;
  /** The Envoy binary; absent for ours. */
  readonly envoy?: string;
  /** More arguments for Node, before the bundle. */
  readonly nodeArgs?: readonly string[];
}

/** The Services of a proxy, and the way each is reached. `open` takes no mTLS. */
const WAYS: ReadonlyMap<string, Way> = new Map([
  ['plain', 'plain-1'],
  ['server', 'mtls-2'],
  ['open', 'plain-2'],
]);
/** Those with a sidecar in front. */
const SERVERS = ['server', 'open'];

/** A running sidecar. */
interface Sidecar {
  /** The processes that carry traffic. */
  readonly pids: () => readonly number[];
  readonly stop: () => Promise<void>;
}

/**
 * A mesh of the benchmark's own: the real control plane, and for every proxy a client and a server sidecar, all on
 * loopback ports and all from the same resources.
 */
export class BenchMesh implements AsyncDisposable {
  readonly #state = mkdtempSync(join(tmpdir(), 'lateen-bench-'));
  readonly #root: string;
  readonly #world: World;
  readonly #workloads: object[] = [];
  readonly #running: { stop: () => Promise<void> }[] = [];
  #admin = 0;
  #xds = 0;

  constructor(root: string, world: World) {
    this.#root = root;
    this.#world = world;
  }

  /** Starts the control plane with the resources that are the world's. */
  async start(): Promise<void> {
    const [admin, xds, plaintext, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
    this.#admin = admin;
    this.#xds = xds;
    const addresses = { admin, xds, 'xds-plaintext': plaintext, metrics };
    const args = Object.entries(addresses).flatMap(([name, port]) => [`--${name}`, `127.0.0.1:${port}`]);
    const bundle = join(this.#root, 'dist/apps/control-plane/main.mjs');
    this.#running.push(
      startPinned({
        core: OTHER_CORE,
        command: process.execPath,
        args: [bundle, '--state', this.#state, ...args],
        name: 'the control plane',
      }),
    );
    await until('the control plane answers', async () => (await fetch(`http://127.0.0.1:${admin}/readyz`)).ok);
    await this.#apply('world', extraResources(this.#world));
    if (this.#world.kind === 'clusters')
      this.#workloads.push(workload('extra', 'extra', 'none', [{ containerPort: 8080, endpointPort: 9 }]));
  }

  /** Adds a proxy: its Services, its workloads and its sidecars, and waits until they serve. */
  async add(proxy: Proxy, backend: Backend): Promise<Subject> {
    const namespace = `bench-${proxy.name}`;
    const ports = meshPorts(backend, this.#world);
    const services = this.#world.kind === 'base' ? [...WAYS.keys()] : ['plain'];
    const yaml = services.map((name) => serviceYaml(name, namespace, ports, this.#world));
    await this.#apply(namespace, [...yaml, withoutMtls(namespace)].join('---\n'));

    const listeners = new Map<string, number>();
    for (const service of services) for (const { wiring } of ports) listeners.set(`${wiring}-${WAYS.get(service) ?? ''}`, await freePort());
    const portOf = (name: string): number => listeners.get(name) ?? 0;
    const servers = await Promise.all(
      SERVERS.filter((name) => services.includes(name)).map(async (name) => ({
        name,
        inbound: await Promise.all(ports.map(async (port) => ({ ...port, listen: await freePort() }))),
      })),
    );
    this.#workloads.push(
      workload(
        namespace,
        'plain',
        'none',
        ports.map(({ port, backend: endpointPort }) => ({ containerPort: port, endpointPort })),
      ),
      workload(namespace, 'client', this.#world.kind === 'hosts' ? 'router' : 'sidecar', []),
    );
    for (const { name, inbound } of servers) {
      const serving = inbound.map(({ port, listen }) => ({ containerPort: port, endpointPort: listen }));
      this.#workloads.push(workload(namespace, name, 'sidecar', serving));
    }
    await this.#call('PUT', '/api/v1/workloads', { workloads: this.#workloads });

    const outbound = Object.fromEntries(
      services.flatMap((service) =>
        ports.map(({ wiring, port }) => [
          `${service}.${namespace}.svc.cluster.local:${port}`,
          portOf(`${wiring}-${WAYS.get(service) ?? ''}`),
        ]),
      ),
    );
    const gateway = this.#world.kind === 'hosts' ? await freePort() : undefined;
    const serving = new Map<string, Sidecar>();
    for (const { name, inbound } of servers) {
      const chains = Object.fromEntries(inbound.map(({ port, listen, backend: app }) => [port, { listen, app }]));
      serving.set(WAYS.get(name) ?? '', await this.#sidecar(proxy, name, namespace, { inbound: chains, outbound: {} }));
    }
    const client = await this.#sidecar(proxy, 'client', namespace, {
      inbound: {},
      outbound,
      ...(gateway === undefined ? {} : { gateway: { 8080: gateway } }),
    });

    const enter = gateway ?? portOf('h1-plain-1');
    const host = measuredHost(this.#world, namespace);
    await until(`${proxy.name} answers`, () => answers(enter, host), 60_000);
    for (const way of serving.keys()) await until(`${proxy.name} answers by ${way}`, () => answers(portOf(`h1-${way}`), host), 60_000);
    const server = serving.get('mtls-2');
    return {
      name: proxy.name,
      target: (wiring: Wiring) => {
        if (wiring === 'h1-plain-1') return { port: enter, host, pids: client.pids };
        const port = listeners.get(wiring);
        if (port === undefined) return undefined;
        const second = serving.get(wiring.slice(wiring.indexOf('-') + 1));
        return { port, host, pids: second === undefined ? client.pids : () => [...client.pids(), ...second.pids()] };
      },
      ...(server === undefined
        ? {}
        : { tls: { port: servers[0]?.inbound[0]?.listen ?? 0, pids: server.pids, identity: this.#identity(namespace, 'client') } }),
    };
  }

  /** The same proxies while every request in the mesh is watched, as an open dashboard does. */
  watched(subject: Subject): Subject {
    return { name: `${subject.name}${WATCHED}`, target: (wiring) => subject.target(wiring), watch: () => this.#watch() };
  }

  /** Opens the live stream of requests and reads it, and asks for the graph as often as the dashboard. */
  async #watch(): Promise<() => Promise<void>> {
    const end = new AbortController();
    const headers = { authorization: `Bearer ${readFileSync(join(this.#state, 'admin-token'), 'utf8').trim()}` };
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${this.#admin}${path}`, { headers, signal: end.signal });
    const stream = await get('/api/requests/stream');
    if (!stream.ok || stream.body === null) throw new Error(`Cannot watch: /api/requests/stream answered ${stream.status}`);
    const body = stream.body;
    let seen = 0;
    const reading = (async () => {
      for await (const bytes of body) seen += (bytes as Uint8Array).length;
    })().catch((error: unknown) => {
      if (!end.signal.aborted) throw error;
    });
    const timer = setInterval(
      () =>
        void get('/api/graph?window=60').then(
          (answer) => answer.arrayBuffer(),
          () => undefined,
        ),
      2000,
    );
    return async () => {
      clearInterval(timer);
      end.abort();
      await reading;
      if (seen === 0) throw new Error('Cannot say what watching costs: no request was seen');
    };
  }

  /** Stops everything. Safe to call again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.splice(0).map((running) => running.stop()));
    rmSync(this.#state, { recursive: true, force: true });
  }

  /** Starts one sidecar and waits until it is ready. */
  async #sidecar(proxy: Proxy, name: string, namespace: string, portMap: object): Promise<Sidecar> {
    const pod = `${name}-0`;
    const runDir = join(this.#state, 'run', namespace, pod);
    mkdirSync(runDir, { recursive: true });
    const tokenFile = join(runDir, 'token');
    writeFileSync(tokenFile, await mintToken(pod, namespace, this.#state), { mode: 0o600 });
    const names = ['admin', 'outbound', 'inbound', 'mergedMetrics', 'health', 'metrics'];
    const ports = Object.fromEntries(await Promise.all(names.map(async (port) => [port, await freePort()] as const)));
    const config = {
      role: this.#world.kind === 'hosts' ? 'router' : 'sidecar',
      pod,
      namespace,
      workload: name,
      serviceAccount: name,
      ip: '127.0.0.1',
      labels: labelsOf(namespace, name),
      annotations: {},
      controlPlane: { address: `127.0.0.1:${this.#xds}`, rootCertFile: join(this.#state, 'ca/root-cert.pem'), tokenFile },
      runDir,
      ports,
      interception: { mode: 'NONE', portMap },
      proxy: proxy.envoy === undefined ? { kind: 'lateen' } : { kind: 'envoy', binary: proxy.envoy, concurrency: 1 },
    };
    writeFileSync(join(runDir, 'agent.json'), JSON.stringify(config));
    const agent = startPinned({
      core: proxy.envoy === undefined ? PROXY_CORE : OTHER_CORE,
      command: proxy.node,
      args: [
        '--max-semi-space-size=2',
        ...(proxy.nodeArgs ?? []),
        join(this.#root, 'dist/apps/sidecar/main.mjs'),
        '--config',
        join(runDir, 'agent.json'),
      ],
      name: `the ${name} of ${proxy.name}`,
    });
    this.#running.push(agent);
    const health = `http://127.0.0.1:${ports['health']}/healthz/ready`;
    await until(`the ${name} of ${proxy.name} is ready`, async () => (await fetch(health)).ok, 60_000, agent);
    return proxy.envoy === undefined ? { pids: () => treeOf(agent.pid), stop: agent.stop } : envoyOf(agent);
  }

  /** A certificate for a client outside the mesh that has the workload's identity, by the mesh's own authority. */
  #identity(namespace: string, account: string): { cert: string; key: string } {
    const authority = { cert: join(this.#state, 'ca/ca-cert.pem'), key: join(this.#state, 'ca/ca-key.pem') };
    return issue(authority, join(this.#state, `${namespace}-${account}`), `URI:spiffe://cluster.local/ns/${namespace}/sa/${account}`);
  }

  async #apply(name: string, text: string): Promise<void> {
    if (text !== '') await this.#call('POST', '/api/v1/apply', { files: [{ name: `${name}.yaml`, text }] });
  }

  async #call(method: string, path: string, body: object): Promise<void> {
    const token = readFileSync(join(this.#state, 'admin-token'), 'utf8').trim();
    const response = await fetch(`http://127.0.0.1:${this.#admin}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${response.status} ${(await response.text()).slice(0, 2000)}`);
  }
}

/** Turns mTLS off for the Service whose two hops are plain. */
function withoutMtls(namespace: string): string {
  const selector = `{matchLabels: {app: open}}`;
  return `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: open, namespace: ${namespace}}\nspec: {selector: ${selector}, mtls: {mode: DISABLE}}\n`;
}

/** The Envoy that an agent runs, moved to the proxies' core; the agent stays on the other. */
function envoyOf(agent: Pinned): Sidecar {
  const [envoy] = childrenOf(agent.pid);
  if (envoy === undefined) throw new Error('Cannot find the Envoy that the agent runs');
  const { status } = spawnSync('taskset', ['-acp', String(PROXY_CORE), String(envoy)], { stdio: 'ignore' });
  if (status !== 0) throw new Error(`Cannot pin Envoy to core ${PROXY_CORE}: taskset ended with ${status}`);
  return { pids: () => [envoy], stop: agent.stop };
}

/** Whether a GET through a port is answered with 200.. */
function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/b/0', headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.once('error', reject);
    sent.end();
  });
}

/** `bench` tells the gateways of a world apart: a Gateway selects workloads of every namespace. */
function labelsOf(namespace: string, name: string): Readonly<Record<string, string>> {
  return { app: name, bench: `${namespace}-${name}` };
}

/** A workload as the control plane is told of it; the first pod of its Deployment. Spec: `WorkloadInstance`. */
function workload(
  namespace: string,
  name: string,
  kind: 'none' | 'sidecar' | 'router',
  ports: readonly { readonly containerPort: number; readonly endpointPort: number }[],
): object {
  return {
    name: `${name}-0`,
    namespace,
    workload: name,
    kind,
    address: '127.0.0.1',
    labels: labelsOf(namespace, name),
    annotations: {},
    serviceAccount: name,
    ports,
    ready: true,
  };
}
