import { type World } from './cases';
import { type Backend } from './subject';

/** A port of the benchmark's Services. */
export interface MeshPort {
  /** The first word of the wirings that use it. */
  readonly wiring: 'h1' | 'h2' | 'grpc' | 'rr' | 'bulk';
  /** Its name in the Service, which says what it speaks. */
  readonly name: string;
  readonly port: number;
  /** The back end's port behind it. */
  readonly backend: number;
}

/** The ports every Service of the world has. */
export function meshPorts(backend: Backend, world: World): readonly MeshPort[] {
  const h1: MeshPort = { wiring: 'h1', name: 'http', port: 8080, backend: backend.h1 };
  if (world.kind !== 'base') return [h1];
  return [
    h1,
    { wiring: 'h2', name: 'http2', port: 8081, backend: backend.h2 },
    { wiring: 'grpc', name: 'grpc', port: 8082, backend: backend.h2 },
    { wiring: 'rr', name: 'tcp-rr', port: 8083, backend: backend.echo },
    { wiring: 'bulk', name: 'tcp-bulk', port: 8084, backend: backend.source },
  ];
}

/** A Service, and what leads to it: in a world of routes a VirtualService, in one of hosts a gateway with a VirtualService. */
export function serviceYaml(name: string, namespace: string, ports: readonly MeshPort[], world: World): string {
  const list = ports.map((port) => `{name: ${port.name}, port: ${port.port}}`).join(', ');
  const service = `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {selector: {app: ${name}}, ports: [${list}]}\n`;
  const destination = `[{destination: {host: ${name}.${namespace}.svc.cluster.local, port: {number: 8080}}}]`;
  switch (world.kind) {
    case 'base':
    case 'clusters':
      return service;
    case 'routes': {
      // The measured path is in the middle: whoever goes through the list one by one goes through half of it.
      const rules = Array.from({ length: world.count }, (_, i) => (i === world.count >> 1 ? '/b/' : `/service-${i}/`)).map(
        (prefix) => `  - {match: [{uri: {prefix: ${prefix}}}], route: ${destination}}\n`,
      );
      return `${service}---\n${virtualService(name, namespace, [`${name}.${namespace}.svc.cluster.local`])}${rules.join('')}`;
    }
    case 'hosts': {
      const hosts = Array.from({ length: world.count }, (_, i) => hostOf(i, namespace));
      const gateway = `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {selector: {bench: ${namespace}-client}, servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}]}\n`;
      return `${service}---\n${gateway}---\n${virtualService(name, namespace, hosts)}  - {route: ${destination}}\n`.replace(
        '  http:\n',
        `  gateways: [${name}]\n  http:\n`,
      );
    }
  }
}

/** What the world holds beside the measured Services. */
export function extraResources(world: World): string {
  if (world.kind !== 'clusters') return '';
  return Array.from(
    { length: world.count },
    (_, i) =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: extra-${i}, namespace: extra}\nspec: {selector: {app: extra}, ports: [{name: http, port: 8080}]}\n`,
  ).join('---\n');
}

/** The Host that a world's requests carry; in a world of hosts the middle one. */
export function measuredHost(world: World, namespace: string): string {
  return world.kind === 'hosts' ? hostOf(world.count >> 1, namespace) : `plain.${namespace}.svc.cluster.local`;
}

function hostOf(i: number, namespace: string): string {
  return `host-${i}.${namespace}.example`;
}

function virtualService(name: string, namespace: string, hosts: readonly string[]): string {
  const list = hosts.map((host) => `  - ${host}\n`).join('');
  return `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec:\n  hosts:\n${list}  http:\n`;
}
