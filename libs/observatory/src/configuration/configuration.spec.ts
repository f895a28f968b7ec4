import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { analyze, indexConfiguration } from '@lateen/analysis';
import { type AnyResource } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { buildMeshSnapshot } from '@lateen/mesh';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { RuleLabelsSchema } from '@lateen/xds/gen/lateen/observation_pb';
import { Reached } from '../rules';
import { deadPartsOf } from './dead';
import { effectOf, partEffectsOf } from './effects';
import { type ReachInputs, reachOf } from './reach';
import { shadowsOf } from './shadows';

const NOW = 1_700_000_000_000;
const SERVICE = `
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: default}, spec: {selector: {app: api}, ports: [{name: http, port: 80}]}}
---
`;
const VS = (http: string): string => `${SERVICE}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: vs, namespace: default}
spec:
  hosts: [api]
  http: ${http}
`;
const TWO = VS(
  '[{match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}], route: [{destination: {host: api}}]}, {route: [{destination: {host: api}}]}]',
);
const SHADOWED = VS('[{route: [{destination: {host: api}}]}, {match: [{uri: {prefix: /a}}], route: [{destination: {host: api}}]}]');

const L4 = (rules: string): string => `${SERVICE}
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: vs, namespace: default}, spec: {hosts: [api], ${rules}}}
`;
const TLS = `${SERVICE}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: vs, namespace: default}
spec:
  hosts: ['*.example.com']
  gateways: [gw]
  tls:
  - match: [{sniHosts: [a.example.com]}]
    route: [{destination: {host: api}}]
  - match: [{sniHosts: [b.example.com]}]
    route: [{destination: {host: api}}]
`;
/** Connections that a rule took. */
const tcp = (rule: string, hits: number, match = ''): Hit => ({ rule, match, hits, virtualHost: '', listener: '10.96.0.9_80' });
/** Requests for a host that had no route. */
const unmet = (asked: string, hits: number): Hit => ({ rule: '', hits, virtualHost: '', asked });

interface Hit {
  readonly rule: string;
  readonly match?: string;
  readonly hits: number;
  readonly virtualHost?: string;
  readonly listener?: string;
  readonly asked?: string;
}

function setUp(yaml: string, hits: readonly Hit[], clusters: Readonly<Record<string, number>> = {}) {
  const resources = resourcesFrom(yaml);
  const snapshot = buildMeshSnapshot({ resources, registry: buildRegistry({ resources }) });
  const reached = new Reached();
  const shares = [{ step: Math.floor(NOW / 5000) - 1, share: 1 }];
  for (const { rule, match = '', hits: count, virtualHost = 'api.default.svc.cluster.local:80', listener = '', asked = '' } of hits)
    reached.addRule(
      create(RuleLabelsSchema, {
        kind: rule === '' ? '' : 'VirtualService',
        namespace: 'default',
        name: 'vs',
        rule,
        match,
        virtualHost,
        listener,
        asked,
      }),
      count,
      shares,
      NOW,
    );
  for (const [name, requests] of Object.entries(clusters)) reached.addCluster(name, requests, shares, NOW);
  const inputs: ReachInputs = {
    reached,
    snapshot,
    nowMs: NOW,
  };
  const findings = analyze(indexConfiguration(resources)).findings;
  const of = (kind: string): AnyResource => resources.find((resource) => resource.kind === kind)!;
  const shadows = (resource: AnyResource) =>
    shadowsOf(
      resource,
      findings.filter(({ origin }) => origin?.kind === resource.kind),
    );
  return { inputs, of, shadows };
}

