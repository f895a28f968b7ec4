import { type FilterChain } from '@lateen/proxy-config';
import { type Service } from '@lateen/registry';
import { type Step } from '../model';
import { type Fact } from '../walk/facts';
import { type HopContext, meshConfigPlace, type Place, placeIn, resourceOf, step, titleOf } from './context';
import { gatewayHostSteps } from './gateway-hosts';

type FactOf<S extends Fact['stage']> = Extract<Fact, { stage: S }>;

/** Which listener takes the connection. */
export function listenerSteps(context: HopContext, { listener, entry, destination }: FactOf<'listener'>): readonly Step[] {
  const where = `${destination.address}:${destination.port}`;
  if (listener === undefined)
    return [
      step(context, { stage: 'listener', verdict: 'not-matched', reason: `Nothing listens on ${where}: the connection is refused.` }),
    ];
  const place = gatewayPlace(context, destination.port) ?? {};
  const base = { stage: 'listener', verdict: 'chosen', name: listener.name, ...place } as const;
  if (context.side === 'inbound')
    return [step(context, { ...base, reason: `The connection to ${where} comes in at the sidecar of the destination.` })];
  if (context.side === 'gateway') return [step(context, { ...base, reason: `The gateway listens on port ${destination.port}.` })];
  if (entry === listener && listener.useOriginalDst)
    return [
      step(context, {
        ...base,
        reason: `No service of the mesh has ${where}: the connection stays with the listener that captures all others.`,
      }),
    ];
  return [step(context, { ...base, reason: `The connection to ${where} is for the listener ${listener.name}.` })];
}

/** Where a Gateway opens a port. */
function gatewayPlace({ mesh, proxy, side }: HopContext, port: number): Place | undefined {
  if (side !== 'gateway') return undefined;
  const ports = mesh.gatewayPortsFor({ namespace: proxy.namespace, labels: proxy.labels });
  const { interception } = proxy;
  const own = (listenPort: number): number | undefined =>
    interception.mode === 'NONE' ? interception.ports.gateway?.[String(listenPort)] : listenPort;
  const [server] = ports.find(({ listenPort }) => own(listenPort) === port)?.servers ?? [];
  if (server === undefined) return undefined;
  const index = (server.resource.spec.servers ?? []).indexOf(server.server);
  return placeIn(server.resource, `spec.servers[${index}].port`);
}

/** Which filter chain, and what that says of TLS. */
export function filterChainSteps(context: HopContext, { chain, connection, tlsUnseen }: FactOf<'filter-chain'>): readonly Step[] {
  const tls = connection.transportProtocol === 'tls';
  const what = tls
    ? `TLS${connection.serverName === undefined ? '' : ` for ${connection.serverName}`}`
    : tlsUnseen
      ? 'TLS that is not looked into'
      : 'plaintext';
  if (chain === undefined)
    return [
      step(context, {
        stage: 'filter-chain',
        verdict: 'not-matched',
        reason: `No filter chain takes this connection, which is ${what}: it is closed.`,
      }),
      ...inboundMtls(context, connection.destinationPort, undefined, tls),
    ];
  const kind = chain.filters.some((filter) => filter.kind === 'http') ? 'HTTP' : 'TCP';
  const name = chain.name === '' ? {} : { name: chain.name };
  const asks = context.side === 'gateway' && chain.tls?.requireClientCertificate === true;
  const ends =
    chain.tls === undefined ? '' : asks ? ' It ends TLS here, for clients with a certificate that it trusts only.' : ' It ends TLS here.';
  return [
    step(context, {
      stage: 'filter-chain',
      verdict: 'chosen',
      ...name,
      reason: `The connection is ${what}, and is served as ${kind}.${ends}`,
    }),
    ...inboundMtls(context, connection.destinationPort, chain, tls),
  ];
}

