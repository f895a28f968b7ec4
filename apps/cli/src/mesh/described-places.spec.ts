import { describe, expect, it } from '@jest/globals';
import { type Description } from '@lateen/analysis';
import { located, namesIn, placed, type Written } from './described-places';

const REVIEWS = 'live/VirtualService/default/reviews';
const YAML = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - match: [{uri: {prefix: /a}}]
    route: [{destination: {host: reviews, subset: v9}}]
  - route: [{destination: {host: reviews, subset: v9}}]
`;
const finding = (path: string, line: number) => ({ severity: 'error' as const, code: 'IST0101', message: 'no v9', path, line });
const VIEW = {
  yaml: YAML,
  allFindings: [finding('spec.http[0].route[0].destination.subset', 8), finding('spec.http[1].route[0].destination.subset', 9)],
};
const own = { file: REVIEWS, line: 2, resource: 'VirtualService default/reviews' };
const problem = (path: string, message = 'no v9') => ({ severity: 'error' as const, code: 'IST0101', message, path, place: own });

function described(more: Partial<Description>): Description {
  return { problems: [], virtualServices: [], destinationRules: [], mutualTls: [], ...more } as unknown as Description;
}
const written = (view?: Written['view']): ReadonlyMap<string, Written> =>
  new Map([[REVIEWS, { file: 'k8s/bad.yaml', line: 37, ...(view === undefined ? {} : { view }) }]]);

describe('the places of a description', () => {
  const cases: readonly {
    readonly name: string;
    readonly of: ReturnType<typeof problem>;
    readonly view?: Written['view'];
    readonly want: number;
  }[] = [
    { name: "a finding's line", of: problem('spec.http[0].route[0].destination.subset'), view: VIEW, want: 44 },
    { name: 'of two that say the same, its own', of: problem('spec.http[1].route[0].destination.subset'), view: VIEW, want: 45 },
    { name: 'that of its field where only we found it', of: problem('spec.http[0].match[0].uri', 'other'), view: VIEW, want: 43 },
    { name: 'that of its resource where nothing else is known', of: problem('spec.http[1]'), want: 37 },
  ];
  it.each(cases)('have for a problem $name', ({ of, view, want }) =>
    expect(placed(described({ problems: [of] }), written(view)).problems[0]?.place).toEqual({ ...own, file: 'k8s/bad.yaml', line: want }),
  );

  it('have the lines of rules, subsets and what mutual TLS is by', () => {
    const rule = (path: string) => ({ path, file: REVIEWS, line: 1, text: '', gateways: [] });
    const subset = { name: 'v1', labels: {}, endpoints: 1, line: 1 };
    const { virtualServices, destinationRules, mutualTls } = placed(
      described({
        virtualServices: [{ ...own, hosts: [], gateways: [], takesHost: true, rules: [rule('http[0]'), rule('http[1]')] }],
        destinationRules: [{ ...own, host: '', policies: [], subsets: [subset] }],
        mutualTls: [{ mode: 'STRICT', by: { ...own, path: 'spec.hosts' } }],
      }),
      written(VIEW),
    );
    expect(virtualServices[0]).toMatchObject({ file: 'k8s/bad.yaml', line: 37, rules: [{ line: 43 }, { line: 45 }] });
    // No such field: where the nearest around it stands.
    expect(destinationRules[0]?.subsets[0]?.line).toBe(40);
    expect(mutualTls[0]?.by).toMatchObject({ file: 'k8s/bad.yaml', line: 41 });
  });

  it('are those of the files that the user wrote, wherever they stand', () => {
    const unknown = { file: 'live/Gateway/default/g', line: 3 };
    expect(located({ name: 'r', rules: [{ place: own }], problems: [unknown], at: undefined }, written())).toEqual({
      name: 'r',
      rules: [{ place: { ...own, file: 'k8s/bad.yaml', line: 37 } }],
      problems: [unknown],
      at: undefined,
    });
  });

  it('name the resources that have to be opened', () =>
    expect([...namesIn({ a: [{ file: REVIEWS }], b: 'live/Gateway/default/g', c: [undefined, 3] }, written())]).toEqual([REVIEWS]));
});
