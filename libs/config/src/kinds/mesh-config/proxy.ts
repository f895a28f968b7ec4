import { parseDurationMs } from '@lateen/base';
import { isIp, splitHostPort } from '../../rules/addresses';
import { isFqdn } from '../../rules/names';
import { type Place, type Report, unfit } from '../../rules/report';
import { checkClientTls } from '../../rules/tls';
import { checkDuration, checkPort, isPort } from '../../rules/values';
import { type ProxyConfig } from './proxy-schema';

/** Defaults of proxies, where the user wrote them. Spec: validation.md §6.2. */
export function checkProxyConfig(report: Report, at: Place, proxy: ProxyConfig): void {
  for (const field of ['configPath', 'binaryPath'] as const)
    if (proxy[field] === '') report.error('required_field', [...at, field], `Cannot use an empty ${field}: leave it out for the default`);
  if (proxy.serviceCluster === '' && proxy.tracingServiceName === undefined)
    report.error(
      'required_field',
      [...at, 'serviceCluster'],
      'Cannot use an empty serviceCluster: leave it out, or set tracingServiceName',
    );
  checkDuration(report, [...at, 'drainDuration'], proxy.drainDuration, 1000);
  if (proxy.discoveryAddress !== undefined) checkAddress(report, [...at, 'discoveryAddress'], proxy.discoveryAddress);
  for (const field of ['proxyAdminPort', 'statusPort'] as const)
    if (proxy[field] !== undefined) checkPort(report, [...at, field], proxy[field]);
  for (const field of ['statsdUdpAddress', 'envoyMetricsServiceAddress'] as const)
    if ((proxy[field] ?? '') !== '') checkAddress(report, [...at, field], proxy[field] ?? '');
  for (const field of ['envoyMetricsService', 'envoyAccessLogService'] as const) {
    const address = proxy[field]?.address ?? '';
    if (address !== '') checkAddress(report, [...at, field, 'address'], address);
  }
  checkTracing(report, [...at, 'tracing'], proxy.tracing);
  checkKeyProvider(report, [...at, 'privateKeyProvider'], proxy.privateKeyProvider);
  if (proxy.proxyMetadata?.['ISTIO_META_DNS_AUTO_ALLOCATE'] !== undefined)
    report.warn(
      'deprecated_field',
      [...at, 'proxyMetadata', 'ISTIO_META_DNS_AUTO_ALLOCATE'],
      'ISTIO_META_DNS_AUTO_ALLOCATE is deprecated: ServiceEntries get addresses by default',
    );
  checkConnectionSettings(report, [...at, 'connectionSettings'], proxy.connectionSettings);
}

/** `host:port`, IPv6 in brackets. */
function checkAddress(report: Report, at: Place, text: string): void {
  const parts = splitHostPort(text);
  if (parts === undefined || !isPort(parts.port) || !(isFqdn(parts.host) || isIp(parts.host)))
    report.error('invalid_address', at, unfit(text, 'an address', 'HOST:PORT'));
}

function checkTracing(report: Report, at: Place, tracing: ProxyConfig['tracing']): void {
  if (tracing === undefined) return;
  for (const tracer of ['zipkin', 'datadog'] as const) {
    // The node's own address is filled in where the proxy starts.
    if (tracing[tracer] !== undefined)
      checkAddress(report, [...at, tracer, 'address'], (tracing[tracer].address ?? '').replace('$(HOST_IP)', '127.0.0.1'));
  }
  if (tracing.lightstep !== undefined) {
    checkAddress(report, [...at, 'lightstep', 'address'], tracing.lightstep.address ?? '');
    if ((tracing.lightstep.accessToken ?? '') === '')
      report.error('required_field', [...at, 'lightstep', 'accessToken'], 'Cannot report to Lightstep without an access token');
  }
  // Mesh configuration is in no namespace, so that no ConfigMap is in its own.
  checkClientTls(report, [...at, 'tlsSettings'], tracing.tlsSettings, '');
}

function checkKeyProvider(report: Report, at: Place, provider: ProxyConfig['privateKeyProvider']): void {
  if (provider === undefined) return;
  if (provider.cryptomb === undefined && provider.qat === undefined)
    report.error('required_field', at, 'Cannot use a provider of private keys that is none: expected cryptomb or qat');
  for (const kind of ['cryptomb', 'qat'] as const) {
    const settings = provider[kind];
    if (settings !== undefined && (parseDurationMs(settings.pollDelay ?? '0s') ?? 0) === 0)
      report.error('required_field', [...at, kind, 'pollDelay'], `Cannot poll ${kind} without a delay: pollDelay is required, and not 0`);
  }
}

const MIN_WINDOW = 65_535;
const POSITIVE = new Set(['httpMaxConcurrentStreams', 'listenerConnectionLimit', 'globalDownstreamConnectionLimit']);

/** Limits and timeouts by name: windows of HTTP/2, counts that 0 would close, and the rest, which may be 0. */
function checkConnectionSettings(report: Report, at: Place, settings: Readonly<Record<string, unknown>> | undefined): void {
  for (const [name, value] of Object.entries(settings ?? {})) {
    const amount = typeof value === 'number' ? value : typeof value === 'string' ? (parseDurationMs(value) ?? Number(value)) : undefined;
    if (amount === undefined || Number.isNaN(amount)) continue;
    const least = /window/i.test(name) ? MIN_WINDOW : POSITIVE.has(name) ? 1 : 0;
    if (amount < least) report.error('out_of_range', [...at, name], unfit(value, name, `at least ${least}`));
  }
}
