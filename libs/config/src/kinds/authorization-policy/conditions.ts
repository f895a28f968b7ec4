import { type Place, quote, type Report } from '../../rules/report';
import { type AuthorizationCondition } from './schema';
import { checkIpBlocks, checkNotEmpty, checkPorts, checkServiceAccounts, checkTrustDomains } from './values';

const FREE = new Set([
  'source.namespace',
  'source.principal',
  'request.auth.principal',
  'request.auth.audiences',
  'request.auth.presenter',
  'connection.sni',
]);
const INDEXED = ['request.headers', 'request.auth.claims', 'experimental.envoy.filters.'];
const OLD = ['destination.namespace', 'destination.name', 'destination.user'];
const NOT_FOR_CUSTOM = new Set(['source.namespace', 'source.serviceAccount', 'source.trustDomain', 'source.principal']);

/** One condition of `when`. Spec: validation.md §5.12, `when[]`. */
export function checkCondition(report: Report, at: Place, condition: AuthorizationCondition, custom: boolean): void {
  const { key, values = [], notValues = [] } = condition;
  if (key === '') report.error('required_field', [...at, 'key'], 'Cannot use a condition without a key');
  if (values.length === 0 && notValues.length === 0)
    report.error('required_field', at, `Cannot compare ${quote(key)} with nothing: expected values or notValues`);
  if (custom && (NOT_FOR_CUSTOM.has(key) || key.startsWith('request.auth.'))) {
    report.error(
      'unsupported_field',
      [...at, 'key'],
      `Cannot use ${quote(key)} with action CUSTOM: identities and tokens are not known yet when the provider is asked`,
    );
  }
  if (key !== '') checkKey(report, [...at, 'key'], key);
  for (const field of ['values', 'notValues'] as const) {
    const place = [...at, field];
    const list = condition[field];
    checkNotEmpty(report, place, list);
    if (['source.ip', 'remote.ip', 'destination.ip'].includes(key)) checkIpBlocks(report, place, list);
    else if (key === 'destination.port') checkPorts(report, place, list);
    else if (key === 'source.serviceAccount') checkServiceAccounts(report, place, list);
    else if (key === 'source.trustDomain') checkTrustDomains(report, place, list, true);
  }
}

function checkKey(report: Report, at: Place, key: string): void {
  if (INDEXED.some((prefix) => key.startsWith(prefix))) {
    const open = key.indexOf('[');
    if (open < 1 || !key.endsWith(']') || open === key.length - 2)
      report.error('invalid_key', at, `Cannot use ${quote(key)} as a key: expected a name in brackets, as in request.headers[x-user]`);
  } else if (OLD.includes(key) || key.startsWith('destination.labels')) {
    report.error('unsupported_field', at, `Cannot use ${quote(key)} as a key: it was removed; use a selector`);
  } else if (
    !FREE.has(key) &&
    !['source.ip', 'remote.ip', 'destination.ip', 'destination.port', 'source.serviceAccount', 'source.trustDomain'].includes(key)
  ) {
    report.error(
      'invalid_key',
      at,
      `Cannot use ${quote(key)} as a key: expected an attribute such as source.ip, request.headers[NAME] or request.auth.claims[NAME]`,
    );
  }
}
