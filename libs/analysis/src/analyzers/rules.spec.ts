import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const vs = (spec: string, name = 'x', meta = ''): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default${meta}}
spec:
  ${spec.split('\n').join('\n  ')}
`;
const dr = (spec: string): string =>
  `---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: x, namespace: default}\nspec: {${spec}}\n`;
const ROUTE = 'route: [{destination: {host: web}}]';
const X = 'VirtualService default/x';

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly want: readonly string[];
}

describe('mesh-host-winner', () => {
  const one = (name: string, meta = '', rest = ''): string => vs(`hosts: [web]\n${rest}http: [{${ROUTE}}]`, name, meta);
  const lost = (name: string, winner: string, reason: string): string =>
    `LAT0001 VirtualService default/${name} spec.hosts[0]: web.default.svc.cluster.local, default/${winner}, ${reason}`;
  const cases: readonly Case[] = [
    { name: 'one', yaml: one('a'), want: [] },
    { name: 'two of no age: by name', yaml: one('b') + one('a'), want: [lost('b', 'a', 'neither is older, and its name comes first')] },
    {
      name: 'two ages: the older',
      yaml: one('a', ', creationTimestamp: "2026-02-01T00:00:00Z"') + one('b', ', creationTimestamp: "2026-01-01T00:00:00Z"'),
      want: [lost('a', 'b', 'it is older (2026-01-01T00:00:00Z)')],
    },
    { name: 'one for a gateway', yaml: one('a') + one('b', '', 'gateways: [front]\n'), want: [] },
    { name: 'one for all after one for a namespace', yaml: one('a', '', 'exportTo: [shop]\n') + one('b'), want: [] },
    {
      name: 'one for a namespace after one for all',
      yaml: one('a') + one('b', '', 'exportTo: [shop]\n'),
      want: [lost('b', 'a', 'neither is older, and its name comes first')],
    },
    { name: 'for different namespaces', yaml: one('a', '', 'exportTo: [shop]\n') + one('b', '', 'exportTo: [default]\n'), want: [] },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('mesh-host-winner', yaml).map(summary)).toEqual(want));
});

describe('shadowed-matches', () => {
  const rules = (...matches: readonly string[]): string =>
    vs(`hosts: [web]\nhttp:\n${matches.map((match) => `- match: [${match}]\n  ${ROUTE}`).join('\n')}`);
  const shadowed = (path: string, ...params: readonly string[]): string => `LAT0002 ${X} ${path}: ${params.join(', ')}`;
  const cases: readonly Case[] = [
    { name: 'different paths', yaml: rules('{uri: {prefix: /a}}', '{uri: {prefix: /b}}'), want: [] },
    {
      name: 'an exact path under an earlier prefix',
      yaml: rules('{uri: {prefix: /a}}', '{uri: {exact: /a/b}}'),
      want: [shadowed('spec.http[1].match[0]', '#0', '#1', '#0', '#0')],
    },
    { name: 'the other way round', yaml: rules('{uri: {exact: /a/b}}', '{uri: {prefix: /a}}'), want: [] },
    {
      name: 'the root takes all',
      yaml: rules('{uri: {prefix: /}}', '{uri: {regex: /x.*}, headers: {a: {exact: b}}}'),
      want: [shadowed('spec.http[1].match[0]', '#0', '#1', '#0', '#0')],
    },
    {
      name: 'the earlier one asks for a header',
      yaml: rules('{uri: {prefix: /a}, headers: {x: {exact: v}}}', '{uri: {exact: /a/b}}'),
      want: [],
    },
    {
      name: 'both ask for the header',
      yaml: rules('{uri: {prefix: /a}, headers: {x: {prefix: v}}}', '{uri: {exact: /a/b}, headers: {x: {exact: vv}}}'),
      want: [shadowed('spec.http[1].match[0]', '#0', '#1', '#0', '#0')],
    },
    {
      name: 'the earlier one is for another method',
      yaml: rules('{uri: {prefix: /a}, method: {exact: GET}}', '{uri: {exact: /a/b}}'),
      want: [],
    },
    {
      name: 'the earlier one ignores case',
      yaml: rules('{uri: {prefix: /A}, ignoreUriCase: true}', '{uri: {exact: /a/b}}'),
      want: [shadowed('spec.http[1].match[0]', '#0', '#1', '#0', '#0')],
    },
    { name: 'the later one ignores case', yaml: rules('{uri: {prefix: /a}}', '{uri: {exact: /a/b}, ignoreUriCase: true}'), want: [] },
    {
      name: 'the earlier one is for other sources',
      yaml: rules('{uri: {prefix: /a}, sourceLabels: {app: x}}', '{uri: {exact: /a/b}}'),
      want: [],
    },
    { name: 'two prefixes: that is IST0131', yaml: rules('{uri: {prefix: /a}}', '{uri: {prefix: /a/b}}'), want: [] },
    {
      name: 'the earlier one leaves what it takes to a delegate, whose rules may leave it',
      yaml: vs(`hosts: [web]\nhttp:\n- match: [{uri: {prefix: /}}]\n  delegate: {name: part}\n- match: [{uri: {exact: /b}}]\n  ${ROUTE}`),
      want: [],
    },
    { name: 'equal matches: that is IST0130 and IST0131', yaml: rules('{uri: {exact: /a}}', '{uri: {exact: /a}}'), want: [] },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('shadowed-matches', yaml).map(summary)).toEqual(want));
});

describe('unreachable-routes', () => {
  const GATEWAY =
    '---\napiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: front, namespace: default}\nspec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}\n';
  const SERVICE =
    '---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {ports: [{name: http, port: 80}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default, labels: {app: web}}\nspec: {}\n';
  const rule = (match: string, gateways: string): string =>
    GATEWAY + SERVICE + vs(`hosts: [web]\n${gateways}http: [{match: [${match}], ${ROUTE}}]`);
  const un = (field: string, reason: string): string => `LAT0003 ${X} spec.http[0].match[0].${field}: #0, ${reason}`;
  const cases: readonly Case[] = [
    { name: 'of the mesh', yaml: rule('{uri: {prefix: /}}', ''), want: [] },
    {
      name: 'for a gateway that the VirtualService has not',
      yaml: rule('{gateways: [front]}', ''),
      want: [un('gateways', 'it is for default/front, the VirtualService for mesh')],
    },
    { name: 'for one that it has, written otherwise', yaml: rule('{gateways: [default/front]}', 'gateways: [front, mesh]\n'), want: [] },
    {
      name: 'for a port that no server has',
      yaml: rule('{port: 81}', 'gateways: [front]\n'),
      want: [un('port', 'port 81 is a port of none of gateway default/front')],
    },
    { name: 'for a port of a server', yaml: rule('{port: 80}', 'gateways: [front]\n'), want: [] },
    {
      name: 'for a port that the service has not',
      yaml: rule('{port: 90}', ''),
      want: [un('port', 'port 90 is a port of none of the services')],
    },
    { name: 'one of two matches can be had', yaml: rule('{port: 90}, {port: 80}', ''), want: [] },
    {
      name: 'for labels that no workload has',
      yaml: rule('{sourceLabels: {app: gone}}', ''),
      want: [un('sourceLabels', 'no workload has its source labels')],
    },
    { name: 'for labels that one has', yaml: rule('{sourceLabels: {app: web}}', ''), want: [] },
    {
      name: 'for a namespace without workloads',
      yaml: rule('{sourceNamespace: gone}', ''),
      want: [un('sourceNamespace', 'namespace gone has no workload')],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('unreachable-routes', yaml).map(summary)).toEqual(want));
});

