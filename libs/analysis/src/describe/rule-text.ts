import { type DestinationRule, type HTTPMatchRequest, type HTTPRoute, type StringMatch } from '@lateen/config';
import { gatewayName } from '../analyzers/virtual-service-gateways';

/** A rule of a VirtualService in one line: when, where to, and what is done on the way. */
export function ruleText(rule: HTTPRoute): string {
  const when = (rule.match ?? []).map(matchText).join(' or ');
  const extras = [
    rule.timeout === undefined ? undefined : `timeout ${rule.timeout}`,
    rule.retries?.attempts === undefined
      ? undefined
      : `${rule.retries.attempts} retries${rule.retries.perTryTimeout === undefined ? '' : ` of ${rule.retries.perTryTimeout}`}`,
    rule.fault?.delay === undefined
      ? undefined
      : `delays ${share(rule.fault.delay.percentage?.value)} by ${rule.fault.delay.fixedDelay ?? ''}`.trim(),
    rule.fault?.abort === undefined
      ? undefined
      : `aborts ${share(rule.fault.abort.percentage?.value)} with ${rule.fault.abort.httpStatus ?? rule.fault.abort.grpcStatus ?? ''}`.trim(),
    rule.rewrite === undefined ? undefined : 'rewrites',
    rule.headers === undefined ? undefined : 'changes headers',
    ...[rule.mirror, ...(rule.mirrors ?? []).map(({ destination }) => destination)].map((to) =>
      to === undefined ? undefined : `mirrors to ${destinationText(to)}`,
    ),
    rule.corsPolicy === undefined ? undefined : 'CORS',
  ].filter((part) => part !== undefined);
  return `${when === '' ? 'any request' : when} → ${targetText(rule)}${extras.length === 0 ? '' : `; ${extras.join(', ')}`}`;
}

function targetText(rule: HTTPRoute): string {
  if (rule.redirect !== undefined) return `redirect ${rule.redirect.redirectCode ?? 301}`;
  if (rule.directResponse !== undefined) return `answer ${rule.directResponse.status}`;
  if (rule.delegate !== undefined) return `VirtualService ${rule.delegate.namespace ?? ''}/${rule.delegate.name ?? ''}`;
  const routes = rule.route ?? [];
  const total = routes.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
  return (
    routes
      .map(
        ({ destination, weight }) =>
          `${destinationText(destination)}${routes.length === 1 ? '' : ` ${Math.round(((weight ?? 0) / (total || 1)) * 1000) / 10}%`}`,
      )
      .join(', ') || 'nowhere'
  );
}

function destinationText({ host, subset, port }: NonNullable<HTTPRoute['mirror']>): string {
  return `${host}${port?.number === undefined ? '' : `:${port.number}`}${subset === undefined || subset === '' ? '' : ` subset ${subset}`}`;
}

/** All conditions of one match. */
function matchText(match: HTTPMatchRequest): string {
  const parts = [
    ...(['uri', 'method', 'authority', 'scheme'] as const).map((field) =>
      match[field] === undefined ? undefined : `${field} ${stringText(match[field])}`,
    ),
    ...Object.entries(match.headers ?? {}).map(([name, value]) => `header ${name} ${stringText(value)}`),
    ...Object.entries(match.withoutHeaders ?? {}).map(([name, value]) => `not header ${name} ${stringText(value)}`),
    ...Object.entries(match.queryParams ?? {}).map(([name, value]) => `query ${name} ${stringText(value)}`),
    match.port === undefined ? undefined : `port ${match.port}`,
    Object.keys(match.sourceLabels ?? {}).length === 0 ? undefined : `from ${pairs(match.sourceLabels ?? {})}`,
    match.sourceNamespace === undefined ? undefined : `from namespace ${match.sourceNamespace}`,
  ].filter((part) => part !== undefined);
  const where = gatewaysText(match.gateways ?? []);
  return `${parts.join(' and ') || 'any request'}${where === '' ? '' : ` ${where}`}`;
}

/** `at gateway front`; `in sidecars` for `mesh`; empty for all that its VirtualService is for. */
function gatewaysText(gateways: readonly string[]): string {
  const named = gateways.filter((gateway) => gateway !== 'mesh');
  return [
    ...(named.length === gateways.length ? [] : ['in sidecars']),
    ...(named.length === 0 ? [] : [`at ${named.length === 1 ? 'gateway' : 'gateways'} ${named.join(', ')}`]),
  ].join(' and ');
}

/** Which of a VirtualService's gateways a rule is for: `mesh` and `NAMESPACE/NAME`; none where it names only others. */
export function ruleGateways(rule: HTTPRoute, of: readonly string[], namespace: string): readonly string[] {
  const matches = rule.match ?? [];
  const asked = matches.map(({ gateways = [] }) =>
    gateways.map((gateway) => (gateway === 'mesh' ? 'mesh' : gatewayName(gateway, namespace))),
  );
  return asked.length === 0 || asked.some((names) => names.length === 0)
    ? of
    : of.filter((gateway) => asked.some((names) => names.includes(gateway)));
}

function stringText(match: StringMatch): string {
  if (match.exact !== undefined) return `= ${match.exact}`;
  if (match.prefix !== undefined) return `${match.prefix}*`;
  return match.regex === undefined ? 'present' : `~ ${match.regex}`;
}

const share = (percent: number | undefined): string => `${percent ?? 100}%`;

/** `app=reviews, version=v1`. */
export function pairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(', ');
}

/** What a traffic policy asks for, in words. */
export function policyTexts(policy: DestinationRule['spec']['trafficPolicy']): readonly string[] {
  if (policy === undefined) return [];
  const { tls, loadBalancer, connectionPool, outlierDetection, portLevelSettings } = policy;
  const { http, tcp } = connectionPool ?? {};
  return [
    tls?.mode === undefined ? undefined : `TLS ${tls.mode}`,
    loadBalancer?.simple === undefined || loadBalancer.simple === 'UNSPECIFIED' ? undefined : `load balancing ${loadBalancer.simple}`,
    loadBalancer?.consistentHash === undefined ? undefined : 'consistent hashing',
    tcp?.maxConnections === undefined ? undefined : `at most ${tcp.maxConnections} connections`,
    tcp?.connectTimeout === undefined ? undefined : `connect timeout ${tcp.connectTimeout}`,
    http?.http1MaxPendingRequests === undefined ? undefined : `at most ${http.http1MaxPendingRequests} waiting requests`,
    http?.http2MaxRequests === undefined ? undefined : `at most ${http.http2MaxRequests} requests`,
    http?.idleTimeout === undefined ? undefined : `idle timeout ${http.idleTimeout}`,
    outlierDetection === undefined ? undefined : 'outlier detection',
    (portLevelSettings ?? []).length === 0 ? undefined : `settings of ${(portLevelSettings ?? []).length} ports`,
  ].filter((part) => part !== undefined);
}
