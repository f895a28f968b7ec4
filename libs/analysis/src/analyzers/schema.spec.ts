import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const vs = (http: string): string =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: default}\nspec: {hosts: [web], http: [${http}]}\n`;
const ROUTE = 'route: [{destination: {host: web}}]';

const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
  { name: 'a good resource', yaml: vs(`{${ROUTE}}`), want: [] },
  { name: 'a broken rule', yaml: vs(`{${ROUTE}, timeout: 0.5ms}`), want: ['IST0106 spec.http[0].timeout'] },
  {
    name: 'a rule after one that takes everything',
    yaml: vs(`{${ROUTE}}, {match: [{uri: {prefix: /a}}], ${ROUTE}}`),
    want: ['IST0130 spec.http[1]'],
  },
  {
    name: 'a match that is there already',
    yaml: vs(`{match: [{uri: {prefix: /a}}, {uri: {prefix: /a}}], ${ROUTE}}`),
    want: ['IST0131 spec.http[0].match[1]'],
  },
  {
    name: 'a prefix of a prefix',
    yaml: vs(`{match: [{uri: {prefix: /a}}], ${ROUTE}}, {match: [{uri: {prefix: /a/b}}], ${ROUTE}}`),
    want: ['IST0131 spec.http[1].match[0]'],
  },
  {
    name: 'a prefix of a prefix for other headers',
    yaml: vs(`{match: [{uri: {prefix: /a}, headers: {x: {exact: v}}}], ${ROUTE}}, {match: [{uri: {prefix: /a/b}}], ${ROUTE}}`),
    want: [],
  },
  { name: 'a warning', yaml: vs(`{${ROUTE}, mirrorPercent: 5, mirror: {host: web}}`), want: ['IST0133 spec.http[0].mirrorPercent'] },
  {
    name: 'mesh configuration',
    yaml: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: 'enableAutoMtls: perhaps'}\n",
    want: ['IST0106 data.mesh'],
  },
  {
    name: 'Kubernetes kinds are left to Kubernetes',
    yaml: 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {}\n',
    want: [],
  },
];

describe('schema', () => {
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('schema', yaml).map(({ code, path }) => `${code} ${path}`)).toEqual(want));

  it('is about the mesh configuration where that is broken', () => {
    const [finding] = findingsIn('schema', cases.find(({ name }) => name === 'mesh configuration')?.yaml ?? '');
    expect(finding === undefined ? '' : summary(finding)).toContain('IST0106 MeshConfig istio-system/meshconfig data.mesh');
  });

  it('points into the block of text that mesh configuration is', () => {
    const [finding] = findingsIn(
      'schema',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    accessLogFile: /a\n    defaultConfig:\n      statusPort: 70000\n',
    );
    expect(finding).toMatchObject({ code: 'IST0106', path: 'data.mesh', position: { line: 8, column: 7 }, reference: { line: 1 } });
  });
});
