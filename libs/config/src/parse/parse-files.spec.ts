import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toYaml, toObject } from '../render/to-object';
import { parseFiles } from './parse-files';
import { positionOf } from './positions';

const parse = (text: string, options = {}): ReturnType<typeof parseFiles> => parseFiles([{ name: 'a.yaml', text }], options);
/** What is found, a line each: `LINE:COLUMN SEVERITY CODE PATH`. */
const found = (text: string, options = {}): readonly string[] =>
  parse(text, options).violations.map(
    (v) => `${v.position?.line ?? 0}:${v.position?.column ?? 0} ${v.severity} ${v.code}${v.path === '' ? '' : ` ${v.path}`}`,
  );
const message = (text: string): string => parse(text).violations[0]?.message ?? '';
const doc = (kind: string, body: string, apiVersion = 'networking.istio.io/v1'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: a\n${body}`;
const vs = (rule: string): string =>
  doc('VirtualService', `spec:\n  hosts: [a]\n  http:\n    - route: [{destination: {host: a}}]\n${rule}`);
const config = (data: string): string => doc('ConfigMap', `data:\n${data}`, 'v1');

describe('refusals', () => {
  const cases: readonly { name: string; text: string; want: readonly string[]; options?: object }[] = [
    { name: 'a control character', text: 'a: b\nc: \u0007', want: ['2:4 error invalid_character'] },
    { name: 'a NUL', text: 'a: \u0000', want: ['1:4 error invalid_character'] },
    { name: 'half a flow list', text: 'a: [1, 2', want: ['1:9 error invalid_yaml'] },
    { name: 'a tab for indentation', text: 'a:\n\tb: c', want: ['2:1 error invalid_yaml'] },
    { name: 'the same key twice', text: config('  x: a\n  y: b\n  x: c\n'), want: ['8:3 error duplicate_key'] },
    { name: 'the same key as text and number', text: config('  1: a\n  "1": b\n'), want: ['7:3 error duplicate_key'] },
    { name: 'a key that is a list', text: '[a]: b', want: ['1:1 error invalid_key'] },
    { name: 'a key named __proto__', text: config('  __proto__: a\n'), want: ['6:3 error invalid_key'] },
    { name: 'an unknown alias', text: 'a: *b', want: ['1:4 error invalid_alias'] },
    { name: 'a list at the top', text: '- a', want: ['1:1 error wrong_type'] },
    { name: 'text at the top', text: 'hello', want: ['1:1 error wrong_type'] },
    { name: 'no apiVersion', text: 'kind: Service', want: ['1:1 error required_field apiVersion'] },
    { name: 'no kind', text: 'apiVersion: v1', want: ['1:1 error required_field kind'] },
    {
      name: 'a version that is not served',
      text: doc('VirtualService', 'spec: {}', 'networking.istio.io/v2'),
      want: ['1:1 error unknown_version apiVersion'],
    },
    { name: 'an unknown kind of Istio', text: doc('VirtualServices', ''), want: ['2:1 error unknown_kind kind'] },
    {
      name: 'a kind of another group of Istio',
      text: doc('VirtualService', '', 'security.istio.io/v1'),
      want: ['2:1 error unknown_kind kind'],
    },
    {
      name: 'an unknown group of Istio',
      text: doc('VirtualService', '', 'network.istio.io/v1'),
      want: ['1:1 error unknown_group apiVersion'],
    },
    { name: 'no name', text: 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {}', want: ['3:1 error required_field metadata.name'] },
    {
      name: 'a name in upper case',
      text: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: A',
      want: ['4:3 error invalid_name metadata.name'],
    },
    {
      name: 'a namespace with a dot',
      text: 'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: a\n  namespace: a.b',
      want: ['5:3 error invalid_name metadata.namespace'],
    },
    { name: 'an unknown field', text: vs('      timout: 1s'), want: ['9:7 error unknown_field spec.http[0].timout'] },
    {
      name: 'an unknown field beside spec',
      text: doc('VirtualService', 'spce: {}'),
      want: ['5:1 error unknown_field spce', '1:1 error required_field spec'],
    },
    { name: 'a number for text', text: vs('      name: 1'), want: ['9:7 error wrong_type spec.http[0].name'] },
    { name: 'text for a list', text: vs('      match: all'), want: ['9:7 error wrong_type spec.http[0].match'] },
    {
      name: 'an unknown enum name',
      text: doc('PeerAuthentication', 'spec:\n  mtls:\n    mode: STRCT', 'security.istio.io/v1'),
      want: ['7:5 error unknown_value spec.mtls.mode'],
    },
    { name: 'a number below its range', text: vs('      mirrorPercent: -1'), want: ['9:7 error out_of_range spec.http[0].mirrorPercent'] },
    { name: 'a duration without a unit', text: vs('      timeout: "5"'), want: ['9:7 error invalid_duration spec.http[0].timeout'] },
    {
      name: 'bytes that are no base64',
      text: doc('VirtualService', 'spec:\n  hosts: [a]\n  http:\n  - directResponse:\n      status: 200\n      body: {bytes: "?"}'),
      want: ['10:14 error invalid_base64 spec.http[0].directResponse.body.bytes'],
    },
    {
      name: 'every mistake at once',
      text: vs('      name: 1\n      timout: 1s\n      timeout: 0s'),
      want: ['9:7 error wrong_type spec.http[0].name', '10:7 error unknown_field spec.http[0].timout'],
    },
    {
      name: 'nothing from a file with one bad document',
      text: `${config('  x: a')}\n---\nkind: x`,
      want: ['8:1 error required_field apiVersion'],
    },
    {
      name: 'a resource given twice',
      text: `${config('  x: a')}\n---\n${config('  x: b')}`,
      want: ['4:3 warning duplicate_resource metadata.name'],
    },
  ];
  it.each([...cases])('$name', ({ text, want, options }) => expect(found(text, options)).toEqual(want));

  it('deep nesting', () => {
    expect(found('a: ' + '['.repeat(101) + ']'.repeat(101))).toEqual(['1:104 error too_deep']);
    expect(found('a: ' + '['.repeat(50_000)).map((line) => line.split(' ')[2])).toContain('too_deep');
  });
  it('a file over 16 MiB', () => expect(found('#'.repeat(16 * 1024 * 1024 + 1))).toEqual(['1:1 error too_large']));
  it('aliases that expand to more than a million values', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) =>
        `${'bcdefghij'[i] ?? ''}: &${'bcdefghij'[i] ?? ''} [${Array(9)
          .fill(`*${'abcdefghi'[i] ?? ''}`)
          .join(',')}]`,
    );
    expect(found(['a: &a [x,x,x,x,x,x,x,x,x]', ...levels].join('\n'))).toEqual(['1:1 error too_large']);
  });
  it('more than 1000 aliases', () =>
    expect(found(config('  a: &a x\n' + Array.from({ length: 1001 }, (_, i) => `  k${i}: *a\n`).join('')))).toEqual([
      '1:1 error invalid_alias',
    ]));
  it('merge keys that double sixty times', () => {
    const levels = Array.from({ length: 60 }, (_, i) => `x${i + 1}: &x${i + 1} {<<: [*x${i}, *x${i}]}\n`);
    expect(found(doc('ConfigMap', `x0: &x0 {k: v}\n${levels.join('')}`, 'v1'))).toEqual([]);
  });
  it('merge keys that fill in more than a million values', () =>
    expect(
      found(`a: &a {${Array.from({ length: 2000 }, (_, i) => `k${i}: v`).join(', ')}}\nb: {<<: [${Array(600).fill('*a').join(', ')}]}`),
    ).toEqual(['1:1 error too_large']));
  it('a merge key of text', () => expect(found('a: {<<: b}')).toEqual(['1:1 error invalid_merge']));
  it('a quarter of a million findings of one resource', () =>
    expect(parse(doc('VirtualService', `spec: {hosts: [a], http: [${'{},'.repeat(125_000)}]}`)).violations).toHaveLength(249_999));
  it('an alias inside what it stands for', () =>
    expect(found('a: &a [*a]').every((line) => / error (invalid_alias|too_deep)/.test(line))).toBe(true));
});

describe('did you mean', () => {
  const cases: readonly { name: string; text: string; want: string }[] = [
    { name: 'a field', text: vs('      timout: 1s'), want: 'did you mean "timeout"?' },
    { name: 'a field beside spec', text: doc('VirtualService', 'spce: {}'), want: 'did you mean "spec"?' },
    { name: 'a kind', text: doc('VirtualServce', ''), want: 'did you mean "VirtualService"?' },
    { name: 'a group', text: doc('VirtualService', '', 'network.istio.io/v1'), want: 'did you mean "networking.istio.io"?' },
    {
      name: 'a group that is none of Istio',
      text: doc('VirtualService', '', 'networking.istio.oi/v1'),
      want: 'did you mean "networking.istio.io"?',
    },
    {
      name: 'an enum name',
      text: doc('PeerAuthentication', 'spec: {mtls: {mode: STRCT}}', 'security.istio.io/v1'),
      want: 'did you mean "STRICT"?',
    },
    { name: 'a kind of another group', text: doc('VirtualService', '', 'security.istio.io/v1'), want: 'it is in networking.istio.io' },
    { name: 'text that reads as a number', text: vs('      name: 1'), want: 'put it in quotes' },
  ];
  it.each([...cases])('$name', ({ text, want }) => expect(message(text)).toContain(want));
});

describe('readings', () => {
  const spec = (text: string): unknown => {
    const { resources, violations } = parse(text);
    expect(violations).toEqual([]);
    return resources[0]?.spec;
  };
  it('snake_case, quoted numbers, enum numbers and nulls are protobuf spellings', () => {
    const text = doc(
      'ServiceEntry',
      'spec:\n  hosts: [a.b]\n  resolution: 2\n  ports: [{number: "80", name: http, protocol: HTTP, target_port: 8080.0}]\n  export_to: null\n',
    );
    expect(spec(text)).toEqual({
      hosts: ['a.b'],
      resolution: 'DNS',
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }],
    });
  });
  it('booleans and octals as kubectl reads them, dates and base-60 numbers as text', () => {
    const text = doc('Pod', 'spec: {hostNetwork: yes, terminationGracePeriodSeconds: 010, nodeName: 2001-01-01, x: 1:30}', 'v1');
    expect(spec(text)).toEqual({ hostNetwork: true, terminationGracePeriodSeconds: 8, nodeName: '2001-01-01', x: '1:30' });
  });
  it('a lone dot is text, a dot with a digit a number', () =>
    expect(
      spec(
        doc(
          'VirtualService',
          'spec:\n  exportTo: [.]\n  hosts: [a]\n  http:\n    - {fault: {abort: {httpStatus: 500, percentage: {value: .5}}}, route: [{destination: {host: a}}]}\n',
        ),
      ),
    ).toMatchObject({
      exportTo: ['.'],
      http: [{ fault: { abort: { percentage: { value: 0.5 } } } }],
    }));
  it.each(['e1', 'e2', 'E10', '.e1', '._e1', '-e3', '+.e+3', '.', '._', 'e', '1e'])('%s is text', (text) =>
    expect(spec(config(`  a: ${text}`))).toEqual({ data: { a: text } }),
  );
  it.each(['1e2', '1.5e-2', '.5E+3', '1_0.e1', '1.', '.5'])('%s is a number', (text) =>
    expect(parse(config(`  a: ${text}`)).violations).toMatchObject([{ path: 'data.a' }]),
  );
  it('metadata, too', () =>
    expect(parse('apiVersion: v1\nkind: Service\nmetadata: {name: e2, labels: {a: e1}}\nspec: {ports: [{port: 80}]}')).toMatchObject({
      resources: [{ metadata: { name: 'e2', labels: { a: 'e1' } } }],
      violations: [],
    }));
  it('merge keys and aliases', () => expect(spec(config('  a: &x p\n  b: *x\n'))).toEqual({ data: { a: 'p', b: 'p' } }));
  it('JSON', () => expect(parse('{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}').resources).toHaveLength(1));
  it('a byte order mark', () => expect(parse(`\ufeff${config('  a: b')}`).resources).toHaveLength(1));
  it('lists inside lists, in order', () => {
    const item = (name: string): string => `{apiVersion: v1, kind: ServiceAccount, metadata: {name: ${name}}}`;
    const text = `apiVersion: v1\nkind: List\nitems:\n- ${item('a')}\n- {apiVersion: v1, kind: List, items: [${item('b')}, ${item('c')}]}\n- ${item('d')}`;
    expect(parse(text).resources.map((r) => r.metadata.name)).toEqual(['a', 'b', 'c', 'd']);
  });
  it('the namespace asked for where none is written', () =>
    expect(parse(config('  a: b'), { namespace: 'x' }).resources[0]?.metadata.namespace).toBe('x'));
  it('other kinds are counted', () =>
    expect(parse('apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}').passedOver).toEqual([{ kind: 'CronJob.batch', count: 1 }]));
  it('rules left out on demand', () => expect(parse(vs('      timeout: 0s'), { semantics: 'skip' }).resources).toHaveLength(1));
});

describe('positions', () => {
  const text = `# first\n---\n${vs('      match:\n      - headers:\n          x-user: {exact: me}\n        source_labels: {app: a}')}`;
  const [resource] = parse(text).resources;
  const cases: readonly (readonly [string, string])[] = [
    ['', '3:1'],
    ['spec.http[0].match[0].headers["x-user"].exact', '13:20'],
    ['spec.http[0].match[0].sourceLabels.app', '14:25'],
    ['spec.http[0].match[0].source_labels', '14:9'],
    ['spec.http[0].match[0].uri.prefix', '12:9'],
    ['spec.http[9]', '9:3'],
    ['not a path at all]', '3:1'],
  ];
  it.each([...cases])('%s', (path, want) => {
    if (resource === undefined) throw new Error('the document did not parse');
    const { line, column } = positionOf(resource, path);
    expect(`${line}:${column}`).toBe(want);
  });
});

