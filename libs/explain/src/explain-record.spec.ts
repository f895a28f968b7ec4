import { describe, expect, it } from '@jest/globals';
import { UnknownProxyError } from './explain';
import { type ExplainedRecord, explainRecord } from './explain-record';
import { explanationSchema } from './model';
import { ask, worldFrom } from './testing/mesh';

const MESH = `apiVersion: v1
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
spec: {replicas: 2, template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec:
  hosts: [api]
  http:
  - match: [{headers: {end-user: {exact: jason}}}]
    fault: {abort: {httpStatus: 503, percentage: {value: 50}}}
    timeout: 1s
    route: [{destination: {host: api}}]
  - route: [{destination: {host: api}}]
`;
const world = worldFrom(MESH);
const CLUSTER = 'outbound|80||api.default.svc.cluster.local';
const endpoints = (): readonly string[] =>
  ask(world, 'client', 'http://api/')
    .steps.find(({ stage }) => stage === 'endpoint')
    ?.endpoints?.map(({ address }) => address) ?? [];

/** A GET that the client sent and that was answered 200, but for `changes`. */
function record(changes: Partial<ExplainedRecord> = {}): ExplainedRecord {
  return {
    proxy: 'client-0.default',
    reporter: 'source',
    startTimeMs: 5000,
    durationMs: 20,
    protocol: 'http',
    method: 'GET',
    scheme: 'http',
    authority: 'api',
    path: '/',
    requestHeaders: [],
    status: 200,
    flags: [],
    localAddress: '10.96.7.7:80',
    remoteAddress: '10.1.0.10:40000',
    rule: { kind: 'VirtualService', namespace: 'default', name: 'api', rule: 'http[1]', match: '' },
    cluster: CLUSTER,
    upstreamHost: endpoints()[1] ?? '',
    attempts: 1,
    routeConfig: '80',
    virtualHost: 'api.default.svc.cluster.local:80',
    mutualTls: false,
    serverName: '',
    ...changes,
  };
}

const happened = (changes?: Partial<ExplainedRecord>): readonly string[] =>
  explainRecord(world, record(changes)).steps.flatMap((step) =>
    step.happened === true ? [`${step.stage} ${step.name ?? ''} ${step.reason}`] : [],
  );

