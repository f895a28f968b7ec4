import { describe, expect, it } from '@jest/globals';
import { printName } from '../finding';
import { analyze } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { readConfiguration } from './read-configuration';

const GOOD = `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{name: http, port: 80}]}
`;
const RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web}
spec:
  host: web
  trafficPolicy: {loadBalancer: {simple: RUNDOM}}
  subsets: [{name: v1, labels: {version: v1}}]
`;

function read(...texts: readonly string[]) {
  return readConfiguration(texts.map((text, i) => ({ name: `${i}.yaml`, text })));
}

describe('readConfiguration', () => {
  it('keeps the other documents of a file with a bad one', () => {
    const { resources, findings, parseErrors } = read(`${GOOD}---\n${RULE}`);
    expect(resources.map(({ kind, origin }) => `${kind}:${origin.line}`)).toEqual(['Service:1', 'DestinationRule:6']);
    expect(
      findings.map(({ code, origin, path, position, rule }) => [
        code,
        origin === undefined ? '' : printName(origin),
        path,
        position?.line,
        rule,
      ]),
    ).toEqual([['IST0106', 'DestinationRule default/web', 'spec.trafficPolicy.loadBalancer.simple', 11, 'unknown_value']]);
    expect(parseErrors).toEqual([]);
  });

  it('uses what is left of a refused resource', () => {
    const { resources } = read(RULE);
    expect(resources.map(({ spec }) => spec)).toEqual([
      { host: 'web', trafficPolicy: { loadBalancer: {} }, subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
    ]);
  });

  it('names a refused resource as the parser reads its name, not as a number', () => {
    const { findings } = read(RULE.replace('name: web', 'name: e2'));
    expect(findings.map(({ origin }) => origin?.name)).toEqual(['e2']);
  });

  it('reports unknown fields, which istioctl passes over', () => {
    const { findings } = read(RULE.replace('RUNDOM', 'RANDOM').replace('subsets', 'subset'));
    expect(findings.map(({ code, rule, path }) => [code, rule, path])).toEqual([['IST0106', 'unknown_field', 'spec.subset']]);
  });

  it('keeps the other items of a List with a bad one', () => {
    const item = (text: string): string => `- ${text.trimEnd().split('\n').join('\n  ')}\n`;
    const { resources, findings } = read(`apiVersion: v1\nkind: List\nitems:\n${item(GOOD)}${item(RULE)}`);
    expect(resources.map(({ kind, origin }) => `${kind}:${origin.line}`)).toEqual(['Service:4', 'DestinationRule:8']);
    expect(findings.map(({ path, position }) => [path, position?.line])).toEqual([['spec.trafficPolicy.loadBalancer.simple', 13]]);
  });

  it('does not say of what is left what follows from the refusal', () => {
    const vs =
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec: {hosts: [web], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {hst: web}}]}, {route: [{destination: {host: web, subset: v9}}]}]}\n';
    const { resources, findings } = read(vs);
    const analysis = analyze(indexConfiguration(resources), {}, findings);
    expect(analysis.findings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'IST0101 spec.http[1].route[0].destination.subset',
      'IST0106 spec.http[0].route[0].destination.host',
      'IST0106 spec.http[0].route[0].destination.hst',
    ]);
  });

  it('leaves what does not read to the caller', () => {
    const { resources, findings, parseErrors } = read(`${GOOD}---\nkind: [\n`);
    expect([resources.length, findings.length, parseErrors.map(({ code, position }) => [code, position?.line])]).toEqual([
      1,
      0,
      [['invalid_yaml', 7]],
    ]);
  });

  it('says which of two resources of one name wins', () => {
    const { resources, findings } = read(GOOD, GOOD.replace('80', '81'));
    expect(resources.map(({ origin }) => origin.file)).toEqual(['1.yaml']);
    expect(findings.map(({ code, origin, position, related }) => [code, origin?.name, position?.file, related[0]?.position.file])).toEqual([
      ['LAT0008', 'web', '0.yaml', '1.yaml'],
    ]);
  });

  it('says so in files with a bad document as well', () => {
    const { resources, findings } = read(`${GOOD}---\n${RULE}---\n${GOOD.replace('80', '81')}`);
    expect(resources.map(({ kind, origin }) => `${kind}:${origin.line}`)).toEqual(['DestinationRule:6', 'Service:14']);
    expect(
      findings.filter(({ code }) => code === 'LAT0008').map(({ position, related }) => [position?.line, related[0]?.position.line]),
    ).toEqual([[3, 16]]);
  });

  it('breaks rules with a finding of the analyzer and keeps the resource', () => {
    const { resources } = read(RULE.replace('RUNDOM', 'RANDOM').replace('host: web', 'host: "*..web"'));
    expect(resources.length).toBe(1);
    expect(analyze(indexConfiguration(resources), { analyzers: ['schema'] }).findings.map(({ code, path }) => `${code} ${path}`)).toEqual([
      'IST0106 spec.host',
    ]);
  });
});
