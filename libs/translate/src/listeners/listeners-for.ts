import { canonicalName, canonicalRevision } from '@lateen/registry';
import { create } from '@bufbuild/protobuf';
import { TrafficDirection } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { type Listener, ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { ZERO } from '../filters/envoy';
import { type Direction } from '../filters/istio-filters';
import { httpInspector, tlsInspector } from '../filters/listener-filters';
import { tracing } from '../filters/tracing';
import { CAUSE_EXTENSION, COUNTS_EXTENSION, has } from '../proxy';
import { type Translated } from '../proxy-resources';
import { clientOf, isRegistryOnly, type ProxyInputs, trafficOf } from '../routes/inputs';
import { accessLogs, listenerAccessLogs } from '../telemetry/access-logs';
import { statsFilters } from '../telemetry/metrics';
import { socketAddress } from './address';
import { type ListenerContext } from './context';
import { gatewayListeners } from './gateway';
import { outboundListeners } from './outbound';
import { grpcListeners } from './proxyless';
import { needsHttpInspector, needsTlsInspector } from './inbound-match';
import { type InboundPort, portChains, virtualInbound } from './virtual-inbound';
import { virtualOutbound } from './virtual-outbound';

/** Every listener of a proxy. Pure, and cannot fail: what it is built from was validated when it was admitted. */
export function listenersFor(inputs: ProxyInputs): readonly Translated<Listener>[] {
  if (inputs.proxy.generator === 'grpc') return grpcListeners(inputs);
  const context = contextOf(inputs);
  if (inputs.proxy.type === 'router') return gatewayListeners(inputs, context);
  return [...outboundListeners(inputs, context), ...captureListeners(inputs, context), ...explicitInbound(inputs, context)];
}

function contextOf({ snapshot, proxy }: ProxyInputs): ListenerContext {
  const mesh = snapshot.meshConfig;
  const telemetry = snapshot.telemetryFor(clientOf(proxy));
  const logs = { mesh, snapshot, telemetry, causes: has(proxy, CAUSE_EXTENSION) };
  const router = proxy.type === 'router';
  const identity = {
    canonicalService: canonicalName(proxy.labels, proxy.workload),
    canonicalRevision: canonicalRevision(proxy.labels) ?? 'latest',
    clusterId: proxy.clusterId,
    meshId: proxy.meshId,
    namespace: proxy.namespace,
    serviceName: proxy.nodeCluster,
  };
  return {
    mesh,
    has: (extension) => proxy.extensions.has(extension),
    stats: byDirection((direction) => statsFilters(telemetry, direction, has(proxy, COUNTS_EXTENSION))),
    accessLogs: byDirection((direction) => accessLogs(logs, direction)),
    listenerAccessLogs: byDirection((direction) => listenerAccessLogs(logs, direction)),
    tracing: byDirection((direction) =>
      tracing({ snapshot, mesh, identity, router, settings: telemetry.tracing?.[direction === 'inbound' ? 'SERVER' : 'CLIENT'] }),
    ),
    trustDomains: [snapshot.trustDomain, ...(mesh.trustDomainAliases ?? [])],
  };
}

/** Made once for each direction: every chain that faces one way has the same. */
function byDirection<T>(make: (direction: Direction) => T): (direction: Direction) => T {
  const made = new Map<Direction, T>();
  return (direction) => {
    let found = made.get(direction);
    if (found === undefined) made.set(direction, (found = make(direction)));
    return found;
  };
}

function captureListeners(inputs: ProxyInputs, context: ListenerContext): readonly Translated<Listener>[] {
  if (inputs.proxy.interception.mode !== 'REDIRECT') return [];
  const { mesh } = context;
  const outbound = virtualOutbound({
    context,
    port: mesh.proxyListenPort ?? 15_001,
    fallback: isRegistryOnly(mesh) ? 'BlackHoleCluster' : 'PassthroughCluster',
  });
  const mode = inputs.snapshot.mtlsMode(clientOf(inputs.proxy));
  const inbound = virtualInbound({ context, port: mesh.proxyInboundListenPort ?? 15_006, ports: inboundPorts(inputs), mode });
  return [outbound, inbound].map((message) => ({ name: message.name, message, origin: undefined }));
}

/** The workload's ports that services name; of several services on one the first counts. */
function inboundPorts({ snapshot, proxy }: ProxyInputs): readonly InboundPort[] {
  const workload = snapshot.workload(proxy.namespace, proxy.name);
  const ports = new Map<number, InboundPort>();
  for (const { service, port, targetPort } of workload === undefined ? [] : snapshot.inboundPorts(workload)) {
    if (ports.has(targetPort)) continue;
    ports.set(targetPort, {
      port: targetPort,
      servicePort: port.port,
      host: service.hostname,
      traffic: trafficOf(port.protocol),
      mode: snapshot.mtlsMode(clientOf(proxy), targetPort),
    });
  }
  return [...ports.values()];
}

/** Without capture: a listener for each of the workload's ports that the port map has. */
function explicitInbound(inputs: ProxyInputs, context: ListenerContext): readonly Translated<Listener>[] {
  const { interception } = inputs.proxy;
  if (interception.mode !== 'NONE') return [];
  return inboundPorts(inputs).flatMap((inbound) => {
    const local = interception.ports.inbound[String(inbound.port)];
    if (local === undefined) return [];
    const name = `inbound_127.0.0.1_${inbound.port}`;
    const { mode, traffic } = inbound;
    const message = create(ListenerSchema, {
      name,
      address: socketAddress('127.0.0.1', local.listen),
      trafficDirection: TrafficDirection.INBOUND,
      accessLog: context.listenerAccessLogs('inbound'),
      listenerFilters: [
        ...(needsTlsInspector(mode, traffic.kind) ? [tlsInspector()] : []),
        ...(needsHttpInspector(mode, traffic.kind) ? [httpInspector()] : []),
      ],
      listenerFiltersTimeout: ZERO,
      continueOnListenerFiltersTimeout: true,
      filterChains: [...portChains({ context, inbound, name: `127.0.0.1_${inbound.port}`, alone: true })],
    });
    return [{ name, message, origin: undefined }];
  });
}
