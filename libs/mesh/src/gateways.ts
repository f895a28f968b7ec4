import { type Violation } from '@lateen/base';
import { type Gateway, positionOf, type Server } from '@lateen/config';
import { matchesLabels } from '@lateen/registry';
import { type Client, type GatewayPort, type GatewayPortKind, type GatewayServer } from './snapshot';

/** Where a gateway workload listens for a port that a Gateway names; undefined when no Service of it has that port. */
export type TargetPort = (client: Client, port: number) => number | undefined;

/** One port while servers are still being added. */
interface OpenPort {
  readonly number: number;
  readonly listenPort: number;
  readonly kind: GatewayPortKind;
  readonly bind: string | undefined;
  readonly servers: GatewayServer[];
  /** SNI hosts that a TLS server has; a second one for the same is left out. */
  readonly sniHosts: Set<string>;
}

/** What the gateways of a workload come to. */
export interface MergedGateways {
  readonly ports: readonly GatewayPort[];
  readonly violations: readonly Violation[];
}

/**
 * Merges the Gateways, oldest first, that select a workload. A server whose protocol does not go with what an older
 * one does on the same port is left out and reported. Spec: Istio gateway merging.
 */
export function mergeGateways(gateways: readonly Gateway[], client: Client, targetPort: TargetPort): MergedGateways {
  const ports = new Map<string, OpenPort>();
  const violations: Violation[] = [];
  for (const gateway of gateways) {
    if (!matchesLabels(client.labels, gateway.spec.selector ?? {})) continue;
    (gateway.spec.servers ?? []).forEach((server, i) => {
      const { number } = server.port;
      const listenPort = targetPort(client, number) ?? number;
      const kind = kindOf(server);
      const key = `${server.bind ?? ''}\0${listenPort}`;
      const open = ports.get(key) ?? { number, listenPort, kind, bind: server.bind, servers: [], sniHosts: new Set<string>() };
      ports.set(key, open);
      if (open.kind !== kind) {
        violations.push(
          report(gateway, i, `Cannot serve ${server.port.protocol} on port ${number}: an older server has it as ${open.kind}`),
        );
        return;
      }
      const merged = serverOf(gateway, server, listenPort, open);
      if (merged === undefined)
        violations.push(
          report(gateway, i, `Cannot serve ${server.hosts.join(', ')} on port ${number}: older servers have all of these hosts`),
        );
      else open.servers.push(merged);
    });
  }
  return { ports: [...ports.values()].filter(({ servers }) => servers.length > 0).sort((a, b) => a.listenPort - b.listenPort), violations };
}

function serverOf(gateway: Gateway, server: Server, listenPort: number, open: OpenPort): GatewayServer | undefined {
  const { namespace, name } = gateway.metadata;
  const kept = server.hosts.map((host) => splitHost(host, namespace)).filter(({ host }) => open.kind !== 'tls' || !open.sniHosts.has(host));
  if (kept.length === 0) return undefined;
  if (open.kind === 'tls') for (const { host } of kept) open.sniHosts.add(host);
  return {
    gateway: `${namespace}/${name}`,
    server,
    hosts: kept.map(({ host }) => host),
    hostNamespaces: kept.map((entry) => entry.namespace),
    routeName: routeNameOf(gateway, server, listenPort),
    resource: gateway,
  };
}

/** `NAMESPACE/HOST`, the namespace `*` by default and `.` the Gateway's own. */
function splitHost(text: string, own: string): { readonly namespace: string; readonly host: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { namespace: '*', host: text };
  const namespace = text.slice(0, slash);
  return { namespace: namespace === '.' ? own : namespace, host: text.slice(slash + 1) };
}

const HTTP = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

/** TLS of any kind is chosen by SNI; `httpsRedirect` alone is still plaintext. */
function kindOf({ port, tls }: Server): GatewayPortKind {
  const protocol = port.protocol.toUpperCase();
  if (HTTP.has(protocol)) return 'http';
  if (protocol === 'HTTPS' || protocol === 'TLS' || tls?.mode !== undefined) return 'tls';
  return 'tcp';
}

/** Plaintext HTTP servers of a port share their routes; each HTTPS server has its own. */
function routeNameOf({ metadata }: Gateway, server: Server, listenPort: number): string | undefined {
  const { port, tls } = server;
  if (kindOf(server) === 'http') return `http.${listenPort}`;
  const terminated = tls?.mode !== undefined && tls.mode !== 'PASSTHROUGH' && tls.mode !== 'AUTO_PASSTHROUGH';
  if (port.protocol.toUpperCase() !== 'HTTPS' || !terminated) return undefined;
  return `https.${port.number}.${port.name}.${metadata.name}.${metadata.namespace}`;
}

function report(gateway: Gateway, server: number, message: string): Violation {
  const path = `spec.servers[${server}].port`;
  return { severity: 'warning', code: 'gateway_conflict', path, message, position: positionOf(gateway, path) };
}
