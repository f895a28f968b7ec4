import { type z } from 'zod';
import { type Finding } from '../kinds/kind';
import { regexProblem } from '../rules/http';
import { isIp } from '../rules/addresses';
import { isWildcardDomain } from '../rules/names';
import { each, type Place, quote, Report, unfit } from '../rules/report';
import {
  type backendTlsPolicySpec,
  type gatewaySpec,
  type grpcRouteSpec,
  type httpRouteSpec,
  type listenerSetSpec,
  type tlsRouteSpec,
} from './schema';

/** The rules of Gateway API kinds beyond their shape. Spec: the CEL rules of gateway.networking.k8s.io v1. */

type Http = z.output<typeof httpRouteSpec>;
type Grpc = z.output<typeof grpcRouteSpec>;
type Filter =
  | NonNullable<NonNullable<NonNullable<Http['rules']>[number]['filters']>[number]>
  | NonNullable<NonNullable<NonNullable<Grpc['rules']>[number]['filters']>[number]>;

const FILTER_FIELDS = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
  RequestRedirect: 'requestRedirect',
  URLRewrite: 'urlRewrite',
  ExtensionRef: 'extensionRef',
  CORS: 'cors',
} as const;

/** A Gateway or ListenerSet: listener names are unique, hosts are names. */
export function validateListeners(
  spec: Pick<z.output<typeof gatewaySpec> | z.output<typeof listenerSetSpec>, 'listeners'>,
): readonly Finding[] {
  const report = new Report();
  const names = new Set<string>();
  each(spec.listeners, ['spec', 'listeners'], ({ name, hostname, protocol, tls }, at) => {
    if (names.has(name)) report.error('duplicate_name', [...at, 'name'], `Cannot name two listeners ${quote(name)}`);
    names.add(name);
    if (hostname !== undefined) checkHostname(report, [...at, 'hostname'], hostname);
    if (tls !== undefined && ['HTTP', 'TCP', 'UDP'].includes(protocol))
      report.error('invalid_tls', [...at, 'tls'], `Cannot use tls on protocol ${protocol}: expected HTTPS or TLS`);
    if (protocol === 'HTTPS' && tls?.mode === 'Passthrough')
      report.error('invalid_tls', [...at, 'tls', 'mode'], 'Cannot pass HTTPS through: expected Terminate, or protocol TLS');
    if (
      tls !== undefined &&
      (tls.mode ?? 'Terminate') === 'Terminate' &&
      (tls.certificateRefs?.length ?? 0) === 0 &&
      Object.keys(tls.options ?? {}).length === 0
    ) {
      report.error(
        'required_field',
        [...at, 'tls', 'certificateRefs'],
        'Cannot terminate TLS without a certificate: expected certificateRefs or options',
      );
    }
  });
  return report.findings;
}

