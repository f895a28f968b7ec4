import { type Endpoint, type Service, type ServicePort } from '@lateen/registry';
import { isAlias, type ProxyInputs, type PortTraffic, trafficOf } from '../routes/inputs';

/** A port on which every service that speaks HTTP shares one listener, told apart by Host. */
export interface SharedPort {
  readonly port: number;
  readonly http: true;
}

/** A listener of one service port alone. */
export interface SinglePort {
  readonly service: Service;
  readonly port: number;
  readonly servicePort: ServicePort;
  readonly traffic: PortTraffic;
  /** Whether it has routes of its own. */
  readonly http: boolean;
  readonly address: string;
  /** Where it listens: the service's port, or without capture one of the port map's. */
  readonly listenPort: number;
}

/** Where a sidecar takes what its workload sends. */
export interface OutboundPorts {
  readonly shared: readonly SharedPort[];
  readonly single: readonly SinglePort[];
  /** Port of the HTTP proxy on 127.0.0.1. */
  readonly httpProxy: number | undefined;
}

/** The outbound listeners a sidecar needs, in order of port. Spec: Istio outbound listeners. */
export function outboundPorts(inputs: ProxyInputs): OutboundPorts {
  const { interception } = inputs.proxy;
  if (interception.mode === 'REDIRECT') return captured(inputs);
  const single = servicePorts(inputs).flatMap(({ service, servicePort, traffic }): readonly SinglePort[] => {
    const listenPort = interception.ports.outbound[`${service.hostname}:${servicePort.port}`];
    if (listenPort === undefined) return [];
    return [{ service, servicePort, traffic, port: servicePort.port, http: traffic.kind !== 'tcp', address: '127.0.0.1', listenPort }];
  });
  return { shared: [], single, httpProxy: interception.ports.httpProxy };
}

function captured(inputs: ProxyInputs): OutboundPorts {
  const shared = new Set<number>();
  const single: SinglePort[] = [];
  for (const { service, servicePort, traffic } of servicePorts(inputs)) {
    const { port } = servicePort;
    if (traffic.kind === 'http') {
      shared.add(port);
      continue;
    }
    for (const address of addressesOf(inputs, service, servicePort)) {
      single.push({ service, servicePort, traffic, port, http: traffic.kind === 'auto', address, listenPort: port });
    }
  }
  const { proxyHttpPort } = inputs.snapshot.meshConfig;
  return {
    shared: [...shared].sort((a, b) => a - b).map((port) => ({ port, http: true })),
    single,
    httpProxy: proxyHttpPort === undefined || proxyHttpPort === 0 ? undefined : proxyHttpPort,
  };
}

/** A service's own addresses; a headless one's endpoints, but for the workload itself. */
function addressesOf({ snapshot, proxy }: ProxyInputs, service: Service, port: ServicePort): readonly string[] {
  if (!service.headless) return service.addresses.filter((address) => !address.includes('/'));
  const isOther = ({ instance }: Endpoint): boolean => instance?.name !== proxy.name || instance.namespace !== proxy.namespace;
  return [
    ...new Set(
      snapshot
        .endpointsOf(service, port)
        .filter(isOther)
        .map(({ address }) => address),
    ),
  ];
}

function servicePorts({ snapshot, proxy }: ProxyInputs) {
  return snapshot
    .servicesVisibleTo(proxy.namespace)
    .filter((service) => !isAlias(service))
    .flatMap((service) =>
      service.ports
        .filter(({ protocol }) => protocol !== 'UDP')
        .map((servicePort) => ({ service, servicePort, traffic: trafficOf(servicePort.protocol) })),
    );
}
