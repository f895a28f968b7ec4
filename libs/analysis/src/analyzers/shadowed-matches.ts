import { validateResource, type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type MatchPlace, matchShadows } from './match-shadows';
import { ruleName } from './route-destinations';

/**
 * A match that an earlier one takes everything from, whatever form the two have.
 * Spec: LAT0002. Not where IST0130 or IST0131 say it already; headers and source labels count, regexes only when equal.
 */
export const shadowedMatches = defineAnalyzer({
  name: 'shadowed-matches',
  description: 'Every match of HTTP routes can be reached',
  inputs: ['VirtualService'],
  codes: ['LAT0002'],
  analyze(configuration, report) {
    for (const vs of configuration.of('VirtualService')) {
      const rules = vs.spec.http ?? [];
      const shadowed = matchShadows(rules);
      if (shadowed.length === 0) continue;
      const known = saidAlready(vs);
      for (const { later, first } of shadowed) {
        if (known.has(`${later.rule}/${later.index}`) || known.has(`${later.rule}`)) continue;
        report('LAT0002', vs, {
          params: [matchName(later), ruleName(rules[later.rule], later.rule), matchName(first), ruleName(rules[first.rule], first.rule)],
          at: ['spec', 'http', later.rule, 'match', later.index],
          related: [{ resource: vs, path: ['spec', 'http', first.rule, 'match', first.index], note: 'the match that comes first' }],
        });
      }
    }
  },
});

function matchName({ match, index }: MatchPlace): string {
  return (match.name ?? '') === '' ? `#${index}` : `"${match.name}"`;
}

/** Matches and rules that Istio's own rules report. */
function saidAlready(vs: VirtualService): ReadonlySet<string> {
  const places = validateResource(vs).filter(({ code }) => code === 'unreachable_rule' || code === 'ineffective_match');
  return new Set(places.map(({ path }) => (path[3] === 'match' ? `${path[2]}/${path[4]}` : `${path[2]}`)));
}
