import { type PortMap } from '@lateen/base';
import { FreePorts } from './free-ports';
import { type Interception, type NetworkRequest, type ProxyPorts, type ServicePortRef, type WorkloadNetwork } from './interception';

const HOST = '127.0.0.1';

/** Where a gateway's ports are wanted on the host, by container port. */
export type GatewayPorts = Readonly<Record<number, number>>;

/**
 * No capture: everything listens on ports of 127.0.0.1 that do not collide, proxies are told by port map and apps by
 * environment. Works on any system. Spec: Istio `interceptionMode: NONE`.
 */
export class ExplicitInterception implements Interception {
  readonly kind = 'explicit';
  readonly needsHostSockets = false;
  readonly xdsAddress: string;
  readonly controlPlane: Interception['controlPlane'];
  readonly #ports: FreePorts;
  readonly #gatewayPorts: GatewayPorts;

  private constructor(ports: FreePorts, controlPlane: Interception['controlPlane'], gatewayPorts: GatewayPorts) {
    this.#ports = ports;
    this.controlPlane = controlPlane;
    this.xdsAddress = controlPlane.xds[0] ?? '';
    this.#gatewayPorts = gatewayPorts;
  }

  /** `seed` keeps two meshes apart, the state directory for example. Istio's own ports are taken where free. */
  static async create(seed: string, gatewayPorts: GatewayPorts): Promise<ExplicitInterception> {
    const ports = new FreePorts(seed);
    const at = async (preferred: number): Promise<string> => `${HOST}:${await ports.take(preferred)}`;
    return new ExplicitInterception(
      ports,
      { admin: await at(15_080), metrics: await at(15_014), xdsPlaintext: await at(15_010), xds: [await at(15_012)] },
      gatewayPorts,
    );
  }

  async attach(request: NetworkRequest, services: readonly ServicePortRef[]): Promise<WorkloadNetwork> {
    const taken: number[] = [];
    const take = async (preferred?: number): Promise<number> => {
      const port = await this.#ports.take(preferred);
      taken.push(port);
      return port;
    };
    const proxyPorts: ProxyPorts = {
      admin: await take(),
      outbound: await take(),
      inbound: await take(),
      mergedMetrics: await take(),
      health: await take(),
      metrics: await take(),
    };
    const inbound: Record<string, { listen: number; app: number }> = {};
    const gateway: Record<string, number> = {};
    const outbound: Record<string, number> = {};
    let httpProxy: number | undefined;
    for (const { containerPort } of request.ports) {
      if (request.role === 'router') gateway[containerPort] = await take(this.#gatewayPorts[containerPort] ?? containerPort);
      else {
        const app = await take();
        inbound[containerPort] = { app, listen: request.role === 'none' ? app : await take() };
      }
    }
    if (request.role === 'sidecar') {
      for (const { host, port } of services) outbound[`${host}:${port}`] ??= await take();
      httpProxy = await take();
    }
    const portMap: PortMap = { inbound, outbound, httpProxy, gateway: request.role === 'router' ? gateway : undefined };
    return {
      address: HOST,
      proxyPorts,
      capture: { mode: 'NONE', portMap },
      appPort: (port) => inbound[port]?.app ?? port,
      endpointPort: (port) => inbound[port]?.listen ?? gateway[port],
      appEnvironment: (known) => appEnvironment(portMap, known, request.namespace),
      place: (command) => command,
      release: () => {
        this.#ports.give(taken);
        return Promise.resolve();
      },
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * What tells an app where to find services without capture. A Service of the app's own namespace wins over one of the
 * same name elsewhere; of several ports the first one is `NAME_SERVICE_PORT`.
 */
function appEnvironment(portMap: PortMap, services: readonly ServicePortRef[], namespace: string): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  const own = services.filter((s) => s.namespace === namespace);
  for (const { name, host, port } of [...own, ...services.filter((s) => s.namespace !== namespace)]) {
    const local = portMap.outbound[`${host}:${port}`];
    const prefix = name.toUpperCase().replaceAll('-', '_');
    if (local === undefined || env[`${prefix}_SERVICE_PORT`] !== undefined) continue;
    env[`${prefix}_HOSTNAME`] = HOST;
    env[`${prefix}_SERVICE_HOST`] = HOST;
    env[`${prefix}_SERVICE_PORT`] = String(local);
  }
  if (portMap.httpProxy !== undefined) {
    const proxy = `http://${HOST}:${portMap.httpProxy}`;
    Object.assign(env, { HTTP_PROXY: proxy, http_proxy: proxy, NO_PROXY: 'localhost,127.0.0.1,::1', no_proxy: 'localhost,127.0.0.1,::1' });
  }
  return env;
}
