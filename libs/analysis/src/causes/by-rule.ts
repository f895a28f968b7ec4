import { formatPath } from '@lateen/config';
import { timeText } from '@lateen/telemetry/causes';
import { hostsMatch } from '../configuration/hosts';
import { type CauseAddition, type CauseContext, nameOf, whereOf } from './cause-context';
import { changed, type Draft, item, patch, within } from './change';
import { virtualServiceOfHost } from './virtual-service-of-host';

/** The rule has a fault: where, and the resource without it. */
export function injectedFault(context: CauseContext): CauseAddition {
  const { virtualService, ruleIndex } = context;
  if (virtualService === undefined || virtualService.spec.http?.[ruleIndex]?.fault === undefined) return {};
  return {
    where: whereOf(virtualService, ['spec', 'http', ruleIndex, 'fault']),
    patch: patch(
      `Take the fault out of VirtualService ${nameOf(virtualService)}`,
      changed(virtualService, (spec) => delete item(spec, 'http', ruleIndex)['fault']),
    ),
  };
}

/** The rule's timeout, written or not, and the rule with twice as much. */
export function routeTimeout(context: CauseContext): CauseAddition {
  return longer(context, 'route timeout', ['timeout'], (rule, text) => (rule['timeout'] = text));
}

/** The timeout of each try. */
export function perTryTimeout(context: CauseContext): CauseAddition {
  return longer(
    context,
    'per-try timeout',
    ['retries', 'perTryTimeout'],
    (rule, text) => (within(rule, 'retries')['perTryTimeout'] = text),
  );
}

function longer(context: CauseContext, limit: string, path: readonly string[], set: (rule: Draft, text: string) => void): CauseAddition {
  const { virtualService, ruleIndex } = context;
  if (virtualService?.spec.http?.[ruleIndex] === undefined) return {};
  const where = whereOf(virtualService, ['spec', 'http', ruleIndex, ...path]);
  const ms = context.milliseconds(limit);
  if (ms === undefined) return { where };
  const twice = durationText(ms * 2);
  return {
    where,
    patch: patch(
      `Give ${formatPath(['http', ruleIndex])} of VirtualService ${nameOf(virtualService)} ${timeText(ms * 2)} instead of ${timeText(ms)}`,
      changed(virtualService, (spec) => set(item(spec, 'http', ruleIndex), twice)),
    ),
  };
}

/** Seconds where they are whole, as Istio's durations are written. */
function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

/** A rule that answers by itself. */
export function directResponse({ virtualService, ruleIndex }: CauseContext): CauseAddition {
  if (virtualService?.spec.http?.[ruleIndex]?.directResponse === undefined) return {};
  return { where: whereOf(virtualService, ['spec', 'http', ruleIndex, 'directResponse']) };
}

/** Rules for the host that do not take the request. */
export function noRuleMatched(context: CauseContext): CauseAddition {
  const virtualService = virtualServiceOfHost(context);
  return virtualService === undefined ? {} : { where: whereOf(virtualService, ['spec', 'http']) };
}

/** The gateway's only VirtualService could take the host, if its Gateway does. */
export function unknownHost({ record, configuration }: CauseContext): CauseAddition {
  const host = record.authority.replace(/:\d+$/, '').toLowerCase();
  // Gateways' route tables are `http.8080` and `https.443.NAME`, sidecars' are port numbers.
  if (host === '' || !/^https?\./.test(record.routeConfig)) return {};
  const bound = configuration.of('VirtualService').filter(({ spec }) => (spec.gateways ?? []).some((name) => name !== 'mesh'));
  const [virtualService] = bound;
  if (virtualService === undefined || bound.length > 1) return {};
  const where = whereOf(virtualService, ['spec', 'hosts']);
  const names = (virtualService.spec.gateways ?? []).map((name) =>
    name.includes('/') ? name : `${virtualService.metadata.namespace}/${name}`,
  );
  const gateways = names.flatMap((name) => configuration.gateways.get(name) ?? []);
  const taken = gateways.some(({ spec }) =>
    (spec.servers ?? []).some(({ hosts = [] }) => hosts.some((own) => hostsMatch(own.slice(own.indexOf('/') + 1), host))),
  );
  const [gateway] = gateways;
  const withHost = changed(virtualService, (spec) => (spec['hosts'] = [...((spec['hosts'] as readonly string[] | undefined) ?? []), host]));
  if (taken) return { where, patch: patch(`Let VirtualService ${nameOf(virtualService)} take host "${host}"`, withHost) };
  if (gateway === undefined) return { where };
  const opened = changed(gateway, (spec) => {
    for (const server of (spec['servers'] as Draft[] | undefined) ?? [])
      server['hosts'] = [...((server['hosts'] as readonly string[]) ?? []), host];
  });
  return {
    where,
    patch: patch(`Let Gateway ${nameOf(gateway)} and VirtualService ${nameOf(virtualService)} take host "${host}"`, opened, withHost),
  };
}
