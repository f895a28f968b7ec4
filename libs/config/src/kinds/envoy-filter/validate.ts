import { regexProblem } from '../../rules/http';
import { checkWorkloadSelector } from '../../rules/labels';
import { each, type Place, quote, Report } from '../../rules/report';
import { type Finding } from '../kind';
import { NEW_FILTER_NAMES } from './old-names';
import { type EnvoyConfigObjectPatch, type EnvoyFilterSpec } from './schema';

type Match = NonNullable<EnvoyConfigObjectPatch['match']>;

const LISTENER_OBJECTS = new Set(['LISTENER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER']);
const ROUTE_OBJECTS = new Set(['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE']);
const CONNECTION_MANAGERS = new Set(['envoy.filters.network.http_connection_manager', 'envoy.http_connection_manager']);

/**
 * Istio's rules for an EnvoyFilter, but for what needs Envoy's own types: whether `patch.value` is one of them.
 * Spec: validation.md §5.8.
 */
export function validateEnvoyFilter(spec: EnvoyFilterSpec): readonly Finding[] {
  const report = new Report();
  if (!checkWorkloadSelector(report, spec.workloadSelector)) return report.findings;
  report.warn(
    'exposes_internals',
    ['kind'],
    'EnvoyFilter changes what is generated for Envoy, which may differ in the next version: prefer Telemetry, TrafficExtension and the kinds of traffic management',
  );
  each(spec.configPatches, ['spec', 'configPatches'], (patch, at) => checkPatch(report, at, patch));
  return report.findings;
}

/** What fails ends the patch. */
function checkPatch(report: Report, at: Place, { applyTo = 'INVALID', match, patch }: EnvoyConfigObjectPatch): void {
  if (match?.context === 'WAYPOINT') return;
  const refuse = (field: readonly string[], why: string): void => report.error('required_field', [...at, ...field], why);
  if (applyTo === 'INVALID') return refuse(['applyTo'], 'Cannot patch nothing: "applyTo" is required');
  if (patch === undefined) return refuse(['patch'], 'Cannot patch without a patch: "patch" is required');
  const { operation = 'INVALID', value } = patch;
  if (operation === 'INVALID') return refuse(['patch', 'operation'], 'Cannot patch without an operation: "operation" is required');
  if (operation !== 'REMOVE' && value === undefined)
    return refuse(['patch', 'value'], `Cannot ${operation} without a value: "value" is required`);
  const version = match?.proxy?.proxyVersion ?? '';
  if (version !== '' && !checkVersion(report, [...at, 'match', 'proxy', 'proxyVersion'], version)) return;
  if (match !== undefined) checkMatch(report, [...at, 'match'], applyTo, match);
}

function checkVersion(report: Report, at: Place, version: string): boolean {
  if (new TextEncoder().encode(version).length > 1024) {
    report.warn('ineffective_field', at, 'A version pattern over 1024 bytes is ignored');
    return true;
  }
  const problem = regexProblem(version);
  if (problem === undefined) return true;
  report.error('invalid_regex', at, `Cannot use ${quote(version)} as a regex: ${problem}`);
  return false;
}

function checkMatch(report: Report, at: Place, applyTo: string, match: Match): void {
  const given = (['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const).filter((field) => match[field] !== undefined);
  const wanted = LISTENER_OBJECTS.has(applyTo)
    ? 'listener'
    : ROUTE_OBJECTS.has(applyTo)
      ? 'routeConfiguration'
      : applyTo === 'CLUSTER'
        ? 'cluster'
        : undefined;
  const stranger = given.find((field) => wanted !== undefined && field !== wanted);
  if (stranger !== undefined) {
    report.error('invalid_match', [...at, stranger], `Cannot match a ${applyTo} by ${stranger}: expected ${wanted ?? 'nothing'}`);
    return;
  }
  if (wanted === 'listener' && match.listener?.filterChain?.filter !== undefined)
    checkFilterMatch(report, [...at, 'listener', 'filterChain', 'filter'], applyTo, match.listener.filterChain.filter);
}

function checkFilterMatch(
  report: Report,
  at: Place,
  applyTo: string,
  { name = '', subFilter }: { readonly name?: string | undefined; readonly subFilter?: { readonly name?: string | undefined } | undefined },
): void {
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN')
    report.warn('ineffective_field', at, `A filter match has no effect on ${applyTo}`);
  if (name === '') {
    report.error('required_field', [...at, 'name'], 'Cannot match a filter without a name');
    return;
  }
  warnOfOldName(report, [...at, 'name'], name);
  if (subFilter === undefined) return;
  const place = [...at, 'subFilter'];
  if (applyTo !== 'HTTP_FILTER') report.error('invalid_match', place, `Cannot match a ${applyTo} by subFilter: it is for HTTP_FILTER`);
  else if (!CONNECTION_MANAGERS.has(name))
    report.error(
      'invalid_match',
      place,
      `Cannot match filters inside ${quote(name)}: only envoy.filters.network.http_connection_manager has them`,
    );
  else if ((subFilter.name ?? '') === '') report.error('required_field', [...place, 'name'], 'Cannot match a filter without a name');
  else warnOfOldName(report, [...place, 'name'], subFilter.name ?? '');
}

function warnOfOldName(report: Report, at: Place, name: string): void {
  const now = NEW_FILTER_NAMES.get(name);
  if (now !== undefined) report.warn('deprecated_form', at, `Filter name ${quote(name)} is old: write ${quote(now)}`);
}
