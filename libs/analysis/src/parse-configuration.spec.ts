import { describe, expect, it } from '@jest/globals';
import { parseConfiguration } from './parse-configuration';
import { validateFiles } from './validate';

const filter = (value: string): string =>
  `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: x}
spec:
  configPatches:
    - applyTo: CLUSTER
      patch:
        operation: ADD
        value: {name: x, ${value}}
`;
const file = (value: string) => [{ name: 'a.yaml', text: filter(value) }];

describe('parseConfiguration', () => {
  it('takes what is right', () => {
    const { resources, rejectedFiles } = parseConfiguration(file('connect_timeout: 1s'), { allowIneffective: true });
    expect([resources.length, rejectedFiles]).toEqual([1, []]);
  });

  it('takes an unknown field with a warning', () => {
    const { resources, violations } = parseConfiguration(file('conect_timeout: 1s'), { allowIneffective: true });
    expect(resources.length).toBe(1);
    expect(violations.map(({ severity, code }) => `${severity} ${code}`)).toContain('warning unknown_field');
  });

  it('refuses the file of a wrong value, with the message and place of validate', () => {
    const { resources, violations, rejectedFiles } = parseConfiguration(file('type: STATICC'), { allowIneffective: true });
    expect([resources, rejectedFiles]).toEqual([[], ['a.yaml']]);
    const [refusal] = violations.filter(({ severity }) => severity === 'error');
    expect(refusal).toMatchObject({
      code: 'unknown_value',
      path: 'spec.configPatches[0].patch.value.type',
      position: { line: 9, column: 26 },
    });
    const [finding] = validateFiles(file('type: STATICC')).findings;
    expect(finding?.params).toEqual([`${refusal?.path}: ${refusal?.message}`]);
    expect(finding?.position).toEqual(refusal?.position);
  });
});
