import { describe, expect, it } from '@jest/globals';
import { type ExplainedRecord, explainRecord } from '../explain-record';
import { PLAIN, renderText } from '../render/text';
import { ask, worldFrom } from '../testing/mesh';

/** A client and an api; `rule` is the spec of a DestinationRule for it, `retries` of its only rule. */
const mesh = (rule: string, retries = '', more = ''): string => `apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, clusterIP: 10.96.7.7, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: default}
spec: {template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: default}
spec: {template: {metadata: {labels: {app: api, version: v1}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec: {hosts: [api], http: [{route: [{destination: {host: api, subset: v1}}]${retries}}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: default}
spec: {host: api, ${rule}}
${more}`;
const SUBSET = 'subsets: [{name: v1, labels: {version: v1}}]';
const POOL = 'connectionPool: {tcp: {connectTimeout: 123ms}, http: {maxRetries: 1, idleTimeout: 7s}}';
const MESH_CONFIG = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    connectTimeout: 3s
`;

/** Limits as `stage name source reason`. */
const limitsOf = (yaml: string): readonly string[] =>
  ask(worldFrom(yaml), 'client', 'http://api/')
    .steps.filter(({ stage, hop }) => hop === 1 && (stage === 'timeout' || stage === 'retry'))
    .map(({ stage, name, source, reason }) => [stage, name, source, reason].filter((part) => part !== undefined).join(' '));
const TARGET = 'subset v1 of api.default.svc.cluster.local';
const SET = [
  `timeout connect DestinationRule A new connection to ${TARGET} must stand within 123 ms; else the try has failed with flag UF.`,
  `timeout idle DestinationRule A connection to ${TARGET} on which nothing happens for 7 s is closed.`,
  `retry at once DestinationRule No more than 1 of all requests to ${TARGET} are tried again at once; one more is not, with flag UO.`,
];

describe('limits of connections', () => {
  it.each([
    { name: 'of the rule', yaml: mesh(`${SUBSET}, trafficPolicy: {${POOL}}`) },
    { name: 'of the subset', yaml: mesh(`subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {${POOL}}}]`) },
    { name: 'of the port', yaml: mesh(`${SUBSET}, trafficPolicy: {portLevelSettings: [{port: {number: 80}, ${POOL}}]}`) },
  ])('come from the DestinationRule: $name', ({ yaml }) => {
    expect(limitsOf(yaml)).toEqual(expect.arrayContaining(SET));
    const step = ask(worldFrom(yaml), 'client', 'http://api/').steps.find(({ name }) => name === 'connect');
    expect(yaml.split('\n')[(step?.line ?? 0) - 1]).toContain('connectTimeout: 123ms');
  });

  it.each([
    { name: 'the default', yaml: mesh(SUBSET), want: /^timeout connect default .* within 10 s;/ },
    { name: 'MeshConfig', yaml: mesh(SUBSET, '', MESH_CONFIG), want: /^timeout connect MeshConfig .* within 3 s;/ },
  ])('come from $name where no DestinationRule says them', ({ yaml, want }) => {
    expect(limitsOf(yaml).filter((line) => / (connect|idle|at once) /.test(line))).toEqual([expect.stringMatching(want)]);
  });

  it.each([
    { retries: ', retries: {attempts: 5}', want: / The default says when and how far apart\.$/ },
    { retries: ', retries: {attempts: 5, retryOn: 5xx}', want: / The default says how far apart\.$/ },
    { retries: ', retries: {attempts: 5, retryOn: 5xx, backoff: 10ms}', want: / apart\.$/ },
    { retries: '', want: / apart\.$/ },
  ])('of retries say what the default says beside "$retries"', ({ retries, want }) => {
    const line = limitsOf(mesh(SUBSET, retries)).find((one) => one.startsWith('retry'));
    expect([line, /The default says/.test(line ?? '')]).toEqual([expect.stringMatching(want), want.source.includes('default')]);
  });
});

describe('limits that a request met', () => {
  const world = worldFrom(mesh(SUBSET, ', timeout: 9s, retries: {attempts: 2, perTryTimeout: 1s}'));
  const cause = (code: string) => ({ code, short: code, sentence: `${code}.`, evidence: [] });
  const record = (changes: Partial<ExplainedRecord>): ExplainedRecord => ({
    proxy: 'client-0.default',
    reporter: 'source',
    startTimeMs: 0,
    durationMs: 20,
    protocol: 'http',
    method: 'GET',
    scheme: 'http',
    authority: 'api',
    path: '/',
    requestHeaders: [],
    status: 504,
    flags: ['UT'],
    localAddress: '10.96.7.7:80',
    remoteAddress: '10.1.0.10:40000',
    cluster: 'outbound|80|v1|api.default.svc.cluster.local',
    upstreamHost: '10.1.0.11:8080',
    attempts: 3,
    routeConfig: '80',
    virtualHost: 'api.default.svc.cluster.local:80',
    mutualTls: false,
    serverName: '',
    ...changes,
  });
  const marked = (changes: Partial<ExplainedRecord>): readonly string[] =>
    explainRecord(world, record(changes)).steps.flatMap(({ stage, name = '', happened, reason }) =>
      happened === true ? [`${stage} ${name}: ${reason.replace(/^.*?[.:] /, '')}`] : [],
    );

  it.each([
    {
      name: 'of the whole exchange',
      changes: { cause: cause('route_timeout'), attempts: 1 },
      has: /^timeout : .*This one took longer\.$/,
      not: /^retry/,
    },
    {
      name: 'of one try',
      changes: { cause: cause('per_try_timeout') },
      has: /^retry : .*A try of this one took longer; there were 3\.$/,
      not: /^timeout/,
    },
    {
      name: 'of connecting',
      changes: { cause: cause('connect_timeout'), flags: ['UF'] },
      has: /^timeout connect: .*did not\.$/,
      not: /^timeout :/,
    },
  ])('is marked where it is the one $name', ({ changes, has, not }) => {
    const lines = marked(changes);
    expect(lines.filter((line) => has.test(line))).toHaveLength(1);
    expect(lines.filter((line) => not.test(line))).toEqual([]);
  });

  it.each([
    { name: 'held to the end', durationMs: 1020, flags: ['DI'], says: 'This one was held 1000 ms.' },
    { name: 'gone before', durationMs: 300.4, flags: ['DI', 'DC'], says: "This one's client was gone after 300 ms of 1000." },
  ])('is a delay: $name', ({ durationMs, flags, says }) => {
    const delayed = worldFrom(mesh(SUBSET, ', fault: {delay: {fixedDelay: 1s, percentage: {value: 100}}}'));
    const told = explainRecord(delayed, record({ durationMs, flags, status: 0, attempts: 0, fault: { delayMs: 1000 } }));
    expect(told.steps.find(({ stage, happened }) => stage === 'fault' && happened === true)?.reason).toContain(says);
    expect(renderText(told, PLAIN)).toContain(flags.includes('DC') ? '✗ It went' : '✓ It went');
  });

  it('is nothing to whoever gave up while it was held', () =>
    expect(marked({ status: 0, flags: ['DI', 'DC'], attempts: 0, upstreamHost: '' }).filter((line) => line.startsWith('cluster'))).toEqual(
      [],
    ));
});