/** An HTTPRoute: paths, regexes, and filters that fit their type and each other. */
export function validateHttpRoute(spec: Http): readonly Finding[] {
  const report = new Report();
  each(spec.hostnames, ['spec', 'hostnames'], (host, at) => checkHostname(report, at, host));
  each(spec.rules, ['spec', 'rules'], (rule, at) => {
    each(rule.matches, [...at, 'matches'], ({ path, headers, queryParams }, place) => {
      const { type = 'PathPrefix', value = '/' } = path ?? {};
      if (type === 'RegularExpression') checkPattern(report, [...place, 'path', 'value'], type, value);
      else if (!value.startsWith('/') || value.includes('//') || /\/\.{1,2}(?:\/|$)|%2[fF]|#/.test(value))
        report.error(
          'invalid_path',
          [...place, 'path', 'value'],
          unfit(value, 'a path', 'a path from "/" without "//", "/./", "/../", "%2F" and "#"'),
        );
      each(headers, [...place, 'headers'], ({ type: kind, value: text }, spot) => checkPattern(report, [...spot, 'value'], kind, text));
      each(queryParams, [...place, 'queryParams'], ({ type: kind, value: text }, spot) =>
        checkPattern(report, [...spot, 'value'], kind, text),
      );
    });
    checkFilters(report, [...at, 'filters'], rule.filters);
    each(rule.backendRefs, [...at, 'backendRefs'], ({ filters }, place) => checkFilters(report, [...place, 'filters'], filters));
    const redirects = rule.filters?.some(({ type }) => type === 'RequestRedirect') === true;
    if (redirects && (rule.backendRefs?.length ?? 0) > 0)
      report.error('exclusive_fields', [...at, 'backendRefs'], 'Cannot redirect and route in one rule');
    if (redirects && rule.filters?.some(({ type }) => type === 'URLRewrite') === true)
      report.error('exclusive_fields', [...at, 'filters'], 'Cannot redirect and rewrite in one rule');
    for (const field of ['request', 'backendRequest'] as const) {
      const timeout = rule.timeouts?.[field];
      if (timeout !== undefined && !/^(?:\d{1,5}(?:h|m|s|ms)){1,4}$/.test(timeout))
        report.error(
          'invalid_duration',
          [...at, 'timeouts', field],
          unfit(timeout, 'a duration', 'whole numbers with h, m, s or ms, as in "1m30s"'),
        );
    }
  });
  return report.findings;
}

/** A GRPCRoute: a method match names something, and filters fit their type. */
export function validateGrpcRoute(spec: Grpc): readonly Finding[] {
  const report = new Report();
  each(spec.hostnames, ['spec', 'hostnames'], (host, at) => checkHostname(report, at, host));
  each(spec.rules, ['spec', 'rules'], (rule, at) => {
    each(rule.matches, [...at, 'matches'], ({ method, headers }, place) => {
      if (method !== undefined && (method.service ?? '') === '' && (method.method ?? '') === '')
        report.error('required_field', [...place, 'method'], 'Cannot match a method without a name: expected service or method');
      for (const field of ['service', 'method'] as const)
        if (method?.[field] !== undefined) checkPattern(report, [...place, 'method', field], method.type, method[field]);
      each(headers, [...place, 'headers'], ({ type, value }, spot) => checkPattern(report, [...spot, 'value'], type, value));
    });
    checkFilters(report, [...at, 'filters'], rule.filters);
    each(rule.backendRefs, [...at, 'backendRefs'], ({ filters }, place) => checkFilters(report, [...place, 'filters'], filters));
  });
  return report.findings;
}

/** A TLSRoute: server names are names. */
export function validateTlsRoute(spec: z.output<typeof tlsRouteSpec>): readonly Finding[] {
  const report = new Report();
  each(spec.hostnames, ['spec', 'hostnames'], (host, at) => checkHostname(report, at, host));
  return report.findings;
}

/** A BackendTLSPolicy: exactly one source of roots. */
export function validateBackendTlsPolicy(spec: z.output<typeof backendTlsPolicySpec>): readonly Finding[] {
  const report = new Report();
  const { caCertificateRefs = [], wellKnownCACertificates = '' } = spec.validation;
  if (caCertificateRefs.length > 0 === (wellKnownCACertificates !== ''))
    report.error(
      'exclusive_fields',
      ['spec', 'validation'],
      'Cannot tell which roots to trust: set exactly one of caCertificateRefs and wellKnownCACertificates',
    );
  return report.findings;
}

function checkHostname(report: Report, at: Place, host: string): void {
  const fine =
    host.length <= 253 &&
    host === host.toLowerCase() &&
    host !== '*' &&
    (!host.includes('*') || host.startsWith('*.')) &&
    isWildcardDomain(host) &&
    !isIp(host);
  if (!fine) report.error('invalid_host', at, unfit(host, 'a host', 'a DNS name in lower case, with "*" only as its whole first label'));
}

function checkPattern(report: Report, at: Place, type: string | undefined, text: string): void {
  if (type !== 'RegularExpression') return;
  const problem = regexProblem(text);
  if (problem !== undefined) report.error('invalid_regex', at, `Cannot use ${quote(text)} as a regex: ${problem}`);
}

/** Each filter has the one field that its type names. */
function checkFilters(report: Report, at: Place, filters: readonly Filter[] | undefined): void {
  each(filters, at, (filter, place) => {
    const own = FILTER_FIELDS[filter.type];
    for (const field of Object.values(FILTER_FIELDS)) {
      const given = field in filter && filter[field as keyof Filter] !== undefined;
      if (field === own && !given) report.error('required_field', [...place, field], `Cannot use filter ${filter.type} without ${field}`);
      if (field !== own && given)
        report.error('exclusive_fields', [...place, field], `Cannot use ${field} in a filter of type ${filter.type}`);
    }
  });
}
