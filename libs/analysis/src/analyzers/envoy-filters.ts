import { defineAnalyzer } from '../analyzer';
import { asList, asText, dig } from '../configuration/raw';

const REPLACEABLE = new Set(['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST']);
const ROUTES = new Set(['ROUTE_CONFIGURATION', 'HTTP_ROUTE']);

/**
 * Patches do what their operation can do, and do not depend on the order of others.
 * Spec: IST0151 to IST0155; EnvoyFilters are visited in the order written.
 */
export const envoyFilters = defineAnalyzer({
  name: 'envoy-filters',
  description: 'Patches of EnvoyFilters can apply, and in any order',
  inputs: ['EnvoyFilter'],
  codes: ['IST0151', 'IST0152', 'IST0153', 'IST0154', 'IST0155'],
  analyze(configuration, report) {
    const versioned = new Set<string>();
    for (const filter of configuration.loose('EnvoyFilter')) {
      const unordered = Number(filter.spec['priority'] ?? 0) === 0;
      const once = new Set<string>();
      const say = (code: 'IST0151' | 'IST0152' | 'IST0153' | 'IST0154' | 'IST0155', index: number): void => {
        if (once.has(code)) return;
        once.add(code);
        report(code, filter, { params: [], at: ['spec', 'configPatches', index, 'patch', 'operation'] });
      };
      for (const [index, entry] of asList(filter.spec['configPatches']).entries()) {
        if (dig(entry, 'patch') === undefined) break;
        const applyTo = asText(dig(entry, 'applyTo'));
        const operation = asText(dig(entry, 'patch', 'operation'));
        const name = patchName(entry);
        const relative = isRelative(operation, applyTo);
        if (relative && unordered) say(versioned.has(name) ? 'IST0155' : 'IST0151', index);
        if (operation === 'REPLACE' && !REPLACEABLE.has(applyTo)) say('IST0152', index);
        if (operation === 'ADD' && ROUTES.has(applyTo)) say('IST0153', index);
        if (operation === 'REMOVE' && ROUTES.has(applyTo)) say('IST0154', index);
        if (asText(dig(entry, 'match', 'proxy', 'proxyVersion')) !== '') versioned.add(name);
      }
    }
  },
});

function isRelative(operation: string, applyTo: string): boolean {
  if (operation === 'INSERT_BEFORE' || operation === 'INSERT_AFTER') return true;
  if (operation === 'REMOVE') return !ROUTES.has(applyTo);
  return operation === 'REPLACE' && REPLACEABLE.has(applyTo);
}

/** What tells patches apart: the value's name, else that of the filter it matches. */
function patchName(entry: unknown): string {
  const value = dig(entry, 'patch', 'value');
  if (value === undefined) return '';
  return asText(dig(value, 'name')) || asText(dig(entry, 'match', 'listener', 'filterChain', 'filter', 'name'));
}
