import { isLabel } from '../../rules/names';
import { isProtocol, PROTOCOLS } from '../../rules/protocols';
import { type Place, type Report, unfit } from '../../rules/report';
import { type IstioIngressListener } from './schema';

/** What ports of both directions share: no target port, a name that is one, a protocol that is known. */
export function checkSidecarPort(report: Report, at: Place, port: IstioIngressListener['port']): void {
  if ((port.targetPort ?? 0) > 0)
    report.error('unsupported_field', [...at, 'targetPort'], 'Cannot use targetPort in a Sidecar: set defaultEndpoint');
  if (port.name !== undefined && port.name !== '' && !isLabel(port.name))
    report.error('invalid_name', [...at, 'name'], unfit(port.name, 'the name of a port', 'at most 63 letters, digits and "-"'));
  if (port.protocol !== undefined && port.protocol !== '' && !isProtocol(port.protocol))
    report.error('unsupported_protocol', [...at, 'protocol'], unfit(port.protocol, 'a protocol', [...PROTOCOLS].join(', ')));
}
