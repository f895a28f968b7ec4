import { toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { type HTTPMatchRequest } from '@lateen/config';
import { RouteMatchSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { isCatchAll, routeMatch } from './match';
import { inScope } from './rule-scope';

const cases: readonly { name: string; match?: HTTPMatchRequest; want: unknown; all?: boolean }[] = [
  { name: 'no match takes everything and says nothing of case', want: { prefix: '/' }, all: true },
  { name: 'a match on the port alone takes everything', match: { port: 443 }, want: { prefix: '/', caseSensitive: true }, all: true },
  {
    name: 'an exact path, whatever its case',
    match: { uri: { exact: '/a' }, ignoreUriCase: true },
    want: { path: '/a', caseSensitive: false },
  },
  {
    name: 'headers wanted and unwanted in order of name, then pseudo headers',
    match: {
      method: { exact: 'GET' },
      headers: { 'x-b': { exact: '1' }, 'x-c': {}, uri: { exact: 'ignored' } },
      withoutHeaders: { 'x-a': {}, 'x-d': { exact: '2' } },
    },
    want: {
      prefix: '/',
      caseSensitive: true,
      headers: [
        { name: 'x-a', presentMatch: true, invertMatch: true },
        { name: 'x-b', stringMatch: { exact: '1' } },
        { name: 'x-c', presentMatch: true },
        { name: 'x-d', stringMatch: { exact: '2' }, invertMatch: true, treatMissingHeaderAsEmpty: true },
        { name: ':method', stringMatch: { exact: 'GET' } },
      ],
    },
  },
  {
    name: 'query parameters by value and by presence',
    match: { uri: { regex: '/x.*' }, queryParams: { q: { exact: '1' }, s: {} } },
    want: {
      safeRegex: { regex: '/x.*' },
      caseSensitive: true,
      queryParameters: [
        { name: 'q', stringMatch: { exact: '1' } },
        { name: 's', presentMatch: true },
      ],
    },
  },
];

describe('routeMatch', () => {
  it.each(cases)('$name', ({ match, want, all }) => {
    const message = routeMatch(match);
    expect(toJson(RouteMatchSchema, message)).toEqual(want);
    expect(isCatchAll(message)).toBe(all ?? false);
  });
});

const mesh = { gateways: new Set(['mesh']), port: 80, labels: { app: 'web' }, namespace: 'default' };
const scopes: readonly { name: string; match: HTTPMatchRequest; scope?: typeof mesh; want: boolean }[] = [
  { name: 'no condition holds everywhere', match: {}, want: true },
  { name: 'another port drops the match', match: { port: 9090 }, want: false },
  { name: 'another gateway drops the match', match: { gateways: ['default/front'] }, want: false },
  { name: 'labels of another workload drop the match', match: { sourceLabels: { app: 'api' } }, want: false },
  {
    name: 'labels do not count at a gateway',
    match: { sourceLabels: { app: 'api' } },
    scope: { ...mesh, gateways: new Set(['default/front']) },
    want: true,
  },
  { name: 'another namespace drops the match', match: { sourceNamespace: 'shop' }, want: false },
];

describe('inScope', () => {
  it.each(scopes)('$name', ({ match, scope, want }) => expect(inScope(match, scope ?? mesh)).toBe(want));
});