describe('what is dead', () => {
  const cases: readonly {
    name: string;
    kind?: string;
    yaml: string;
    hits?: readonly Hit[];
    clusters?: Readonly<Record<string, number>>;
    want: readonly string[];
  }[] = [
    {
      name: 'nothing of a rule that was reached',
      yaml: TWO,
      hits: [
        { rule: 'http[0]', match: 'match[0]', hits: 3 },
        { rule: 'http[0]', match: 'match[1]', hits: 1 },
        { rule: 'http[1]', hits: 2 },
      ],
      want: [],
    },
    {
      name: 'a match that was not, of a rule that was',
      yaml: TWO,
      hits: [
        { rule: 'http[0]', match: 'match[0]', hits: 3 },
        { rule: 'http[1]', hits: 2 },
      ],
      want: ['http[0].match[1] 5: 5 requests for its hosts, none met its conditions'],
    },
    {
      name: 'a rule, without its matches',
      yaml: TWO,
      hits: [{ rule: 'http[1]', hits: 2 }],
      want: ['http[0] 2: 2 requests for its hosts, none met its conditions'],
    },
    {
      name: 'the whole, where nothing asked: silence proves nothing',
      yaml: TWO,
      want: [' 0: nothing asked for its hosts, so there was nothing to judge by'],
    },
    {
      name: 'the whole, where requests for its hosts went by other routes',
      yaml: TWO,
      hits: [{ rule: '', hits: 4 }],
      want: [' 4: 4 requests for its hosts, none met its conditions'],
    },
    {
      name: 'a rule that requests without a route could have met',
      yaml: VS('[{match: [{uri: {exact: /a}}], route: [{destination: {host: api}}]}]'),
      hits: [unmet('api', 7), unmet('api.default.svc.cluster.local', 5000), unmet('other', 3), unmet('', 2)],
      want: [' 5007: 5,007 requests for its hosts, none met its conditions'],
    },
    {
      name: 'a rule behind one that takes everything',
      yaml: SHADOWED,
      hits: [{ rule: 'http[0]', hits: 9 }],
      want: ['http[1] 9: shadowed by rule 1 (http[0]), which has no conditions'],
    },
    {
      name: 'a TCP rule, by the connections that another one takes',
      yaml: L4('tcp: [{match: [{sourceLabels: {app: a}}], route: [{destination: {host: api}}]}, {route: [{destination: {host: api}}]}]'),
      hits: [tcp('tcp[1]', 3), { rule: '', hits: 7, virtualHost: 'api.default.svc.cluster.local:80' }],
      want: ['tcp[0] 3: 3 connections for its hosts, none met its conditions'],
    },
    {
      name: 'a TCP rule, by the connections to its service that no rule takes',
      yaml: L4('tcp: [{match: [{sourceLabels: {app: a}}], route: [{destination: {host: api}}]}]'),
      hits: [
        { ...tcp('', 4), virtualHost: 'api.default.svc.cluster.local:80' },
        { ...tcp('', 9), virtualHost: 'db.default.svc.cluster.local:80' },
      ],
      want: [' 4: 4 connections for its hosts, none met its conditions'],
    },
    {
      name: 'a TCP rule behind one that takes everything, and its matches with it',
      yaml: L4('tcp: [{route: [{destination: {host: api}}]}, {match: [{port: 1}, {port: 2}], route: [{destination: {host: api}}]}]'),
      hits: [tcp('tcp[0]', 3)],
      want: ['tcp[1] 3: shadowed by rule 1 (tcp[0]), which has no conditions'],
    },
    {
      name: 'a TLS rule, by connections for other names of its hosts',
      yaml: TLS,
      hits: [
        { ...tcp('tls[0]', 5, 'match[0]'), virtualHost: 'a.example.com' },
        { ...tcp('', 2), asked: 'c.example.com' },
        { ...tcp('', 8), asked: 'example.org' },
        unmet('c.example.com', 4),
      ],
      want: ['tls[1] 7: 7 connections for its hosts, none met its conditions'],
    },
    {
      name: 'no TLS rule in sidecars: it is not in effect',
      yaml: TLS.replace('gateways: [gw]', 'gateways: [mesh]'),
      want: [],
    },
    {
      name: 'no match by address: it is not in effect',
      yaml: L4('tcp: [{match: [{destinationSubnets: [10.0.0.0/8]}, {port: 1}], route: [{destination: {host: api}}]}]'),
      hits: [tcp('tcp[0]', 3, 'match[1]')],
      want: [],
    },
    {
      name: 'an HTTP rule, by requests and not by connections',
      yaml: L4('http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: api}}]}], tcp: [{route: [{destination: {host: api}}]}]'),
      hits: [tcp('tcp[0]', 3)],
      want: ['http[0] 0: nothing asked for its hosts, so there was nothing to judge by'],
    },
    {
      name: 'a subset that no request was sent to',
      kind: 'DestinationRule',
      yaml: `${SERVICE}{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: dr, namespace: default}, spec: {host: api, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}}`,
      clusters: { 'outbound|80|v1|api.default.svc.cluster.local': 6, 'outbound|80||other.default.svc.cluster.local': 5 },
      want: ['subsets[1] 6: 6 requests for its host, none was sent to this subset'],
    },
  ];
  it.each(cases)('$name', ({ kind = 'VirtualService', yaml, hits = [], clusters, want }) => {
    const { inputs, of, shadows } = setUp(yaml, hits, clusters);
    const resource = of(kind);
    const dead = deadPartsOf({
      resource,
      reach: reachOf(resource, inputs)!,
      shadows: shadows(resource),
      appliedAtMs: 0,
      judgedSinceMs: 0,
      nowMs: NOW,
    });
    expect(dead.map(({ path, candidates, reason }) => `${path} ${candidates}: ${reason}`)).toEqual(want);
  });

  it('does not count what was before it', () => {
    const { inputs, of } = setUp(TWO, [{ rule: 'http[1]', hits: 2 }]);
    const later = { ...inputs, nowMs: NOW + 60_000, sinceMs: NOW + 30_000 };
    expect(reachOf(of('VirtualService'), later)?.whole).toEqual({ requests: 0, requests5m: 0, candidates: 0 });
  });

  const S = Math.floor(NOW / 5000);
  const counts: readonly {
    name: string;
    /** Seconds before now. */
    applied: number;
    told: readonly {
      readonly hits: number;
      readonly secondsAgo: number;
      readonly shares: readonly (readonly [step: number, share: number])[];
    }[];
    want: { readonly requests: number; readonly requests5m: number };
  }[] = [
    {
      name: 'all of it where the part was applied within them, though its first report began before',
      applied: 2,
      told: [{ hits: 20, secondsAgo: 0, shares: [[S - 1, 0.6], [S, 0.4]] }], // prettier-ignore
      want: { requests: 20, requests5m: 20 },
    },
    {
      name: 'a single one, however its report falls into steps',
      applied: 2,
      told: [{ hits: 1, secondsAgo: 0, shares: [[S - 1, 0.7], [S, 0.3]] }], // prettier-ignore
      want: { requests: 1, requests5m: 1 },
    },
    {
      name: 'none that surely is older',
      applied: 900,
      told: [
        { hits: 7, secondsAgo: 400, shares: [[S - 81, 0.5], [S - 80, 0.5]] },
        { hits: 3, secondsAgo: 250, shares: [[S - 51, 0.5], [S - 50, 0.5]] },
      ], // prettier-ignore
      want: { requests: 10, requests5m: 3 },
    },
  ];
  it.each(counts)('of the last five minutes is $name', ({ applied, told, want }) => {
    const { inputs, of } = setUp(TWO, []);
    const nowMs = NOW + 3000;
    for (const { hits, secondsAgo, shares } of told)
      inputs.reached.addRule(
        create(RuleLabelsSchema, { kind: 'VirtualService', namespace: 'default', name: 'vs', rule: 'http[1]' }),
        hits,
        shares.map(([step, share]) => ({ step, share })),
        nowMs - secondsAgo * 1000,
      );
    expect(reachOf(of('VirtualService'), { ...inputs, nowMs, sinceMs: nowMs - applied * 1000 })?.whole).toMatchObject(want);
  });

  it('begins anew when a resource says something else', () => {
    const { inputs, of } = setUp(TWO, [{ rule: 'http[1]', hits: 2 }]);
    inputs.reached.restart({ kind: 'VirtualService', namespace: 'default', name: 'vs' }, NOW);
    expect(reachOf(of('VirtualService'), inputs)?.whole).toEqual({ requests: 0, requests5m: 0, candidates: 0 });
  });
});