describe('positions on a line of many resources', () => {
  const item = (i: number): string => `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"a${i}"}}`;
  const text = `{"apiVersion":"v1","kind":"List","items":[${Array.from({ length: 100 }, (_, i) => item(i)).join(',')}]}`;
  const { resources } = parse(text);
  it.each([0, 1, 50, 99])('resource %d', (i) => {
    const resource = resources[i];
    if (resource === undefined) throw new Error('the list did not parse');
    expect(positionOf(resource, 'metadata.name')).toEqual({ file: 'a.yaml', line: 1, column: text.indexOf(`"name":"a${i}"`) + 1 });
  });
  it('their texts do not add up to the square', () =>
    expect(resources.reduce((sum, { origin }) => sum + origin.text.length, 0)).toBeLessThan(text.length + 100 * 200));
});

describe('cost', () => {
  const keys = (n: number): string => config(Array.from({ length: n }, (_, i) => `  k${i}: v\n`).join(''));
  const seconds = (text: string): number => {
    const start = performance.now();
    parse(text);
    return (performance.now() - start) / 1000;
  };
  it('a map of 60,000 keys takes no time in its square', () => {
    seconds(keys(2000));
    const small = Math.max(seconds(keys(6000)), 0.02);
    expect(seconds(keys(60_000)) / small).toBeLessThan(50);
  });
  it('60,000 unknown fields are all named', () =>
    expect(
      parse(doc('VirtualService', `spec:\n${Array.from({ length: 60_000 }, (_, i) => `  k${i}: v\n`).join('')}`)).violations,
    ).toHaveLength(60_000));
});

