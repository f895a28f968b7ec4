import { didYouMean } from '@lateen/base';
import { type MeshSnapshot } from '@lateen/mesh';
import { type Snapshot, type SocketAddress } from '@lateen/proxy-config';
import { type Service } from '@lateen/registry';
import { type Proxy } from '@lateen/translate';
import { type RequestUrl } from './request-url';

/** Where a client's connection goes, by what it may know: names and addresses of services. */
export interface Arrival {
  readonly destination: SocketAddress;
  /** Where `destination` is a guess, why. */
  readonly note?: string;
  /** The service that the URL's host names. */
  readonly service?: Service;
}

/** Stands for an address outside the mesh, which only DNS would tell. Spec: RFC 5737. */
const OUTSIDE = '203.0.113.1';

/** Where a workload's own connection for a URL goes. */
export function arrivalFromWorkload(mesh: MeshSnapshot, { namespace, interception }: Proxy, { host, port }: RequestUrl): Arrival {
  const service = serviceNamed(mesh, namespace, host) ?? serviceAt(mesh, namespace, host);
  if (interception.mode === 'NONE') {
    if (isLoopback(host)) return arrivalAtOwnPort(mesh, namespace, interception.ports.outbound, port);
    const own = service === undefined ? undefined : interception.ports.outbound[`${service.hostname}:${port}`];
    const local = own ?? interception.ports.httpProxy;
    if (local !== undefined) return { destination: { address: '127.0.0.1', port: local }, ...given(service) };
  }
  if (isAddress(host)) return { destination: { address: host, port }, ...given(service) };
  if (service === undefined)
    return {
      destination: { address: OUTSIDE, port },
      note: `${unknownText(mesh, namespace, host)} Its address, which DNS would tell, is taken to be ${OUTSIDE}.`,
    };
  const servicePort = service.ports.find((candidate) => candidate.port === port);
  const [endpoint] = service.headless && servicePort !== undefined ? mesh.endpointsOf(service, servicePort) : [];
  const address = endpoint?.address ?? service.addresses.find((candidate) => !candidate.includes('/')) ?? OUTSIDE;
  return { destination: { address, port }, service };
}

/** What an application is told to ask where nothing is redirected: a port of its sidecar stands for a port of a service. */
function arrivalAtOwnPort(mesh: MeshSnapshot, namespace: string, outbound: Readonly<Record<string, number>>, port: number): Arrival {
  const destination = { address: '127.0.0.1', port };
  const [target] = Object.entries(outbound).find(([, own]) => own === port) ?? [];
  if (target === undefined)
    return {
      destination,
      note: `Port ${port} is none that its sidecar has for a service: whatever listens there is asked without the mesh.`,
    };
  return { destination, ...given(mesh.serviceFor(namespace, target.slice(0, target.lastIndexOf(':')))) };
}

function unknownText(mesh: MeshSnapshot, namespace: string, host: string): string {
  const near = didYouMean(
    host,
    mesh.servicesVisibleTo(namespace).map(({ name }) => name),
  );
  return `"${host}" is no service of the mesh${near === undefined || near === host ? '' : `; did you mean "${near}"?`}.`.replace('?.', '?');
}

/** The service a name means to a workload of a namespace. Spec: Kubernetes' DNS search path. */
function serviceNamed(mesh: MeshSnapshot, namespace: string, name: string): Service | undefined {
  const host = name.replace(/\.$/, '');
  const candidates = [host, `${host}.${namespace}.svc.${mesh.domain}`, `${host}.svc.${mesh.domain}`, `${host}.${mesh.domain}`];
  for (const candidate of candidates) {
    const service = mesh.serviceFor(namespace, candidate);
    if (service !== undefined) return service;
  }
  return undefined;
}

function serviceAt(mesh: MeshSnapshot, namespace: string, address: string): Service | undefined {
  return isAddress(address) ? mesh.servicesVisibleTo(namespace).find(({ addresses }) => addresses.includes(address)) : undefined;
}

/**
 * Where a client's connection for a URL comes in at a gateway: the port of the URL, which may be the Service's, the
 * gateway's own or the Gateway's. A URL without one means the only port for its scheme.
 */
export function arrivalAtGateway(
  mesh: MeshSnapshot,
  { namespace, name, labels, ip, interception }: Proxy,
  snapshot: Snapshot,
  url: RequestUrl,
): Arrival {
  const ports = mesh.gatewayPortsFor({ namespace, labels });
  const own = (listenPort: number): number | undefined =>
    interception.mode === 'NONE' ? interception.ports.gateway?.[String(listenPort)] : listenPort;
  const open = new Set([...snapshot.listeners.values()].map(({ address }) => address.port));
  const workload = mesh.workload(namespace, name);
  const served = workload === undefined ? [] : mesh.inboundPorts(workload);
  const target = served.find(({ port }) => port.port === url.port)?.targetPort;
  const exact = ports.find(({ listenPort, number }) => [own(listenPort), listenPort, number].includes(url.port) || listenPort === target);
  const ofScheme = ports.filter(({ kind }) => (url.scheme === 'https' ? kind === 'tls' : kind === 'http'));
  const chosen = exact ?? (ofScheme.length === 1 && !url.portWritten ? ofScheme[0] : undefined);
  const port = chosen === undefined ? undefined : own(chosen.listenPort);
  const address = interception.mode === 'NONE' ? '127.0.0.1' : ip;
  if (chosen === undefined || port === undefined || !open.has(port))
    return {
      destination: { address, port: url.port },
      note: closedText(
        url.port,
        ports.map(({ listenPort }) => own(listenPort)).filter((one) => one !== undefined && open.has(one)),
      ),
    };
  const note = `The URL names no port: the gateway's only ${url.scheme.toUpperCase()} port, ${port}, is taken.`;
  return { destination: { address, port }, ...(exact === undefined ? { note } : {}) };
}

function closedText(port: number, open: readonly (number | undefined)[]): string {
  return `The gateway opens no port ${port}; it opens ${open.length === 0 ? 'none' : [...new Set(open)].join(', ')}.`;
}

function given(service: Service | undefined): { readonly service?: Service } {
  return service === undefined ? {} : { service };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** An IPv4 or IPv6 address. */
function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':');
}