describe('a request that happened', () => {
  it('has its rule, its cluster and its endpoint marked, and goes on to the sidecar of that endpoint', () => {
    expect(happened()).toEqual([
      'route http[1] It takes every request that comes to it.',
      `cluster ${CLUSTER} It goes to api.default.svc.cluster.local:80.`,
      `endpoint ${CLUSTER} 2 endpoints can take the request. It went to ${endpoints()[1]}.`,
    ]);
    expect(explainRecord(world, record()).steps.find(({ hop }) => hop === 2)?.proxy).toBe('api-1.default');
  });

  it('has the outcome it had', () => {
    const explanation = explainRecord(world, record({ status: 504, flags: ['UT'], cause: undefined }));
    expect(explanation.outcomes).toEqual([
      {
        kind: 'route',
        cluster: CLUSTER,
        status: 504,
        flag: 'UT',
        rule: 'VirtualService default/api http[1]',
        probability: 1,
        reason: 'It went to api.default.svc.cluster.local:80, and was answered 504.',
      },
    ]);
    expect(explanationSchema.parse(explanation)).toEqual(explanation);
  });

  const jason = {
    requestHeaders: [['end-user', 'jason']],
    rule: { kind: 'VirtualService', namespace: 'default', name: 'api', rule: 'http[0]', match: 'match[0]' },
  } as const;
  it('has the fault that hit it marked', () => {
    const hit = { ...jason, status: 503, flags: ['FI'], upstreamHost: '', attempts: 0, fault: { abortStatus: 503 } };
    expect(happened(hit)).toContain(
      'fault abort 50 % of requests are answered with status 503, without reaching the destination. This one was answered 503.',
    );
    expect(explainRecord(world, record(hit)).outcome).toMatchObject({ kind: 'fault', status: 503, flag: 'FI' });
  });
  it('that a fault answered, as it answers all, is as the configuration says', () => {
    const always = worldFrom(MESH.replace('value: 50', 'value: 100'));
    const hit = { ...jason, status: 503, flags: ['FI'], upstreamHost: '', attempts: 0, fault: { abortStatus: 503 } };
    expect(explainRecord(always, record(hit)).notes.filter((note) => note.includes('changed'))).toEqual([]);
  });
  it('has no fault marked that missed it', () => expect(happened(jason).filter((line) => line.startsWith('fault'))).toEqual([]));
  it('has tries and timeouts told', () =>
    expect(happened({ ...jason, attempts: 3, flags: ['UT'] }).filter((line) => /^(timeout|retry)/.test(line))).toEqual([
      'timeout  The whole exchange may take 1 s; then it is 504 with flag UT. This one took longer.',
      expect.stringMatching(/This one was tried 3 times\.$/),
    ]));

  it('has the evidence of its cause and the change that would remove it', () => {
    const patch = { title: 'Start it', yaml: 'kind: X\n' };
    const cause = { code: 'x', short: 'x', sentence: 'It broke.', evidence: ['response flag UF', 'seen'], patch };
    expect(explainRecord(world, record({ cause })).outcome).toMatchObject({ evidence: ['response flag UF', 'seen'], patch });
    expect(explainRecord(world, record()).outcome).not.toHaveProperty('evidence');
  });

  it('of which the cause is known says it', () =>
    expect(explainRecord(world, record({ cause: { code: 'x', short: 'x', sentence: 'It broke.', evidence: [] } })).outcome.reason).toBe(
      'It broke.',
    ));

  it('tells when the rules have changed since', () =>
    expect(explainRecord(world, record(jason.rule === undefined ? {} : { rule: jason.rule })).notes).toContain(
      'The configuration has changed since: then, the request met VirtualService default/api http[0].match[0].',
    ));

  it('is told with where the configuration said so when it failed', () => {
    const where = { file: 'fix.yaml', line: 11, path: 'spec' };
    const failed = record({ cause: { code: 'x', short: 'x', sentence: 'It broke.', evidence: [], where } });
    expect(explainRecord(world, failed).outcome).toMatchObject({ reason: 'It broke.', file: 'fix.yaml', line: 11 });
  });

  const hit = { ...jason, attempts: 3, flags: ['UT'], fault: { delayMs: 10 } } as const;
  const then = `The configuration has changed since: then, the request met VirtualService default/api http[1], and went to api.default.svc.cluster.local:80 at ${endpoints()[1]}.`;
  const sinceCases: readonly {
    name: string;
    /** The resource, and when. */
    changed: readonly [kind: string, atMs: number, how?: 'added' | 'changed' | 'deleted'];
    request?: Partial<ExplainedRecord>;
    stages: readonly string[];
    notes: readonly string[];
  }[] = [
    { name: 'nothing of it', changed: ['Sidecar', 6000], stages: ['route', 'cluster', 'endpoint'], notes: [] },
    { name: 'a rule before it', changed: ['VirtualService', 4000], stages: ['route', 'cluster', 'endpoint'], notes: [] },
    {
      name: 'its rule: what the record knows is still said',
      changed: ['VirtualService', 6000],
      stages: ['endpoint'],
      notes: ['VirtualService default/api was changed at 20:18:55, after this request: what its steps say is of now.', then],
    },
    {
      name: 'its rule, which also dealt with it',
      changed: ['VirtualService', 6000],
      request: hit,
      stages: ['endpoint', 'retry'],
      notes: [
        'VirtualService default/api was changed at 20:18:55, after this request: what its steps say is of now.',
        `The configuration has changed since: then, the request met VirtualService default/api http[0].match[0], and was held 10 ms by a fault, and was tried 3 times, and took longer than it might, and went to api.default.svc.cluster.local:80 at ${endpoints()[1]}.`,
      ],
    },
    {
      name: 'a resource beside its rule',
      changed: ['Service', 6000],
      stages: ['route', 'cluster', 'endpoint'],
      notes: ['Service default/api was changed at 20:18:55, after this request: what its steps say is of now.'],
    },
    {
      name: 'its rule, which is gone',
      changed: ['VirtualService', 6000, 'deleted'],
      request: { rule: { kind: 'VirtualService', namespace: 'default', name: 'old', rule: 'http[1]', match: '' } },
      stages: ['cluster', 'endpoint'],
      notes: [
        'VirtualService default/old was deleted at 20:18:55, after this request.',
        'The configuration has changed since: then, the request met VirtualService default/old http[1].',
      ],
    },
  ];
  it.each(sinceCases)('does not say that it happened where it was changed since: $name', ({ changed, request, stages, notes }) => {
    const [kind, atMs, how = 'changed'] = changed;
    const explanation = explainRecord(
      {
        ...world,
        changedSince: (ref, sinceMs) =>
          ref.kind === kind && atMs > sinceMs && (how !== 'deleted' || ref.name === 'old') ? { how, moment: '20:18:55' } : undefined,
      },
      record(request),
    );
    const marked = explanation.steps.filter((step) => step.happened === true);
    expect(marked.map(({ stage }) => stage)).toEqual(stages);
    expect(explanation.notes.filter((note) => / (changed|deleted) /.test(note))).toEqual(notes);
    expect(explanationSchema.parse(explanation)).toEqual(explanation);
  });

  it('tells when a value was not kept', () =>
    expect(explainRecord(world, record({ requestHeaders: [['end-user', '***']] })).notes).toContain(
      'Values of headers with credentials are not kept: rules that ask for them are told as not matched.',
    ));

  it('is matched by the path that came to its proxy, whatever one before it had rewritten', () =>
    expect(explainRecord(world, record({ path: '/new', requestHeaders: [['x-envoy-original-path', '/old']] })).request.url).toBe(
      'http://api/new',
    ));

  it('is taken by the sidecar of its destination', () => {
    const inbound = record({
      proxy: 'api-0.default',
      reporter: 'destination',
      localAddress: endpoints()[0] ?? '',
      cluster: 'inbound|8080||',
      upstreamHost: endpoints()[0] ?? '',
      rule: undefined,
      mutualTls: true,
      serverName: 'outbound_.80_._.api.default.svc.cluster.local',
    });
    const { steps, outcome } = explainRecord(world, inbound);
    expect([steps.map(({ side }) => side).every((side) => side === 'inbound'), outcome.cluster]).toEqual([true, 'inbound|8080||']);
    expect(steps.find(({ stage }) => stage === 'mtls')?.verdict).toBe('applied');
  });

  it('of a proxy that is gone cannot be explained', () =>
    expect(() => explainRecord(world, record({ proxy: 'gone.default' }))).toThrow(UnknownProxyError));
});
