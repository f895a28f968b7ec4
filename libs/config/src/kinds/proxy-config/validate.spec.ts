import { describe, expect, it } from '@jest/globals';
import { findingsFor } from '../../testing';
import { testKind } from '../../testing/kind-table';
import { selectorCases } from '../../testing/target-cases';

testKind('ProxyConfig', {
  'the whole': [
    { name: 'an empty one', spec: {} },
    {
      name: 'all fields',
      spec: {
        selector: { matchLabels: { app: 'a' } },
        concurrency: 2,
        environmentVariables: { A: 'any text' },
        image: { imageType: 'any' },
      },
    },
    { name: 'a thread a core', spec: { concurrency: 0 } },
    { name: 'threads not said', spec: { concurrency: null } },
    { name: 'negative threads', spec: { concurrency: -1 }, want: ['error out_of_range spec.concurrency'] },
    ...selectorCases({}),
  ],
});

describe('annotations of every kind', () => {
  const found = (annotations: object, spec: object = {}): readonly string[] =>
    findingsFor('ProxyConfig', spec, { metadata: { annotations } });
  it('a dry run of what cannot be', () =>
    expect(found({ 'istio.io/dry-run': 'true' })).toEqual(['error invalid_annotation metadata.annotations["istio.io/dry-run"]']));
  it.each(['webhook-always-reject', 'parents', 'parent-namespace'])('internal.istio.io/%s is refused, and hides the rest', (name) =>
    expect(found({ [`internal.istio.io/${name}`]: 'a' }, { concurrency: -1 })).toEqual([
      `error invalid_annotation metadata.annotations["internal.istio.io/${name}"]`,
    ]),
  );
});