describe('retries', () => {
  const rule = (text: string): string => vs(`hosts: [web]\nhttp:\n- {${ROUTE}, ${text}}`);
  const cases: readonly Case[] = [
    { name: 'retries alone', yaml: rule('retries: {attempts: 3, retryOn: 5xx}'), want: [] },
    {
      name: 'with a fault',
      yaml: rule('retries: {attempts: 3}, fault: {abort: {httpStatus: 503}}'),
      want: [`LAT0004 ${X} spec.http[0].fault: #0`],
    },
    { name: 'switched off beside a fault', yaml: rule('retries: {attempts: 0}, fault: {abort: {httpStatus: 503}}'), want: [] },
    {
      name: 'of writes after an answer',
      yaml: rule('retries: {attempts: 3, retryOn: "5xx,connect-failure"}, match: [{method: {exact: POST}}]'),
      want: [`LAT0005 ${X} spec.http[0].retries.retryOn: #0, 5xx, POST`],
    },
    {
      name: 'of writes by status code',
      yaml: rule('retries: {attempts: 3, retryOn: "503"}, match: [{method: {regex: PUT|PATCH}}]'),
      want: [`LAT0005 ${X} spec.http[0].retries.retryOn: #0, 503, PATCH`],
    },
    {
      name: 'of writes before anything was sent',
      yaml: rule(
        'retries: {attempts: 3, retryOn: "connect-failure,refused-stream,reset-before-request"}, match: [{method: {exact: POST}}]',
      ),
      want: [],
    },
    { name: 'of reads', yaml: rule('retries: {attempts: 3, retryOn: 5xx}, match: [{method: {exact: GET}}]'), want: [] },
    { name: 'within the timeout', yaml: rule('timeout: 8s, retries: {attempts: 3, perTryTimeout: 2s}'), want: [] },
    {
      name: 'beyond the timeout',
      yaml: rule('timeout: 5s, retries: {attempts: 3, perTryTimeout: 2s}'),
      want: [`LAT0007 ${X} spec.http[0].timeout: #0, 5s, 3, 4, 2s, 8s`],
    },
    { name: 'without a timeout of each try', yaml: rule('timeout: 5s, retries: {attempts: 3}'), want: [] },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('retries', yaml).map(summary)).toEqual(want));

  it('offers the timeout that would do', () => {
    const [finding] = findingsIn('retries', rule('timeout: 5s, retries: {attempts: 3, perTryTimeout: 2s}'));
    expect(finding?.fix).toEqual({ title: 'Allow 8s', edits: [{ file: 'test.yaml', line: 8, column: 52, endColumn: 54, text: '8s' }] });
  });
});

