import { checkTargets } from '../../rules/labels';
import { each, type Place, Report, unfit } from '../../rules/report';
import { checkDuration } from '../../rules/values';
import { type Finding } from '../kind';
import { checkJwks } from './jwks';
import { type JWTRule, type RequestAuthenticationSpec } from './schema';

/** Istio's rules for a RequestAuthentication. Spec: validation.md §5.11. */
export function validateRequestAuthentication(spec: RequestAuthenticationSpec): readonly Finding[] {
  const report = new Report();
  checkTargets(report, spec);
  each(spec.jwtRules, ['spec', 'jwtRules'], (rule, at) => checkRule(report, at, rule));
  return report.findings;
}

function checkRule(report: Report, at: Place, rule: JWTRule): void {
  const required = (place: Place, text: string | undefined, what: string): void => {
    if ((text ?? '') === '') report.error('required_field', place, `Cannot use an empty ${what}`);
  };
  const { issuer = '', jwksUri = '', jwks = '' } = rule;
  if (issuer === '' && jwksUri === '')
    report.error('required_field', [...at, 'issuer'], 'Cannot verify tokens of nobody: expected issuer or jwksUri');
  for (const field of ['audiences', 'fromParams', 'fromCookies'] as const)
    each(rule[field], [...at, field], (text, place) => required(place, text, 'entry'));
  each(rule.fromHeaders, [...at, 'fromHeaders'], ({ name }, place) => required([...place, 'name'], name, 'header name'));
  if (jwksUri !== '' && !isHttpUrl(jwksUri))
    report.error('invalid_url', [...at, 'jwksUri'], unfit(jwksUri, 'a URL', 'http:// or https:// and a host'));
  if (jwks !== '') checkJwks(report, [...at, 'jwks'], jwks);
  each(rule.outputClaimToHeaders, [...at, 'outputClaimToHeaders'], ({ claim, header }, place) => {
    required([...place, 'claim'], claim, 'claim');
    required([...place, 'header'], header, 'header name');
    if (header !== '' && !/^[-_A-Za-z0-9]+$/.test(header))
      report.error('invalid_header', [...place, 'header'], unfit(header, 'a header name', 'letters, digits, "-" and "_"'));
  });
  checkDuration(report, [...at, 'timeout'], rule.timeout);
}

/** As Go reads URLs: the scheme decides, an empty host passes, a port is a number, escapes outside the query are whole. */
function isHttpUrl(text: string): boolean {
  const match = /^https?:([^?#]*)/i.exec(text);
  if (match === null || /[\u0000-\u001f\u007f]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(match[1] ?? '')) return false;
  const authority = /^\/\/([^/]*)/.exec(match[1] ?? '')?.[1];
  if (authority === undefined) return true;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return /^(?:\[[0-9a-fA-F:.%]+\]|[^:[\] ]*)(?::\d*)?$/.test(host);
}
