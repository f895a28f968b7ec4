import { describe, expect, it } from '@jest/globals';
import { PLAIN, renderText } from './render/text';
import { type LiveEndpoint } from './walk/endpoints';
import { type Outcome, explanationSchema, type Stage } from './model';
import { ask, type AskOptions, stepLines, worldFrom } from './testing/mesh';
import { proxyWorld } from './world/proxy-world';
import { RequestError } from './world/request-url';

const MESH = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: locked, namespace: default}
spec: {selector: {app: locked}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: default}
spec: {selector: {istio: ingressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: default}
spec: {template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: default}
spec: {template: {metadata: {labels: {istio: ingressgateway}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api-v1, namespace: default}
spec: {replicas: 2, template: {metadata: {labels: {app: api, version: v1}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: locked, namespace: default}
spec: {template: {metadata: {labels: {app: locked}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: default}
spec:
  host: api
  subsets:
  - {name: v1, labels: {version: v1}}
  - {name: v9, labels: {version: v9}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: HTTP}
    hosts: [api.example.com]
  - port: {number: 80, name: secured, protocol: HTTP}
    hosts: [secure.example.com]
    tls: {httpsRedirect: true}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec:
  hosts: [api, api.example.com]
  gateways: [mesh, front]
  http:
  - match:
    - uri: {prefix: /other}
      sourceLabels: {app: other}
    route: [{destination: {host: api}}]
  - match:
    - headers: {end-user: {exact: jason}}
      uri: {prefix: /u}
    route: [{destination: {host: api, subset: v7}}]
  - match: [{uri: {prefix: /uh}}]
    route: [{destination: {host: api, subset: v9}}]
  - match: [{uri: {prefix: /all}}]
    fault:
      delay: {fixedDelay: 2s, percentage: {value: 100}}
      abort: {httpStatus: 418, percentage: {value: 10}}
    timeout: 3s
    retries: {attempts: 3, perTryTimeout: 1s, retryOn: 5xx}
    rewrite: {uri: /f, authority: x.example.com}
    headers: {request: {add: {x-a: b}}, response: {remove: [server]}}
    mirror: {host: api}
    mirrorPercentage: {value: 5}
    corsPolicy: {allowOrigins: [{exact: "https://a.example.com"}]}
    route:
    - destination: {host: api, subset: v1}
      weight: 75
    - destination: {host: api, subset: v9}
      weight: 25
  - match: [{uri: {prefix: /move}}]
    redirect: {uri: /x, redirectCode: 308}
  - match: [{uri: {prefix: /tea}}]
    directResponse: {status: 418}
  - route: [{destination: {host: api, subset: v1}}]
  - match: [{uri: {prefix: /late}}]
    route: [{destination: {host: api}}]
`;
const STRICT = `---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: locked, namespace: default}
spec: {selector: {matchLabels: {app: locked}}, mtls: {mode: STRICT}}
`;
const PLAINTEXT = `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: locked, namespace: default}
spec: {host: locked, trafficPolicy: {tls: {mode: DISABLE}}}
`;
const mesh = (config: string): string => `---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    ${config}
`;

describe('steps of a request', () => {
  const told = (from: string, url: string, more = ''): readonly string[] => stepLines(ask(worldFrom(MESH + more), from, url), MESH + more);
  it('from a workload, through both sidecars, each with its line', () =>
    expect(told('client', 'http://api/nothing')).toEqual([
      '1 listener chosen 0.0.0.0_80',
      '1 filter-chain chosen',
      '1 virtual-host matched api: metadata: {name: api, namespace: default}',
      '1 route skipped http[0].match[0]: sourceLabels: {app: other}',
      '1 route not-matched http[1].match[0]: uri: {prefix: /u}',
      '1 route not-matched http[2].match[0]: - match: [{uri: {prefix: /uh}}]',
      '1 route not-matched http[3].match[0]: - match: [{uri: {prefix: /all}}]',
      '1 route not-matched http[4].match[0]: - match: [{uri: {prefix: /move}}]',
      '1 route not-matched http[5].match[0]: - match: [{uri: {prefix: /tea}}]',
      '1 route chosen http[6]: - route: [{destination: {host: api, subset: v1}}]',
      '1 route skipped http[7].match[0]: - match: [{uri: {prefix: /late}}]',
      '1 cluster chosen outbound|80|v1|api.default.svc.cluster.local: - route: [{destination: {host: api, subset: v1}}]',
      '1 cluster matched subset v1: - {name: v1, labels: {version: v1}}',
      '1 endpoint chosen outbound|80|v1|api.default.svc.cluster.local',
      '1 mtls applied',
      '1 timeout applied connect',
      '1 timeout skipped',
      '1 retry applied',
      '2 listener chosen virtualInbound',
      '2 filter-chain chosen 0.0.0.0_8080',
      '2 mtls applied',
      '2 virtual-host matched *',
      '2 route chosen default',
      '2 cluster chosen inbound|8080||',
      '2 endpoint chosen inbound|8080||',
    ]));

  it('on which everything is done that a rule can do', () =>
    expect(told('client', 'http://api/all').filter((line) => /^1 (fault|rewrite|headers|mirror|cluster|timeout|retry)/.test(line))).toEqual(
      [
        '1 fault applied delay: delay: {fixedDelay: 2s, percentage: {value: 100}}',
        '1 fault applied abort: abort: {httpStatus: 418, percentage: {value: 10}}',
        '1 headers applied x-a: headers: {request: {add: {x-a: b}}, response: {remove: [server]}}',
        '1 rewrite applied path: rewrite: {uri: /f, authority: x.example.com}',
        '1 rewrite applied host: rewrite: {uri: /f, authority: x.example.com}',
        '1 headers applied server: headers: {request: {add: {x-a: b}}, response: {remove: [server]}}',
        '1 mirror applied outbound|80||api.default.svc.cluster.local: mirror: {host: api}',
        '1 cluster chosen outbound|80|v1|api.default.svc.cluster.local: - destination: {host: api, subset: v1}',
        '1 cluster matched subset v1: - {name: v1, labels: {version: v1}}',
        '1 timeout applied connect',
        '1 cluster chosen outbound|80|v9|api.default.svc.cluster.local: - destination: {host: api, subset: v9}',
        '1 cluster matched subset v9: - {name: v9, labels: {version: v9}}',
        '1 timeout applied: timeout: 3s',
        '1 retry applied: retries: {attempts: 3, perTryTimeout: 1s, retryOn: 5xx}',
      ],
    ));

  it('from outside, with the Gateway and the VirtualService that have the host', () =>
    expect(
      told('ingress', 'http://api.example.com/move').filter((line) => /^1 (listener|virtual-host|route (chosen|applied))/.test(line)),
    ).toEqual([
      '1 listener chosen 0.0.0.0_8080: - port: {number: 80, name: http, protocol: HTTP}',
      '1 virtual-host matched api.example.com: hosts: [api.example.com]',
      '1 virtual-host matched api: hosts: [api, api.example.com]',
      '1 route chosen http[4].match[0]: - match: [{uri: {prefix: /move}}]',
      '1 route applied redirect: redirect: {uri: /x, redirectCode: 308}',
    ]));
});

describe('what is said', () => {
  const cases: readonly {
    name: string;
    url: string;
    from?: string;
    more?: string;
    stage: Stage;
    hop?: number;
    options?: AskOptions;
    want: object;
  }[] = [
    {
      name: 'the predicate that failed, and the value there is',
      url: 'http://api/u',
      options: { headers: [['End-User', 'mary']] },
      stage: 'route',
      want: {
        verdict: 'not-matched',
        reason: 'The header end-user is expected to be "jason", and is "mary".',
        predicate: { kind: 'header', name: 'end-user', expected: 'to be "jason"', actual: 'mary' },
      },
    },
    {
      name: 'a rule that is for other clients',
      url: 'http://api/other',
      stage: 'route',
      want: {
        verdict: 'skipped',
        reason: 'It is not for this client: the label app of its workload must be "other", and is "client".',
        predicate: { kind: 'client', name: 'sourceLabels.app', expected: 'to be "other"', actual: 'client' },
      },
    },
    {
      name: 'a subset that nobody defines',
      url: 'http://api/u',
      options: { headers: [['end-user', 'jason']] },
      stage: 'cluster',
      want: { verdict: 'not-matched', reason: expect.stringContaining('defines subset "v7"; there are v1, v9.') },
    },
    {
      name: 'a subset that nothing runs in',
      url: 'http://api/uh',
      stage: 'endpoint',
      want: {
        verdict: 'not-matched',
        reason: 'No workload of api.default.svc.cluster.local has the labels version=v9: 503 with flag UH.',
        endpoints: [],
      },
    },
    {
      name: 'endpoints with locality and health',
      url: 'http://locked/',
      stage: 'endpoint',
      want: {
        endpoints: [
          {
            address: '10.1.3.10:8080',
            workload: 'locked-0.default',
            locality: 'region1/zone1',
            priority: 0,
            weight: 1,
            health: 'healthy',
            usable: true,
            tls: true,
          },
        ],
      },
    },
    {
      name: 'mutual TLS by default',
      url: 'http://locked/',
      stage: 'mtls',
      want: {
        verdict: 'applied',
        source: 'default',
        reason: 'Mutual TLS, automatically: the destination has a sidecar, and the default mode is PERMISSIVE.',
      },
    },
    {
      name: 'mutual TLS that is demanded',
      url: 'http://locked/',
      more: STRICT,
      stage: 'mtls',
      hop: 2,
      want: {
        verdict: 'applied',
        source: 'PeerAuthentication',

        reason: 'PeerAuthentication default/locked says STRICT, which takes mutual TLS only; this connection is TLS.',
      },
    },
    {
      name: 'plaintext that a DestinationRule demands',
      url: 'http://locked/',
      more: PLAINTEXT,
      stage: 'mtls',
      want: { verdict: 'skipped', source: 'DestinationRule', reason: 'DestinationRule default/locked says DISABLE: plaintext.' },
    },
    {
      name: 'automatic mutual TLS that is off',
      url: 'http://locked/',
      more: mesh('enableAutoMtls: false'),
      stage: 'mtls',
      want: { verdict: 'skipped', source: 'MeshConfig', reason: 'Plaintext: automatic mutual TLS is off in the mesh.' },
    },
    {
      name: "the mesh's own retries",
      url: 'http://locked/',
      more: mesh('defaultHttpRetryPolicy: {attempts: 0}'),
      stage: 'retry',
      want: { verdict: 'skipped', source: 'MeshConfig', reason: 'It is never tried again.' },
    },
    {
      name: 'a policy that is not enforced yet',
      url: 'http://locked/',
      more: `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: default}
spec: {selector: {matchLabels: {app: locked}}, action: DENY, rules: [{}]}
`,
      stage: 'authorization',
      hop: 2,
      want: {
        verdict: 'skipped',

        reason: 'AuthorizationPolicy default/nobody is for this workload, and is not enforced yet: it lets every request pass.',
      },
    },
    {
      name: 'a path that is matched as another',
      url: 'http://api/x/../tea',
      stage: 'rewrite',
      want: {
        verdict: 'applied',
        name: 'normalize path',
        reason: 'The path "/x/../tea" is matched and forwarded as "/tea".',
        source: 'default',
      },
    },
    {
      name: 'an origin that is not allowed',
      url: 'http://api/all',
      options: { headers: [['origin', 'https://evil.example.com']] },
      stage: 'headers',
      want: { verdict: 'not-matched', name: 'cors' },
    },
    {
      name: 'a host that no Gateway takes',
      from: 'ingress',
      url: 'http://elsewhere.example.com/',
      stage: 'virtual-host',
      want: {
        verdict: 'not-matched',
        reason: 'Nothing in the route configuration http.8080 is for host "elsewhere.example.com": 404 with flag NR.',
      },
    },
  ];
  it.each(cases)('$name', ({ from = 'client', url, more = '', stage, hop = 1, options, want }) => {
    const { steps } = ask(worldFrom(MESH + more), from, url, options);
    expect(steps.filter((step) => step.stage === stage && step.hop === hop)).toContainEqual(expect.objectContaining(want));
  });

  it('a header whose value is worked out', () => {
    const world = worldFrom(MESH.replace('add: {x-a: b}', 'add: {x-a: "50%% of %REQ(user-agent)%"}'));
    const { reason } = ask(world, 'client', 'http://api/all').steps.find(({ stage }) => stage === 'headers') ?? {};
    expect(reason).toBe('The header x-a "50%% of %REQ(user-agent)%" is added to the request.');
  });
});

describe('outcomes', () => {
  type Ends = readonly Partial<Outcome>[];
  const v1 = 'outbound|80|v1|api.default.svc.cluster.local';
  const v9 = 'outbound|80|v9|api.default.svc.cluster.local';
  const cases: readonly { name: string; url: string; from?: string; more?: string; options?: AskOptions; want: Ends }[] = [
    {
      name: 'a route',
      url: 'http://api/',
      want: [{ kind: 'route', cluster: v1, probability: 1, rule: 'VirtualService default/api http[6]' }],
    },
    {
      name: 'chances of faults and weights, multiplied',
      url: 'http://api/all',
      want: [
        { kind: 'route', cluster: v1, flag: 'DI', probability: 0.675 },
        { kind: 'route', cluster: v9, status: 503, flag: 'DI,UH', probability: 0.225 },
        { kind: 'fault', status: 418, flag: 'DI,FI', probability: 0.1 },
      ],
    },
    { name: 'a redirect', url: 'http://api/move', want: [{ kind: 'redirect', status: 308, location: 'http://api/x' }] },
    { name: 'an answer of the proxy', url: 'http://api/tea', want: [{ kind: 'direct-response', status: 418 }] },
    { name: 'no rule', from: 'ingress', url: 'http://elsewhere.example.com/', want: [{ kind: 'no-route', status: 404, flag: 'NR' }] },
    {
      name: 'https only',
      from: 'ingress',
      url: 'http://secure.example.com/a?b',
      want: [{ kind: 'redirect', status: 301, location: 'https://secure.example.com/a?b' }],
    },
    { name: 'a path that is refused', url: 'http://api/a%00', want: [{ kind: 'denied', status: 400 }] },
    { name: 'nothing listens', from: 'ingress', url: 'https://api.example.com/', want: [{ kind: 'no-route' }] },
    { name: 'an unknown host', url: 'http://elsewhere.example.com/', want: [{ kind: 'passthrough', cluster: 'PassthroughCluster' }] },
    {
      name: 'an unknown host where that is refused',
      url: 'http://elsewhere.example.com/',
      more: mesh('outboundTrafficPolicy: {mode: REGISTRY_ONLY}'),
      want: [{ kind: 'black-hole', status: 502 }],
    },
    {
      name: 'an unknown port where that is refused',
      url: 'http://elsewhere.example.com:81/',
      more: mesh('outboundTrafficPolicy: {mode: REGISTRY_ONLY}'),
      want: [{ kind: 'black-hole', cluster: 'BlackHoleCluster', flag: 'UH' }],
    },
    { name: 'bytes', url: 'http://api:5432/', want: [{ kind: 'route', cluster: 'outbound|5432||api.default.svc.cluster.local' }] },
    {
      name: 'plaintext to one that wants mutual TLS',
      url: 'http://locked/',
      more: STRICT + PLAINTEXT,
      want: [{ kind: 'route', status: 503, flag: 'UC' }],
    },
    {
      name: 'a preflight',
      url: 'http://api/all',
      options: {
        method: 'OPTIONS',
        headers: [
          ['origin', 'https://a.example.com'],
          ['access-control-request-method', 'GET'],
        ],
      },
      want: [
        { kind: 'direct-response', status: 200, flag: 'DI', probability: 0.9 },
        { kind: 'fault', probability: 0.1 },
      ],
    },
  ];
  it.each(cases)('$name', ({ from = 'client', url, more = '', options, want }) => {
    const explanation = ask(worldFrom(MESH + more), from, url, options);
    const { outcome, outcomes } = explanation;
    expect(outcomes.map((one) => ({ ...one, probability: Number(one.probability.toFixed(6)) }))).toMatchObject(want);
    expect(outcomes).toHaveLength(want.length);
    expect(outcome).toBe(outcomes[0]);
    // What is documented is what is answered, no more and no less.
    expect(explanationSchema.parse(JSON.parse(JSON.stringify(explanation)))).toEqual(JSON.parse(JSON.stringify(explanation)));
  });
});

describe('live state', () => {
  const addresses = (): readonly string[] =>
    ask(worldFrom(MESH), 'client', 'http://api/')
      .steps.find(({ stage }) => stage === 'endpoint')
      ?.endpoints?.map(({ address }) => address) ?? [];
  const ejected = (which: readonly string[]) => {
    const state = new Map(which.map((address): [string, LiveEndpoint] => [address, { ejected: true }]));
    return ask({ ...worldFrom(MESH), liveEndpoints: () => ({ unwell: state, empty: false }) }, 'client', 'http://api/');
  };
  it('takes ejected endpoints out', () => {
    const { steps, outcome, notes } = ejected(addresses().slice(0, 1));
    const [endpoint] = steps.filter(({ stage }) => stage === 'endpoint');
    expect(endpoint).toMatchObject({
      reason: '1 of 2 endpoints can take the request.',
      endpoints: [
        { ejected: true, usable: false },
        { ejected: false, usable: true },
      ],
    });
    expect([outcome.status, notes]).toEqual([undefined, []]);
  });
  it.each([
    {
      name: 'gives no address',
      empty: true,
      outcome: { status: 503, flag: 'UH' },
      reason: 'DNS gives the proxy no address for its endpoints: 503 with flag UH.',
    },
    { name: 'gives some', empty: false, outcome: { kind: 'route' }, reason: '1 endpoint can take the request.' },
  ])('says of a name whether it $name', ({ empty, outcome, reason }) => {
    const entry = `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: default}
spec: {hosts: [far.example.com], resolution: DNS, location: MESH_EXTERNAL, ports: [{number: 80, name: http, protocol: HTTP}]}
`;
    const live = { ...worldFrom(MESH + entry), liveEndpoints: () => ({ unwell: new Map<string, LiveEndpoint>(), empty }) };
    const told = ask(live, 'client', 'http://far.example.com/');
    expect(told.outcome).toMatchObject(outcome);
    expect(told.steps.find(({ stage }) => stage === 'endpoint')).toMatchObject({ reason, endpoints: [{ usable: !empty }] });
    expect(renderText(told, PLAIN).includes('no address')).toBe(empty);
  });
  const tls = (more: string): string => `---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: far, namespace: default}
spec: {hosts: [far.example.com], resolution: STATIC, endpoints: [{address: 192.0.2.9}], location: MESH_EXTERNAL, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: far, namespace: default}
spec: {host: far.example.com, trafficPolicy: {tls: {mode: SIMPLE, ${more}}}}
`;
  it.each([
    { name: 'a file that the proxy has', more: 'caCertificates: /ca.pem', held: ['file-root:/ca.pem'], missing: undefined },
    { name: 'a file that it has not', more: 'caCertificates: /ca.pem', held: ['default'], missing: 'the proxy does not have file /ca.pem' },
    { name: 'a file of which nobody knows', more: 'caCertificates: /ca.pem', held: undefined, missing: undefined },
    {
      name: 'a secret that is not there',
      more: 'credentialName: far',
      held: ['default'],
      missing: 'secret "far-cacert" is not there, in namespace default',
    },
  ])('says of TLS by $name whether it can be made', ({ more, held, missing }) => {
    const world = { ...worldFrom(MESH + tls(more)), heldSecrets: () => (held === undefined ? undefined : new Set(held)) };
    const { outcome, steps } = ask(world, 'client', 'http://far.example.com/');
    expect([outcome.status, outcome.flag]).toEqual(missing === undefined ? [undefined, undefined] : [503, 'UF']);
    expect(steps.find(({ stage }) => stage === 'mtls')).toMatchObject(
      missing === undefined
        ? { verdict: 'applied' }
        : { verdict: 'not-matched', reason: `TLS cannot be made: ${missing}: 503 with flag UF.`, source: 'DestinationRule' },
    );
  });

  it('leaves none when all are', () => expect(ejected(addresses()).outcome).toMatchObject({ kind: 'route', status: 503, flag: 'UH' }));
});

describe('what cannot be explained', () => {
  const world = worldFrom(MESH);
  it.each([
    { name: 'a scheme that is not HTTP', url: 'ftp://api/' },
    { name: 'no host', url: 'http:///a' },
    { name: 'a port that is none', url: 'http://api:99999/' },
    { name: 'a user name', url: 'http://me@api/' },
    { name: 'a space', url: 'http://api/a b' },
  ])('$name', ({ url }) => expect(() => ask(world, 'client', url)).toThrow(RequestError));
  it('a header that is none', () => expect(() => ask(world, 'client', 'http://api/', { headers: [['a b', 'c']] })).toThrow(RequestError));
  it('a header with a line break', () =>
    expect(() => ask(world, 'client', 'http://api/', { headers: [['a', 'b\nc: d']] })).toThrow(RequestError));
});

describe('a proxy that refuses a part', () => {
  it('is told to go on with what it had, if it runs', () => {
    const world = worldFrom(MESH);
    const worldOf: typeof world.worldOf = (proxy) => ({
      ...(world.worldOf?.(proxy) ?? proxyWorld(world.mesh, proxy)),
      refused: ['80: no such thing'],
    });
    expect(ask({ ...world, worldOf }, 'client', 'http://api/').notes).toContain(
      'The proxy refuses a part of its configuration: 80: no such thing. One that runs goes on with what it had before; this tells of one that starts now.',
    );
  });
});