describe('an effect', () => {
  const inputsFor = (yaml: string, hits: readonly Hit[], ignored?: string) => {
    const { inputs, of, shadows } = setUp(yaml, hits);
    const resource = of('VirtualService');
    return {
      resource,
      effect: {
        reach: reachOf(resource, inputs),
        ignored,
        proxies: { synced: 6, of: 7 },
        shadows: shadows(resource),
        countedSinceMs: NOW - 300_000,
        nowMs: NOW,
      },
    };
  };

  const cases: readonly { name: string; hits: readonly Hit[]; ignored?: string; want: string }[] = [
    { name: 'of what was reached', hits: [{ rule: 'http[1]', hits: 2014 }], want: 'matched 2,014 requests in 5 min; on 6 of 7 proxies' },
    { name: 'of what was not', hits: [], want: 'never matched: no request that it could be for in 5 min; on 6 of 7 proxies' },
    { name: 'of what is not in effect', hits: [], ignored: 'no such gateway', want: 'ignored: no such gateway' },
  ];
  it.each(cases)('$name', ({ hits, ignored, want }) => {
    const { resource, effect } = inputsFor(TWO, hits, ignored);
    expect(effectOf(resource, effect).sentence).toBe(want);
  });

  it('of rules for connections is told in connections, and which are not in effect', () => {
    const yaml = L4(
      'tcp: [{match: [{sourceLabels: {app: a}}], route: [{destination: {host: api}}]}, {match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: api}}]}, {route: [{destination: {host: api}}]}]',
    );
    const { resource, effect } = inputsFor(yaml, [tcp('tcp[2]', 2)]);
    expect([
      effectOf(resource, effect).sentence,
      ...partEffectsOf(resource, effect).map(({ path, sentence }) => `${path} ${sentence}`),
    ]).toEqual([
      'matched 2 connections in 5 min; on 6 of 7 proxies',
      'tcp[0] never matched: 2 connections could have, in 5 min',
      'tcp[2] matched 2 connections in 5 min',
      'tcp[1] not in effect: matching by address is not built, so it holds for nothing',
    ]);
  });

  it('says of a rule that an earlier one with conditions takes everything from', () => {
    const yaml = VS(
      '[{match: [{uri: {prefix: /}}], route: [{destination: {host: api}}]}, {match: [{uri: {prefix: /x}}], route: [{destination: {host: api}}]}]',
    );
    const { resource, effect } = inputsFor(yaml, [{ rule: 'http[0]', hits: 3 }]);
    expect(partEffectsOf(resource, effect).map(({ path, sentence }) => `${path} ${sentence}`)).toEqual([
      'http[0] matched 3 requests in 5 min',
      'http[1] never matched: shadowed by rule 1 (http[0]), which takes all that it would',
    ]);
  });

  it('of what is shadowed as a whole says so', () => {
    const yaml = `${TWO}---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: aa, namespace: default}, spec: {hosts: [api], http: [{route: [{destination: {host: api}}]}]}}
`;
    const { inputs, of, shadows } = setUp(yaml, [{ rule: '', hits: 4 }]);
    const resource = of('VirtualService');
    const effect = { reach: reachOf(resource, inputs), ignored: undefined, proxies: { synced: 6, of: 7 }, shadows: shadows(resource) };
    expect(effectOf(resource, { ...effect, countedSinceMs: NOW - 1000, nowMs: NOW }).sentence).toBe(
      'never matched: shadowed by VirtualService default/aa, which has its host; on 6 of 7 proxies',
    );
  });

  it('is told of each part at its line', () => {
    const { resource, effect } = inputsFor(SHADOWED, [{ rule: 'http[0]', hits: 1 }]);
    expect(partEffectsOf(resource, effect).map(({ path, line, sentence }) => `${path} ${line} ${sentence}`)).toEqual([
      'http[0] 6 matched 1 request in 5 min',
      'http[1] 6 never matched: shadowed by rule 1 (http[0]), which has no conditions',
    ]);
  });
});

