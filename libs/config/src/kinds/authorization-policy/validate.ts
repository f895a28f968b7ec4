import { checkTargets } from '../../rules/labels';
import { each, type Place, quote, Report } from '../../rules/report';
import { type Finding } from '../kind';
import { checkCondition } from './conditions';
import { pathTemplateProblem } from './path-template';
import { type AuthorizationOperation, type AuthorizationPolicySpec, type AuthorizationRule, type AuthorizationSource } from './schema';
import { checkIpBlocks, checkNotEmpty, checkPorts, checkServiceAccounts, checkTrustDomains } from './values';

const SOURCE_FIELDS = [
  'principals',
  'notPrincipals',
  'requestPrincipals',
  'notRequestPrincipals',
  'namespaces',
  'notNamespaces',
  'serviceAccounts',
  'notServiceAccounts',
  'ipBlocks',
  'notIpBlocks',
  'remoteIpBlocks',
  'notRemoteIpBlocks',
  'trustDomains',
  'notTrustDomains',
] as const satisfies readonly (keyof AuthorizationSource)[];
const OPERATION_FIELDS = [
  'hosts',
  'notHosts',
  'ports',
  'notPorts',
  'methods',
  'notMethods',
  'paths',
  'notPaths',
] as const satisfies readonly (keyof AuthorizationOperation)[];
/** What a TCP connection has too, so that a DENY by it also denies connections. */
const TCP_SOURCE = [
  'principals',
  'notPrincipals',
  'namespaces',
  'notNamespaces',
  'ipBlocks',
  'notIpBlocks',
  'remoteIpBlocks',
  'notRemoteIpBlocks',
  'serviceAccounts',
  'notServiceAccounts',
] as const;
const NOT_FOR_CUSTOM = [
  'namespaces',
  'notNamespaces',
  'serviceAccounts',
  'notServiceAccounts',
  'trustDomains',
  'notTrustDomains',
  'principals',
  'notPrincipals',
  'requestPrincipals',
  'notRequestPrincipals',
] as const;

/** Istio's rules for an AuthorizationPolicy. Spec: validation.md §5.12. */
export function validateAuthorizationPolicy(spec: AuthorizationPolicySpec): readonly Finding[] {
  const report = new Report();
  checkTargets(report, spec);
  const { action = 'ALLOW', rules = [], provider } = spec;
  if ((action === 'DENY' || action === 'CUSTOM') && rules.length === 0)
    report.error('required_field', ['spec', 'rules'], `Cannot ${action} by no rules: a policy without rules matches nothing`);
  if (action === 'CUSTOM' && rules.length > 0 && (provider?.name ?? '') === '')
    report.error('required_field', ['spec', 'provider', 'name'], 'Cannot ask nobody: action CUSTOM needs the name of a provider');
  if (action !== 'CUSTOM' && provider !== undefined)
    report.error('exclusive_fields', ['spec', 'provider'], `Cannot use a provider with action ${action}: only CUSTOM asks one`);
  each(rules, ['spec', 'rules'], (rule, at) => checkRule(report, at, rule, action));
  return report.findings;
}

function checkRule(report: Report, at: Place, rule: AuthorizationRule, action: string): void {
  each(rule.from, [...at, 'from'], ({ source }, place) => {
    if (source === undefined || SOURCE_FIELDS.every((field) => isEmpty(source[field])))
      report.error('required_field', [...place, 'source'], 'Cannot tell sources by nothing: expected at least one list in "source"');
    else checkSource(report, [...place, 'source'], source, action === 'CUSTOM');
  });
  each(rule.to, [...at, 'to'], ({ operation }, place) => {
    if (operation === undefined || OPERATION_FIELDS.every((field) => isEmpty(operation[field])))
      report.error(
        'required_field',
        [...place, 'operation'],
        'Cannot tell operations by nothing: expected at least one list in "operation"',
      );
    else checkOperation(report, [...place, 'operation'], operation);
  });
  each(rule.when, [...at, 'when'], (condition, place) => checkCondition(report, place, condition, action === 'CUSTOM'));
  if (action === 'DENY' && usesHttpOnly(rule)) {
    report.warn(
      'http_only',
      at,
      'The rule uses only what HTTP requests have: on TCP ports it denies every connection, or none; add ports, or who it is about',
    );
  }
}

function checkSource(report: Report, at: Place, source: AuthorizationSource, custom: boolean): void {
  if (custom) {
    for (const field of NOT_FOR_CUSTOM)
      if (!isEmpty(source[field]))
        report.error(
          'unsupported_field',
          [...at, field],
          `Cannot use ${field} with action CUSTOM: identities and tokens are not known yet when the provider is asked`,
        );
  }
  for (const field of SOURCE_FIELDS) checkNotEmpty(report, [...at, field], source[field]);
  const accounts = !isEmpty(source.serviceAccounts) || !isEmpty(source.notServiceAccounts);
  if (accounts && (['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const).some((field) => !isEmpty(source[field]))) {
    report.error(
      'exclusive_fields',
      at,
      'Cannot tell sources by serviceAccounts and by principals or namespaces at once: a service account says its namespace',
    );
  }
  for (const field of ['serviceAccounts', 'notServiceAccounts'] as const) checkServiceAccounts(report, [...at, field], source[field]);
  for (const field of ['trustDomains', 'notTrustDomains'] as const) checkTrustDomains(report, [...at, field], source[field], false);
  for (const field of ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'] as const)
    checkIpBlocks(report, [...at, field], source[field]);
}

function checkOperation(report: Report, at: Place, operation: AuthorizationOperation): void {
  for (const field of OPERATION_FIELDS) checkNotEmpty(report, [...at, field], operation[field]);
  for (const field of ['ports', 'notPorts'] as const) checkPorts(report, [...at, field], operation[field]);
  for (const field of ['paths', 'notPaths'] as const) {
    each(operation[field], [...at, field], (path, place) => {
      const problem = pathTemplateProblem(path);
      if (problem !== undefined) report.error('invalid_path', place, `Cannot use ${quote(path)} as a path: ${problem}`);
    });
  }
}

function usesHttpOnly({ from = [], to = [] }: AuthorizationRule): boolean {
  if (to.length > 0) return to.every(({ operation }) => isEmpty(operation?.ports) && isEmpty(operation?.notPorts));
  return from.length > 0 && from.every(({ source }) => TCP_SOURCE.every((field) => isEmpty(source?.[field])));
}

function isEmpty(list: readonly string[] | undefined): boolean {
  return list === undefined || list.length === 0;
}
