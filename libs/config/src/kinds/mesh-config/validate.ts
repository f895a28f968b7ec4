import { parseDurationMs } from '@lateen/base';
import { checkRetries } from '../../rules/http';
import { checkLogFormat } from '../../rules/log-format';
import { checkLocality } from '../../rules/locality';
import { isLabel, isWildcardDomain } from '../../rules/names';
import { each, listed, type Place, Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { checkConnectionPool, checkOutlierDetection } from '../destination-rule/traffic-policy';
import { type Finding } from '../kind';
import { checkProviders } from './providers';
import { checkProxyConfig } from './proxy';
import { type MeshConfig } from './schema';

const CURVES = new Set(['', 'P-224', 'P-256', 'P-384', 'P-521', 'X25519', 'X25519Kyber768Draft00', 'X25519MLKEM768']);
const HOUR_MS = 3_600_000;

/**
 * Istio's rules for mesh configuration, as it would be over Istio's defaults, which break none of them.
 * Paths start at the configuration's own root. Spec: validation.md §6.1.
 */
export function validateMeshConfig(mesh: MeshConfig): readonly Finding[] {
  const report = new Report();
  if (mesh.proxyListenPort !== undefined) checkPort(report, ['proxyListenPort'], mesh.proxyListenPort);
  checkTimeouts(report, mesh);
  checkLogFormat(report, ['accessLogFormat'], mesh.accessLogFormat ?? '');
  if (mesh.defaultConfig !== undefined) checkProxyConfig(report, ['defaultConfig'], mesh.defaultConfig);
  checkLocality(report, ['localityLbSetting'], mesh.localityLbSetting, { zoneAware: false });
  checkLocality(report, ['zoneAwareLbSetting'], mesh.zoneAwareLbSetting, { zoneAware: true });
  each(mesh.serviceSettings, ['serviceSettings'], ({ hosts }, at) =>
    each(hosts, [...at, 'hosts'], (host, place) => {
      if (!isWildcardDomain(host))
        report.error('invalid_host', place, unfit(host, 'a host', 'a DNS name, with "*" only as its first label'));
    }),
  );
  if (mesh.trustDomain !== undefined) checkTrustDomain(report, ['trustDomain'], mesh.trustDomain);
  each(mesh.trustDomainAliases, ['trustDomainAliases'], (alias, at) => checkTrustDomain(report, at, alias));
  checkCurves(report, mesh);
  checkConnectionPool(report, ['defaultTrafficPolicy', 'connectionPool'], mesh.defaultTrafficPolicy?.connectionPool, false);
  checkOutlierDetection(report, ['defaultTrafficPolicy', 'outlierDetection'], mesh.defaultTrafficPolicy?.outlierDetection, false);
  checkInboundRetries(report, mesh.defaultInboundHttpRetryPolicy);
  checkProviders(report, ['extensionProviders'], mesh.extensionProviders);
  return report.findings;
}

function checkTimeouts(report: Report, { connectTimeout, protocolDetectionTimeout }: MeshConfig): void {
  const connectMs = parseDurationMs(connectTimeout ?? '10s') ?? 0;
  if (!Number.isInteger(connectMs) || connectMs < 1 || connectMs > HOUR_MS)
    report.error('invalid_duration', ['connectTimeout'], unfit(connectTimeout, 'a connect timeout', 'whole milliseconds, "1ms" to "1h"'));
  const detectionMs = parseDurationMs(protocolDetectionTimeout ?? '0s') ?? 0;
  if (!Number.isInteger(detectionMs) || detectionMs < 0)
    report.error(
      'invalid_duration',
      ['protocolDetectionTimeout'],
      unfit(protocolDetectionTimeout, 'a timeout', 'whole milliseconds, or "0s" for none'),
    );
}

/** Labels joined by dots; the last may be empty, or a number. */
function checkTrustDomain(report: Report, at: Place, domain: string): void {
  const parts = domain.split('.');
  if (domain === '' || !parts.every((part, i) => isLabel(part) || (part === '' && i > 0 && i === parts.length - 1)))
    report.error('invalid_trust_domain', at, unfit(domain, 'a trust domain', 'a DNS name such as "cluster.local"'));
}

function checkCurves(report: Report, { meshMTLS, tlsDefaults }: MeshConfig): void {
  if ((meshMTLS?.ecdhCurves?.length ?? 0) > 0)
    report.error(
      'unsupported_field',
      ['meshMTLS', 'ecdhCurves'],
      'Cannot choose curves of mTLS inside the mesh: expected tlsDefaults.ecdhCurves',
    );
  const curves = tlsDefaults?.ecdhCurves ?? [];
  const at = ['tlsDefaults', 'ecdhCurves'];
  const unknown = [...new Set(curves.filter((curve) => !CURVES.has(curve)))].sort();
  if (unknown.length > 0) report.warn('unknown_curve', at, `Unknown curves are ignored: ${listed(unknown)}`);
  const repeated = [...new Set(curves.filter((curve, i) => CURVES.has(curve) && curves.indexOf(curve) !== i))].sort();
  if (repeated.length > 0) report.warn('duplicate_curve', at, `Curves are listed twice: ${listed(repeated)}`);
}

function checkInboundRetries(report: Report, retries: MeshConfig['defaultInboundHttpRetryPolicy']): void {
  if (retries === undefined) return;
  const at = ['defaultInboundHttpRetryPolicy'];
  checkRetries(report, at, retries);
  if ((retries.attempts ?? 0) === 0 && retries.backoff !== undefined)
    report.error('ineffective_field', [...at, 'backoff'], 'Cannot set backoff without attempts: 0 attempts turn retries off');
  for (const field of ['perTryTimeout', 'retryRemoteLocalities', 'retryIgnorePreviousHosts'] as const)
    if (retries[field] !== undefined)
      report.warn('ineffective_field', [...at, field], `${field} has no effect on retries of inbound requests`);
}