/** What the workload's PeerAuthentication says of a connection to it. */
function inboundMtls(context: HopContext, destinationPort: number, chain: FilterChain | undefined, tls: boolean): readonly Step[] {
  if (context.side !== 'inbound') return [];
  const { mesh, proxy } = context;
  const { interception } = proxy;
  const ports = interception.mode === 'NONE' ? Object.entries(interception.ports.inbound) : [];
  const port = Number(ports.find(([, { listen }]) => listen === destinationPort)?.[0] ?? destinationPort);
  const { mode, written } = mesh.mtlsRule({ namespace: proxy.namespace, labels: proxy.labels }, port);
  const source = written === undefined ? 'default' : 'PeerAuthentication';
  const by = written === undefined ? `The default mode ${mode}` : `${titleOf(written.resource)} says ${mode}, which`;
  const place = written === undefined ? {} : placeIn(written.resource, written.path);
  const takes = { STRICT: 'takes mutual TLS only', PERMISSIVE: 'takes mutual TLS and plaintext', DISABLE: 'takes plaintext only' }[mode];
  const verdict =
    chain === undefined || (chain.tls !== undefined && !tls) ? 'not-matched' : chain.tls === undefined ? 'skipped' : 'applied';
  return [
    step(context, { stage: 'mtls', verdict, reason: `${by} ${takes}; this connection is ${tls ? 'TLS' : 'plaintext'}.`, source, ...place }),
  ];
}

/** Which virtual host the authority names, with the Gateway and the resource that give it the name. */
export function virtualHostSteps(context: HopContext, fact: FactOf<'virtual-host'>): readonly Step[] {
  const { authority, virtualHost, domain, routeConfiguration } = fact;
  const stage = 'virtual-host' as const;
  const host = JSON.stringify(authority);
  if (virtualHost === undefined)
    return [
      step(context, {
        stage,
        verdict: 'not-matched',
        name: authority,
        reason: `Nothing in the route configuration ${routeConfiguration} is for host ${host}: 404 with flag NR.`,
        ...firstGateway(context),
      }),
    ];
  const base = { stage, verdict: 'matched', name: domain ?? virtualHost.name } as const;
  const policy = meshConfigPlace(context, 'outboundTrafficPolicy');
  if (virtualHost.name === 'allow_any')
    return [
      step(context, {
        ...base,
        ...policy,
        reason: `No service is known by ${host}: ALLOW_ANY passes it through to where the client was going.`,
      }),
    ];
  if (virtualHost.name === 'block_all')
    return [step(context, { ...base, ...policy, reason: `No service is known by ${host}: REGISTRY_ONLY refuses it.` })];
  if (context.side === 'inbound') return [step(context, { ...base, reason: 'Requests for any host are taken: the port decides.' })];
  return context.side === 'gateway'
    ? gatewayHostSteps(context, { ...fact, virtualHost, domain: domain ?? '*' })
    : [serviceHostStep(context, { base, host, virtualHost })];
}

interface HostStep {
  readonly base: { readonly stage: 'virtual-host'; readonly verdict: 'matched'; readonly name: string };
  readonly host: string;
  readonly virtualHost: { readonly name: string };
}

/** The service or VirtualService that has a name. */
function serviceHostStep(context: HopContext, { base, host, virtualHost }: HostStep): Step {
  const hostname = virtualHost.name.slice(0, virtualHost.name.lastIndexOf(':'));
  const service = context.mesh.serviceFor(context.proxy.namespace, hostname);
  if (service !== undefined)
    return step(context, { ...base, reason: `Host ${host} is the service ${hostname}.`, ...servicePlace(context, service) });
  const client = { namespace: context.proxy.namespace, labels: context.proxy.labels };
  const view = context.mesh.virtualServicesFor(client, 'mesh').find(({ hosts }) => hosts.includes(hostname));
  if (view === undefined) return step(context, { ...base, reason: `Host ${host} is known as ${virtualHost.name}.` });
  const place = placeIn(view.resource, `spec.hosts[${view.hosts.indexOf(hostname)}]`);
  return step(context, { ...base, reason: `Host ${host} is no service: ${titleOf(view.resource)} gives it its rules.`, ...place });
}

/** Where a service is declared. */
export function servicePlace(context: HopContext, { namespace, name, hostname }: Service): Place {
  const service = resourceOf(context, 'Service', namespace, name);
  if (service !== undefined) return placeIn(service, 'metadata.name');
  const entry = context.resources.find(
    (r) => r.kind === 'ServiceEntry' && r.metadata.namespace === namespace && (r.spec.hosts ?? []).includes(hostname),
  );
  return placeIn(entry, 'spec.hosts');
}

function firstGateway({ mesh, proxy, side }: HopContext): Place {
  if (side !== 'gateway') return {};
  const [server] = mesh.gatewayPortsFor({ namespace: proxy.namespace, labels: proxy.labels })[0]?.servers ?? [];
  return server === undefined ? {} : placeIn(server.resource, 'spec.servers');
}
