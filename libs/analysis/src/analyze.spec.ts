import { resourcesFrom } from '@lateen/config/testing';
import { describe, expect, it } from '@jest/globals';
import { ANALYZERS } from './analyzers/list';
import { analyze, type AnalyzeOptions } from './analyze';
import { indexConfiguration } from './configuration/configuration';
import { CODES } from './messages/messages';
import { parseSuppression } from './suppression';

const service = (name: string, namespace: string, annotations = ''): string => `---
apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: ${namespace}, annotations: {${annotations}}}
spec: {ports: [{name: web, port: 80}]}
`;

/** Codes that Istio defines and never raises. */
const NEVER_RAISED = ['IST0001', 'IST0136', 'IST0143'];

describe('the list of analyzers', () => {
  it('has an analyzer for every code', () => {
    const listed = new Set(ANALYZERS.flatMap(({ codes }) => codes));
    expect(CODES.filter((code) => !listed.has(code))).toEqual(NEVER_RAISED);
  });

  it("knows all of Istio's codes", () => expect(CODES.filter((code) => code.startsWith('IST')).length).toBe(68));

  it('has each name once', () => expect(new Set(ANALYZERS.map(({ name }) => name)).size).toBe(ANALYZERS.length));
});

describe('analyze', () => {
  const yaml =
    service('a', 'default') +
    service('b', 'shop') +
    service('c', 'kube-system') +
    service('d', 'default', 'galley.istio.io/analyze-suppress: "IST0001,IST0118"') +
    service('e', 'default', 'galley.istio.io/analyze-suppress: "*"');
  const names = (options: AnalyzeOptions): readonly (string | undefined)[] =>
    analyze(indexConfiguration(resourcesFrom(yaml)), { analyzers: ['service-ports'], ...options }).findings.map(
      ({ origin }) => origin?.name,
    );
  const suppress = (...texts: readonly string[]): AnalyzeOptions => ({ suppress: texts.flatMap((text) => parseSuppression(text) ?? []) });

  const cases: readonly { name: string; options: AnalyzeOptions; want: readonly string[] }[] = [
    { name: 'leaves out what is annotated, and namespaces of Kubernetes', options: {}, want: ['a', 'b'] },
    { name: 'of one namespace', options: { namespace: 'shop' }, want: ['b'] },
    { name: 'suppressed by name', options: suppress('IST0118=Service default/a'), want: ['b'] },
    { name: 'suppressed by pattern', options: suppress('IST0118=Service */*'), want: [] },
    { name: 'suppressed for another kind', options: suppress('IST0118=Pod *'), want: ['a', 'b'] },
    { name: 'suppressed for another code', options: suppress('IST0101=*'), want: ['a', 'b'] },
    {
      name: 'only the pattern character is special',
      options: suppress('IST0118=Service default.a', 'IST0118=Service shop/[b]'),
      want: ['a', 'b'],
    },
    { name: 'for changes of other kinds', options: { changedKinds: ['Gateway'] }, want: [] },
  ];
  it.each(cases)('$name', ({ options, want }) => expect(names(options)).toEqual(want));

  it.each(['IST0118', 'a=b=c', '=x'])('refuses suppression %s', (text) => expect(parseSuppression(text)).toBeUndefined());

  it('names what it skips', () => {
    const { skipped } = analyze(indexConfiguration([]));
    expect(skipped.map(({ name }) => name)).toEqual([
      'cluster-permissions',
      'cluster-version',
      'gateway-api-version',
      'upgrade-compatibility',
      'multi-cluster-services',
    ]);
  });

  it('runs all analyzers when none of the names exists', () => {
    const { findings } = analyze(indexConfiguration(resourcesFrom(yaml)), { analyzers: ['nope'] });
    expect(findings.length).toBeGreaterThan(0);
  });
});
