import { isIp, isUnixPath, splitHostPort } from '../../rules/addresses';
import { checkDestination } from '../../rules/destination';
import { checkWorkloadSelector } from '../../rules/labels';
import { hostWithNamespaceProblem, isFqdn } from '../../rules/names';
import { isHttp, isTls } from '../../rules/protocols';
import { each, type Place, quote, Report, unfit } from '../../rules/report';
import { checkServerTls } from '../../rules/tls';
import { checkPort } from '../../rules/values';
import { checkConnectionPool } from '../destination-rule/traffic-policy';
import { type Finding, type ValidationContext } from '../kind';
import { checkEgress } from './egress';
import { checkSidecarPort } from './port';
import { type IstioIngressListener, type SidecarSpec } from './schema';

/** Istio's rules for a Sidecar. Spec: validation.md §5.5. */
export function validateSidecar(spec: SidecarSpec, { metadata }: ValidationContext): readonly Finding[] {
  const report = new Report();
  if (!checkWorkloadSelector(report, spec.workloadSelector)) return report.findings;
  const { egress = [], ingress = [], outboundTrafficPolicy, inboundConnectionPool } = spec;
  if (egress.length === 0 && ingress.length === 0 && outboundTrafficPolicy === undefined && inboundConnectionPool === undefined) {
    report.error(
      'required_field',
      ['spec'],
      'Cannot use a Sidecar that says nothing: expected egress, ingress, outboundTrafficPolicy or inboundConnectionPool',
    );
    return report.findings;
  }
  checkConnectionPool(report, ['spec', 'inboundConnectionPool'], inboundConnectionPool);
  const numbers = new Set<number>();
  each(ingress, ['spec', 'ingress'], (listener, at) => checkIngress(report, at, listener, numbers));
  checkEgress(report, egress, metadata.namespace, (host) => hostWithNamespaceProblem(host, 'sidecar', isIp));
  if (outboundTrafficPolicy?.egressProxy !== undefined) {
    const at = ['spec', 'outboundTrafficPolicy', 'egressProxy'];
    const proxy = outboundTrafficPolicy.egressProxy;
    if (outboundTrafficPolicy.mode !== 'ALLOW_ANY')
      report.error('exclusive_fields', at, 'Cannot use egressProxy here: only mode ALLOW_ANY sends unknown traffic on');
    else {
      if (!isFqdn(proxy.host))
        report.error('invalid_host', [...at, 'host'], unfit(proxy.host, 'an egress proxy', 'a DNS name without wildcards'));
      if (proxy.port === undefined) report.error('required_field', [...at, 'port'], 'Cannot use an egress proxy without a port');
      checkDestination(report, at, proxy);
    }
  }
  return report.findings;
}

function checkIngress(report: Report, at: Place, listener: IstioIngressListener, numbers: Set<number>): void {
  const { port, bind = '', defaultEndpoint = '', tls } = listener;
  const number = port.number ?? 0;
  checkSidecarPort(report, [...at, 'port'], port);
  checkPort(report, [...at, 'port', 'number'], number);
  if (numbers.has(number)) report.error('duplicate_port', [...at, 'port', 'number'], `Cannot listen on port ${number} twice`);
  numbers.add(number);
  if (bind !== '' && !isIp(bind)) report.error('invalid_address', [...at, 'bind'], unfit(bind, 'an address to bind', 'an IP address'));
  if (defaultEndpoint !== '') checkEndpoint(report, [...at, 'defaultEndpoint'], defaultEndpoint);
  checkConnectionPool(report, [...at, 'connectionPool'], listener.connectionPool);
  if (listener.connectionPool?.http !== undefined && !isHttp(port.protocol ?? '')) {
    report.warn(
      'ineffective_field',
      [...at, 'connectionPool', 'http'],
      `HTTP limits have no effect on protocol ${quote(port.protocol ?? '')}`,
    );
  }
  if (tls === undefined) return;
  for (const field of ['subjectAltNames', 'httpsRedirect', 'credentialName', 'credentialNames', 'tlsCertificates'] as const) {
    const value = tls[field];
    if (value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0))
      report.error('unsupported_field', [...at, 'tls', field], `Cannot use ${field} in a Sidecar: only files beside the proxy`);
  }
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH')
    report.error(
      'invalid_tls',
      [...at, 'tls', 'mode'],
      unfit(tls.mode, "the TLS mode of a Sidecar's listener", 'SIMPLE, MUTUAL, OPTIONAL_MUTUAL or PASSTHROUGH'),
    );
  if (!isTls(port.protocol ?? ''))
    report.error('unsupported_protocol', [...at, 'port', 'protocol'], unfit(port.protocol ?? '', 'a protocol with tls', 'HTTPS or TLS'));
  checkServerTls(report, [...at, 'tls'], tls);
}

function checkEndpoint(report: Report, at: Place, endpoint: string): void {
  if (endpoint.startsWith('unix://')) {
    if (!isUnixPath(endpoint.slice('unix://'.length)))
      report.error('invalid_address', at, unfit(endpoint, 'a socket', 'unix:///ABSOLUTE/PATH or unix://@NAME'));
    return;
  }
  const parts = splitHostPort(endpoint);
  const local = parts !== undefined && ['', '127.0.0.1', '0.0.0.0', '::1', '::'].includes(parts.host);
  if (!local || parts.port < 1 || parts.port > 65_535)
    report.error(
      'invalid_address',
      at,
      unfit(endpoint, 'where the workload listens', '127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix://PATH'),
    );
}
