import { checkDestination } from '../../rules/destination';
import { checkHeaderOperationName, checkHeaderValue, checkRetries } from '../../rules/http';
import { each, type Place, quote, type Report, unfit } from '../../rules/report';
import { checkDuration, checkRange, checkWeights } from '../../rules/values';
import { checkHttpMatch } from './http-match';
import { checkCors, checkDirectResponse, checkFault, checkRedirect, checkRewrite } from './http-actions';
import { type Headers, type HTTPRoute } from './schema';

/** One HTTP rule. Spec: validation.md §5.1, `http[]`. */
export function checkHttpRule(report: Report, at: Place, rule: HTTPRoute, isDelegate: boolean): void {
  checkConflicts(report, at, rule, isDelegate);
  each(rule.match, [...at, 'match'], (match, place) => checkHttpMatch(report, place, match));
  each(rule.route, [...at, 'route'], ({ destination, headers }, place) => {
    checkDestination(report, [...place, 'destination'], destination);
    checkHeaders(report, [...place, 'headers'], headers);
  });
  checkWeights(
    report,
    [...at, 'route'],
    (rule.route ?? []).map(({ weight }) => weight),
  );
  checkHeaders(report, [...at, 'headers'], rule.headers);
  checkAuthority(report, at, rule);
  checkCors(report, [...at, 'corsPolicy'], rule.corsPolicy);
  checkFault(report, [...at, 'fault'], rule.fault);
  checkMirrors(report, at, rule);
  checkRedirect(report, [...at, 'redirect'], rule);
  checkDirectResponse(report, [...at, 'directResponse'], rule.directResponse);
  checkRetries(report, [...at, 'retries'], rule.retries);
  checkRewrite(report, [...at, 'rewrite'], rule.rewrite);
  checkDuration(report, [...at, 'timeout'], rule.timeout);
}

/** A rule does one thing: it routes, redirects, answers itself, or leaves all that to a delegate. */
function checkConflicts(report: Report, at: Place, rule: HTTPRoute, isDelegate: boolean): void {
  const routes = (rule.route?.length ?? 0) > 0;
  const refuse = (field: keyof HTTPRoute, other: keyof HTTPRoute): void =>
    report.error('exclusive_fields', [...at, field], `Cannot combine ${field} with ${other} in one rule`);
  if (rule.delegate !== undefined && !isDelegate) {
    if (rule.redirect !== undefined) refuse('redirect', 'delegate');
    if (routes) refuse('route', 'delegate');
    return;
  }
  if (rule.delegate !== undefined)
    report.error('nested_delegate', [...at, 'delegate'], 'Cannot delegate from a delegate: only a VirtualService with hosts may');
  const given = (field: 'route' | 'fault' | 'rewrite' | 'directResponse'): boolean =>
    field === 'route' ? routes : rule[field] !== undefined;
  if (rule.redirect !== undefined) {
    for (const field of ['route', 'fault', 'rewrite', 'directResponse'] as const) if (given(field)) refuse(field, 'redirect');
  } else if (rule.directResponse !== undefined) {
    for (const field of ['route', 'fault', 'rewrite'] as const) if (given(field)) refuse(field, 'directResponse');
  } else if (!routes) {
    report.error('required_field', at, 'Cannot use a rule that does nothing: expected route, redirect or directResponse');
  }
  if (rule.mirror !== undefined && (rule.mirrors?.length ?? 0) > 0) refuse('mirror', 'mirrors');
}

function checkHeaders(report: Report, at: Place, headers: Headers | undefined): void {
  for (const direction of ['request', 'response'] as const) {
    const operations = headers?.[direction];
    for (const operation of ['set', 'add'] as const) {
      for (const [name, value] of Object.entries(operations?.[operation] ?? {})) {
        const place = [...at, direction, operation, name];
        checkHeaderOperationName(report, place, name, direction === 'request');
        checkHeaderValue(report, place, value);
      }
    }
    each(operations?.remove, [...at, direction, 'remove'], (name, place) => checkHeaderOperationName(report, place, name, false));
  }
}

/** The host is rewritten in one place at most. */
function checkAuthority(report: Report, at: Place, rule: HTTPRoute): void {
  const given: Place[] = [];
  if ((rule.rewrite?.authority ?? '') !== '') given.push([...at, 'rewrite', 'authority']);
  for (const operation of ['set', 'add'] as const) {
    for (const [name, value] of Object.entries(rule.headers?.request?.[operation] ?? {})) {
      if (['host', ':authority'].includes(name.toLowerCase()) && value !== '') given.push([...at, 'headers', 'request', operation, name]);
    }
  }
  for (const place of given.slice(1))
    report.error('exclusive_fields', place, 'Cannot rewrite the host twice in one rule: one value has to be left out');
}

function checkMirrors(report: Report, at: Place, rule: HTTPRoute): void {
  if (rule.mirrorPercent !== undefined) {
    if (rule.mirrorPercent > 100)
      report.error('invalid_percent', [...at, 'mirrorPercent'], unfit(rule.mirrorPercent, 'a percentage', '0 to 100'));
    report.warn(
      'deprecated_field',
      [...at, 'mirrorPercent'],
      `mirrorPercent is deprecated: write mirrorPercentage: {value: ${quote(rule.mirrorPercent)}}`,
    );
  }
  checkRange(report, [...at, 'mirrorPercentage', 'value'], rule.mirrorPercentage?.value, 0, 100);
  if (rule.mirror !== undefined) checkDestination(report, [...at, 'mirror'], rule.mirror);
  each(rule.mirrors, [...at, 'mirrors'], ({ destination, percentage }, place) => {
    checkDestination(report, [...place, 'destination'], destination);
    checkRange(report, [...place, 'percentage', 'value'], percentage?.value, 0, 100);
  });
}