describe('whatever the input', () => {
  const budget = { interruptAfterTimeLimit: 3000, numRuns: 2000 } as const;
  const pieces = fc.constantFrom(
    'apiVersion: v1\n',
    'kind: Service\n',
    'kind: VirtualService\n',
    'apiVersion: networking.istio.io/v1\n',
    'metadata: {name: a}\n',
    'spec:\n',
    '  hosts: [a]\n',
    '  - ',
    '&a ',
    '*a ',
    '<<: *a\n',
    '? ',
    ': ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|\n',
    '>-\n',
    '---\n',
    '...\n',
    '!!binary ',
    '!x ',
    '%YAML 1.2\n',
    '\t',
    '\n',
    '#',
    '0x',
    '.inf',
    '~',
    'null\n',
    '\u0085',
    '\ufeff',
    '\ud800',
  );
  it('the parser answers', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 40 }), (parts) => {
        const { resources, violations, passedOver } = parse(parts.join(''));
        return Array.isArray(resources) && Array.isArray(violations) && Array.isArray(passedOver);
      }),
      budget,
    );
  });
  it('a ConfigMap survives printing', () => {
    fc.assert(
      fc.property(
        fc
          .dictionary(
            fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/),
            fc
              .oneof(fc.string(), fc.constantFrom('yes', '0o7', '1:30', '2001-01-01', '~', '<<', 'a: b', '- a', '', ' ', '\n', '1e3'))
              .filter((text) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.test(text)),
            { minKeys: 1 },
          )
          .filter((data) => !Object.hasOwn(data, '__proto__')),
        (data) => {
          const first = parse(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data })).resources[0];
          if (first === undefined) throw new Error('the ConfigMap did not parse');
          const again = parse(toYaml(toObject(first)));
          expect(again.violations).toEqual([]);
          expect({ ...again.resources[0], origin: undefined }).toEqual({ ...first, origin: undefined });
        },
      ),
      budget,
    );
  });
});
