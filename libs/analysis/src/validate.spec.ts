import { describe, expect, it } from '@jest/globals';
import { validateFiles } from './validate';

const found = (text: string): readonly string[] =>
  validateFiles([{ name: 'a.yaml', text }]).findings.map(
    ({ level, rule, path, position }) => `${level} ${rule ?? ''} ${path ?? ''} ${position?.line ?? 0}:${position?.column ?? 0}`,
  );
const head = (kind: string, apiVersion: string, namespace = 'default'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: istio, namespace: ${namespace}}\n`;

describe('what only validation says', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a port of no known protocol',
      `${head('Service', 'v1')}spec:\n  ports:\n  - port: 80\n    name: metrics\n`,
      ['Error unsupported_protocol spec.ports[0].name 7:5'],
    ],
    ['a port that says its protocol', `${head('Service', 'v1')}spec:\n  ports:\n  - port: 80\n    name: http\n`, []],
    ["a Service of Istio's own", `${head('Service', 'v1', 'istio-system')}spec:\n  ports:\n  - port: 80\n`, []],
    [
      'pods without a version',
      `${head('Deployment', 'apps/v1')}spec:\n  template:\n    metadata:\n      labels: {app: a}\n`,
      ['Info missing_label spec.template.metadata.labels 7:7'],
    ],
    [
      'mesh configuration, at its line of the block',
      `${head('ConfigMap', 'v1', 'istio-system')}data:\n  mesh: |\n    enableTracing: true\n    connectTimeout: 2h\n`,
      ['Error invalid_duration data.mesh 7:5'],
    ],
  ];
  it.each(cases)('%s', (_, text, want) => expect(found(text)).toEqual(want));
});
