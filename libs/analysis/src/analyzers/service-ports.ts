import { type Service, type ServicePortSpec } from '@lateen/config';
import { protocolOf } from '@lateen/registry';
import { defineAnalyzer } from '../analyzer';

const MANAGED = new Set(['istio.io-gateway-controller', 'istio.io-mesh-controller', 'istio.io-eastwest-controller']);
/** Beside those the registry knows by name. */
const OTHER_PROTOCOLS = new Set(['http_proxy', 'udp']);

/**
 * Port names, or appProtocol, say which protocol a port speaks.
 * Spec: IST0118, IST0150; istio.io, protocol selection.
 */
export const servicePorts = defineAnalyzer({
  name: 'service-ports',
  description: 'Ports of Services say their protocol',
  inputs: ['Service'],
  codes: ['IST0118', 'IST0150'],
  analyze(configuration, report) {
    for (const service of configuration.of('Service')) {
      if (isControlPlane(service.metadata.labels) || MANAGED.has(service.metadata.labels['gateway.istio.io/managed'] ?? '')) continue;
      (service.spec.ports ?? []).forEach((port, i) => {
        const at = ['spec', 'ports', i, port.name === undefined ? 'port' : 'name'];
        const istioAt = ['spec', 'ports', i, 'port'];
        if (service.spec.type === 'ExternalName') {
          if (!saysProtocol(port) || port.name === 'tcp') report('IST0150', service, { params: [], at, istioAt });
        } else if (!saysProtocol(port)) {
          report('IST0118', service, { params: [port.name ?? '', port.port, targetText(port)], at, istioAt });
        }
      });
    }
  },
});

/** Whether an object belongs to Istio itself. Spec: analyzers.md 1.7. */
export function isControlPlane(labels: Service['metadata']['labels']): boolean {
  return Object.hasOwn(labels, 'istio') || labels['release'] === 'istio';
}

function saysProtocol({ name, port, protocol, appProtocol }: ServicePortSpec): boolean {
  if (protocolOf({ port, name, appProtocol, transport: protocol }) !== 'auto') return true;
  const word = (appProtocol ?? name ?? '').toLowerCase();
  return OTHER_PROTOCOLS.has(word.split('-', 1)[0] ?? '');
}

function targetText({ targetPort }: ServicePortSpec): string {
  return String(targetPort ?? 0);
}
