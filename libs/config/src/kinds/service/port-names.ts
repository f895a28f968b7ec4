import { isProtocol, PROTOCOLS } from '../../rules/protocols';
import { each, Report, unfit } from '../../rules/report';
import { type Finding } from '../kind';
import { type ServiceSpec } from './schema';

/**
 * Ports whose protocol Istio cannot tell: neither `appProtocol` nor the name, up to its first `-`, says one it knows.
 * Rules of `validate` alone: such a Service works, and Istio guesses what it speaks. Spec: validation.md §1.4.
 */
export function servicePortFindings(spec: ServiceSpec): readonly Finding[] {
  const report = new Report();
  const expected = [...PROTOCOLS].map((protocol) => protocol.toLowerCase()).join(', ');
  each(spec.ports, ['spec', 'ports'], ({ name = '', protocol = 'TCP', appProtocol = '' }, at) => {
    if (protocol.toUpperCase() === 'UDP') return;
    if (appProtocol !== '') {
      if (!isProtocol(appProtocol))
        report.error('unsupported_protocol', [...at, 'appProtocol'], unfit(appProtocol, 'a protocol', expected));
    } else if (name === '') {
      report.error(
        'required_field',
        [...at, 'name'],
        'Cannot tell the protocol of a port without a name: name it PROTOCOL-SUFFIX, or set appProtocol',
      );
    } else if (!isProtocol(protocolOf(name))) {
      report.error(
        'unsupported_protocol',
        [...at, 'name'],
        unfit(name, 'the name of a port', `PROTOCOL or PROTOCOL-SUFFIX, the protocol one of ${expected}`),
      );
    }
  });
  return report.findings;
}

/** What a port's name says of its protocol; `grpc-web` has the separator inside. */
function protocolOf(name: string): string {
  return /^grpc-web(?:-|$)/i.test(name) ? 'grpc-web' : (name.split('-', 1)[0] ?? '');
}
