import { isIp, isUnixPath } from '../../rules/addresses';
import { hostWithNamespaceProblem, isLabel } from '../../rules/names';
import { isHttp, isProtocol, isTls, PROTOCOLS } from '../../rules/protocols';
import { each, type Place, quote, Report, unfit } from '../../rules/report';
import { checkServerTls } from '../../rules/tls';
import { isPort } from '../../rules/values';
import { type Finding, type ValidationContext } from '../kind';
import { type GatewaySpec, type Server } from './schema';

/** Istio's rules for a Gateway. Spec: validation.md §5.3. */
export function validateGateway(spec: GatewaySpec, { metadata }: ValidationContext): readonly Finding[] {
  const report = new Report();
  if (!isLabel(metadata.name))
    report.error('invalid_name', ['metadata', 'name'], unfit(metadata.name, 'the name of a Gateway', 'at most 63 letters, digits and "-"'));
  if ((spec.servers?.length ?? 0) === 0) report.error('required_field', ['spec', 'servers'], 'Cannot use a Gateway without servers');
  const names = new Set<string>();
  each(spec.servers, ['spec', 'servers'], (server, at) => {
    checkServer(report, at, server);
    const { name } = server.port;
    if (names.has(name))
      report.error('duplicate_name', [...at, 'port', 'name'], `Cannot name two ports ${quote(name)}: port names are unique in a Gateway`);
    names.add(name);
  });
  return report.findings;
}

function checkServer(report: Report, at: Place, server: Server): void {
  if (server.hosts.length === 0) report.error('required_field', [...at, 'hosts'], 'Cannot serve without hosts: expected a name or "*"');
  each(server.hosts, [...at, 'hosts'], (host, place) => {
    const expected = hostWithNamespaceProblem(host, 'gateway', isIp);
    if (expected !== undefined) report.error('invalid_host', place, unfit(host, 'a host', expected));
  });
  const before = report.errors;
  checkServerPort(report, at, server);
  const portIsFine = report.errors === before;
  checkBind(report, at, server);
  if (server.tls !== undefined) checkServerTls(report, [...at, 'tls'], server.tls);
  if (portIsFine) checkTlsFitsProtocol(report, at, server);
  if (server.tls?.httpsRedirect === true && !isHttp(server.port.protocol)) {
    report.warn(
      'ineffective_field',
      [...at, 'tls', 'httpsRedirect'],
      `httpsRedirect has no effect on protocol ${quote(server.port.protocol)}: it redirects plain HTTP`,
    );
  }
}

function checkServerPort(report: Report, at: Place, { port, bind = '' }: Server): void {
  const place = [...at, 'port'];
  if (!isProtocol(port.protocol))
    report.error('unsupported_protocol', [...place, 'protocol'], unfit(port.protocol, 'a protocol', [...PROTOCOLS].join(', ')));
  if (!isPort(port.number) && !(port.number === 0 && bind.startsWith('unix://')))
    report.error('invalid_port', [...place, 'number'], unfit(port.number, 'a port', 'a number from 1 to 65535'));
  if ((port.targetPort ?? 0) > 0)
    report.error(
      'unsupported_field',
      [...place, 'targetPort'],
      'Cannot use targetPort in a Gateway: the Service of the gateway maps ports',
    );
  if (port.name === '') report.error('required_field', [...place, 'name'], 'Cannot use a port without a name');
}

function checkBind(report: Report, at: Place, { port, bind = '' }: Server): void {
  if (bind.startsWith('unix://')) {
    if (!isUnixPath(bind.slice('unix://'.length)))
      report.error('invalid_address', [...at, 'bind'], unfit(bind, 'a socket', 'unix:///ABSOLUTE/PATH or unix://@NAME'));
    if (port.number !== 0) report.error('invalid_port', [...at, 'port', 'number'], unfit(port.number, 'the port of a unix socket', '0'));
  } else if (bind !== '' && !isIp(bind)) {
    report.error('invalid_address', [...at, 'bind'], unfit(bind, 'an address to bind', 'an IP address or unix://PATH'));
  }
}

function checkTlsFitsProtocol(report: Report, at: Place, { port, tls }: Server): void {
  const { protocol } = port;
  if (isTls(protocol)) {
    if (tls === undefined)
      report.error('required_field', [...at, 'tls'], `Cannot serve ${protocol} without tls: it says which certificate, or PASSTHROUGH`);
    return;
  }
  if (tls === undefined) return;
  const mode = tls.mode ?? 'PASSTHROUGH';
  const redirectForm =
    (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') &&
    [tls.caCertificates, tls.privateKey, tls.serverCertificate].every((file) => (file ?? '') === '');
  if (isHttp(protocol) && redirectForm) return;
  report.error(
    'invalid_tls',
    [...at, 'tls'],
    `Cannot use TLS on protocol ${quote(protocol)}: expected HTTPS or TLS${isHttp(protocol) ? ', or only httpsRedirect' : ''}`,
  );
}