describe('what is shadowed', () => {
  const route = 'route: [{destination: {host: api}}]';
  const rules = (...matches: readonly string[]): string => VS(`[${matches.map((match) => `{${match}${route}}`).join(', ')}]`);
  const by = (rule: number, list = 'http'): string => `shadowed by rule ${rule + 1} (${list}[${rule}]), which takes all that it would`;
  const OTHER = (hosts: string): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: aa, namespace: default}
spec: {hosts: [${hosts}], http: [{${route}}]}
`;
  const cases: readonly { readonly name: string; readonly yaml: string; readonly want: Readonly<Record<string, string>> }[] = [
    {
      name: 'a prefix within an earlier one',
      yaml: rules('match: [{uri: {prefix: /}}], ', 'match: [{uri: {prefix: /x}}], '),
      want: { 'http[1]': by(0), 'http[1].match[0]': by(0) },
    },
    {
      name: 'the same match again',
      yaml: rules('match: [{uri: {exact: /a}}], ', 'match: [{uri: {exact: /a}}], ', ''),
      want: { 'http[1]': by(0), 'http[1].match[0]': by(0) },
    },
    {
      name: 'an exact path within a prefix, which only our own analysis finds',
      yaml: rules('match: [{uri: {prefix: /a}}], ', 'match: [{uri: {exact: /a/b}}], '),
      want: { 'http[1]': by(0), 'http[1].match[0]': by(0) },
    },
    {
      name: 'one match of two: not the rule',
      yaml: rules('match: [{uri: {prefix: /a}}], ', 'match: [{uri: {prefix: /b}}, {uri: {prefix: /ab}}, {uri: {prefix: /bc}}], '),
      want: { 'http[1].match[1]': by(0), 'http[1].match[2]': 'shadowed by match 1 of its rule, which takes all that it would' },
    },
    {
      name: 'by two rules',
      yaml: rules(
        'match: [{uri: {prefix: /a}}], ',
        'match: [{uri: {prefix: /b}}], ',
        'match: [{uri: {prefix: /bc}}, {uri: {prefix: /ab}}], ',
      ),
      want: Object.fromEntries(
        ['http[2]', 'http[2].match[0]', 'http[2].match[1]'].map((path) => [
          path,
          'shadowed by rules 1 and 2 (http[0], http[1]), which take all that it would',
        ]),
      ),
    },
    {
      name: 'nothing that IST0131 is wrong about: an earlier rule for one host',
      yaml: rules('match: [{uri: {prefix: /a}, authority: {exact: x}}], ', 'match: [{uri: {prefix: /ab}}], '),
      want: {},
    },
    {
      name: 'nothing by a rule that leaves it to a delegate',
      yaml: VS(`[{match: [{uri: {prefix: /}}], delegate: {name: part}}, {match: [{uri: {prefix: /x}}], ${route}}]`),
      want: {},
    },
    {
      name: 'a TCP rule with the same port',
      yaml: L4(`tcp: [{match: [{port: 80}], ${route}}, {match: [{port: 80, sourceLabels: {app: a}}], ${route}}]`),
      want: { 'tcp[1]': by(0, 'tcp'), 'tcp[1].match[0]': by(0, 'tcp') },
    },
    {
      name: 'no name within an earlier wildcard: the name is tried first',
      yaml: TLS.replace('[a.example.com]', "['*.example.com']"),
      want: {},
    },
    {
      name: 'what no gateway and no sidecar has',
      yaml: rules('match: [{gateways: [nogw]}], ', ''),
      want: Object.fromEntries(
        ['http[0]', 'http[0].match[0]'].map((path) => [
          path,
          'no gateway and no sidecar can reach it: it is for default/nogw, the VirtualService for mesh',
        ]),
      ),
    },
    {
      name: 'all rules, by the VirtualService that has the host',
      yaml: `${TWO}${OTHER('api')}`,
      want: Object.fromEntries(
        ['http[0]', 'http[0].match[0]', 'http[0].match[1]', 'http[1]'].map((path) => [
          path,
          'shadowed by VirtualService default/aa, which has its host',
        ]),
      ),
    },
    {
      name: 'none where it keeps a host',
      yaml: `${TWO.replace('hosts: [api]', 'hosts: [api, b.example.com]')}${OTHER('api')}`,
      want: {},
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => {
    const resources = resourcesFrom(yaml, { allowIneffective: true });
    const { findings } = analyze(indexConfiguration(resources));
    const resource = resources.find(({ kind, metadata }) => kind === 'VirtualService' && metadata.name === 'vs')!;
    expect(
      Object.fromEntries(
        shadowsOf(
          resource,
          findings.filter(({ origin }) => origin?.kind === 'VirtualService' && origin.name === 'vs'),
        ),
      ),
    ).toEqual(want);
  });
});

describe('the reach of a Gateway', () => {
  const GATEWAY = `
{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: gw, namespace: default}, spec: {selector: {istio: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*.example.com']}]}}
---
{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: vs, namespace: default}, spec: {hosts: [a.example.com], gateways: [gw], http: [{route: [{destination: {host: api}}]}]}}
---${SERVICE}`;
  const EDGE: WorkloadInstance = {
    name: 'edge-0',
    namespace: 'default',
    workload: 'edge',
    kind: 'router',
    address: '10.0.0.9',
    labels: { istio: 'edge' },
    annotations: {},
    serviceAccount: 'edge',
    ports: [],
    ready: true,
  };
  const shares = [{ step: Math.floor(NOW / 5000) - 1, share: 1 }];
  const labels = (rule: string, virtualHost: string) =>
    create(RuleLabelsSchema, { kind: 'VirtualService', namespace: 'default', name: 'vs', rule, routeConfig: 'http.80', virtualHost });

  it('does not begin anew when a VirtualService bound to it says something else', () => {
    const resources = resourcesFrom(GATEWAY);
    const snapshot = buildMeshSnapshot({ resources, registry: buildRegistry({ resources, workloads: [EDGE] }) });
    const reached = new Reached();
    reached.addRule(labels('http[0]', 'a.example.com:80'), 13, shares, NOW);
    reached.restart({ kind: 'VirtualService', namespace: 'default', name: 'vs' }, NOW + 60_000);
    reached.addRule(labels('http[0]', 'a.example.com:80'), 2, [{ step: shares[0]!.step + 13, share: 1 }], NOW + 65_000);
    const inputs: ReachInputs = { reached, snapshot, nowMs: NOW + 70_000, sinceMs: NOW - 3_600_000 };
    const of = (kind: string): AnyResource => resources.find((resource) => resource.kind === kind)!;
    expect(reachOf(of('Gateway'), inputs)).toMatchObject({ whole: { requests: 15 }, parts: [{ path: 'servers[0]', requests: 15 }] });
    expect(reachOf(of('VirtualService'), inputs)).toMatchObject({ whole: { requests: 2, candidates: 2 } });
  });
});

describe('the reach of a Service', () => {
  const HOST = 'api.default.svc.cluster.local';
  const workload = (kind: 'router' | 'sidecar', app = 'api') => ({ kind, namespace: 'default', labels: { app } });
  it.each([
    ['of workloads is judged', [workload('sidecar')], 0, true],
    ['of a gateway is not: nothing in the mesh has to call it', [workload('router'), workload('sidecar', 'web')], 0, false],
    ['of a gateway that something calls is', [workload('router')], 4, true],
    ['of a gateway and a workload is', [workload('router'), workload('sidecar')], 0, true],
    ['that selects nothing is', [], 0, true],
  ] as const)('%s', (_, workloads, requests, judged) => {
    const { inputs, of } = setUp(SERVICE, [], requests === 0 ? {} : { [`outbound|80||${HOST}`]: requests });
    const { services, domain } = inputs.snapshot;
    const snapshot = { services, domain, workloads } as unknown as ReachInputs['snapshot'];
    expect(reachOf(of('Service'), { ...inputs, snapshot }) !== undefined).toBe(judged);
  });
});