describe('locality-settings', () => {
  const failover = 'loadBalancer: {localityLbSetting: {failover: [{from: a, to: b}]}}';
  const cases: readonly Case[] = [
    { name: 'with outlier detection', yaml: dr(`host: web, trafficPolicy: {${failover}, outlierDetection: {interval: 1s}}`), want: [] },
    {
      name: 'without',
      yaml: dr(`host: web, trafficPolicy: {${failover}}`),
      want: ['LAT0006 DestinationRule default/x spec.trafficPolicy.loadBalancer.localityLbSetting: host "web"'],
    },
    { name: 'switched off', yaml: dr('host: web, trafficPolicy: {loadBalancer: {localityLbSetting: {enabled: false}}}'), want: [] },
    {
      name: 'weights need none',
      yaml: dr('host: web, trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: 100}}]}}}'),
      want: [],
    },
    {
      name: 'a subset inherits it',
      yaml: dr(
        `host: web, trafficPolicy: {outlierDetection: {interval: 1s}}, subsets: [{name: v1, labels: {v: a}, trafficPolicy: {${failover}}}]`,
      ),
      want: [],
    },
    {
      name: 'a port does not',
      yaml: dr(`host: web, trafficPolicy: {outlierDetection: {interval: 1s}, portLevelSettings: [{port: {number: 80}, ${failover}}]}`),
      want: [
        'LAT0006 DestinationRule default/x spec.trafficPolicy.portLevelSettings[0].loadBalancer.localityLbSetting: host "web", port 80',
      ],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('locality-settings', yaml).map(summary)).toEqual(want));
});
