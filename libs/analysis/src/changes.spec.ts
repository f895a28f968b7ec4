import { resourcesFrom } from '@lateen/config/testing';
import { describe, expect, it } from '@jest/globals';
import { analyze } from './analyze';
import { analyzeChanges, changedKinds } from './changes';
import { indexConfiguration } from './configuration/configuration';

const SERVICE = '---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: web, port: 80}]}\n';
const VS =
  '---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}\n';
const SET = '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {}}\n';

describe('changedKinds', () => {
  const cases: readonly { name: string; before: string; after: string; want: readonly string[] }[] = [
    { name: 'nothing', before: SERVICE + VS, after: SERVICE + VS, want: [] },
    { name: 'another text', before: SERVICE + VS, after: SERVICE + VS.replace('host: web', 'host: api'), want: ['VirtualService'] },
    { name: 'gone', before: SERVICE + VS, after: SERVICE, want: ['VirtualService'] },
    { name: 'moved by a line', before: SERVICE + VS, after: `${SERVICE}\n${VS}`, want: ['VirtualService'] },
    { name: 'a workload', before: SERVICE, after: SERVICE + SET, want: ['Deployment', 'Pod'] },
  ];
  it.each(cases)('$name', ({ before, after, want }) => expect(changedKinds(resourcesFrom(before), resourcesFrom(after))).toEqual(want));
});

describe('analyzeChanges', () => {
  it.each([
    { name: 'a route to nowhere', after: SERVICE + VS.replace('host: web', 'host: nope') },
    { name: 'a better port name', after: SERVICE.replace('name: web, port', 'name: http, port') + VS },
    { name: 'nothing left', after: '' },
  ])('gives what a whole analysis gives: $name', ({ after }) => {
    const first = indexConfiguration(resourcesFrom(SERVICE + VS));
    const second = indexConfiguration(resourcesFrom(after));
    expect(analyzeChanges({ analysis: analyze(first), configuration: first }, second)).toEqual(analyze(second));
  });
});
