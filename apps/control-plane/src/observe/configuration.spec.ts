import { create } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { type AnyResource } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { buildMeshSnapshot } from '@lateen/mesh';
import { Reached, stepOf } from '@lateen/observatory';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { PackedResource, TYPE_URL } from '@lateen/xds';
import { NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { type AdsServer, type XdsClientInfo, type XdsEvent } from '@lateen/xds/server';
import { RuleLabelsSchema } from '@lateen/xds/gen/lateen/observation_pb';
import { SyncTracker } from '../push/sync-tracker';
import { type ConfigurationSource, ConfigurationViews } from './configuration';

const NOW = 1_700_000_003_000;
const VS = `
{apiVersion: v1, kind: Service, metadata: {name: api, namespace: default}, spec: {selector: {app: api}, ports: [{name: http, port: 80}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: vs, namespace: default}
spec:
  hosts: [api]
  http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: api}}]}, {route: [{destination: {host: api}}]}]
`;

interface World {
  readonly yaml?: string;
  /** Seconds before now. */
  readonly applied?: number;
  readonly started?: number;
  /** Rules that a proxy told of, and how many seconds ago its window ended. */
  readonly workloads?: readonly WorkloadInstance[];
  /** Of the world that first had the resources. */
  readonly generation?: number;
  readonly hits?: readonly (readonly [rule: string, secondsAgo: number])[];
}

function views(
  { yaml = VS, applied = 3600, started = 7200, hits = [], generation = 1, workloads = [] }: World,
  ads: AdsServer = fakeAds().server,
): ConfigurationViews {
  const sync = new SyncTracker(ads, new PausedClock(NOW));
  const resources = resourcesFrom(yaml, { allowIneffective: true });
  const clock = new PausedClock(NOW);
  const reached = new Reached();
  for (const [rule, secondsAgo] of hits) {
    const toldMs = NOW - secondsAgo * 1000;
    const labels = { kind: 'VirtualService', namespace: 'default', name: 'vs', rule, virtualHost: 'api.default.svc.cluster.local:80' };
    reached.addRule(create(RuleLabelsSchema, labels), 1, [{ step: stepOf(toldMs - 2500), share: 1 }], toldMs);
  }
  reached.age(stepOf(NOW));
  const source = {
    clock,
    store: { list: () => resources },
    world: { current: { generation: 1, snapshot: buildMeshSnapshot({ resources, registry: buildRegistry({ resources, workloads }) }) } },
    observe: { observatory: { reached, startedAtMs: NOW - started * 1000 } },
    revisions: { appliedAtMs: (_: AnyResource) => NOW - applied * 1000, worldGeneration: () => generation, of: () => [] },
    ads,
    sync,
    violations: () => [],
  };
  return new ConfigurationViews(source as unknown as ConfigurationSource);
}

interface FakeProxy {
  readonly type?: 'sidecar' | 'router';
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
}

/** An ADS server whose clients answer as a test says. */
function fakeAds() {
  const listeners = new Set<(event: XdsEvent) => void>();
  const settled = new Map<string, number>();
  const clients = new Map<string, XdsClientInfo>();
  const emit = (event: XdsEvent): void => listeners.forEach((listener) => listener(event));
  const name = '/apis/networking.istio.io/v1/namespaces/default/virtual-service/vs';
  const bytes = new BinaryWriter().tag(3, WireType.LengthDelimited).string(name).finish();
  const routes = new PackedResource('80', TYPE_URL.RDS, bytes);
  const server: AdsServer = {
    addTo: () => undefined,
    clients: () =>
      [...clients.values()].map((client) => ({
        state: { client, types: new Map(), settledGeneration: settled.get(client.streamId) ?? -1 },
        view: { generation: 0, resources: (typeUrl: string) => new Map(typeUrl === TYPE_URL.RDS ? [['80', routes]] : []) },
      })),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const at = { atMs: 0, ms: 1, nonce: 'n', typeUrl: TYPE_URL.RDS };
  return {
    server,
    connect: (pod: string, { type = 'sidecar', namespace = 'default', labels = {} }: FakeProxy = {}): void => {
      const node = create(NodeSchema, { id: `${type}~10.0.0.1~${pod}.${namespace}~x`, metadata: { LABELS: labels } });
      const client: XdsClientInfo = { streamId: pod, node, caller: { via: 'none' }, protocol: 'delta', connectedAtMs: 0 };
      clients.set(pod, client);
      emit({ kind: 'connected', client, atMs: 0 });
    },
    /** Answers a push of routes; undefined words: it takes them. */
    answer: (pod: string, generation: number, words?: string): void => {
      const client = clients.get(pod)!;
      emit({ kind: 'pushed', client, generation, resources: ['80'], removed: [], bytes: 1, ...at });
      emit(words === undefined ? { kind: 'acked', client, ...at } : { kind: 'rejected', client, message: words, resources: ['80'], ...at });
      settled.set(pod, generation);
      emit({ kind: 'settled', client, atMs: 0, generation, pushed: true });
    },
  };
}

describe('what proxies rejected', () => {
  const vs = { kind: 'VirtualService', namespace: 'default', name: 'vs' };
  const told = (of: ConfigurationViews): object => {
    const { effect, errors, allFindings } = of.view(vs)!;
    return {
      proxies: effect.proxies,
      sentence: effect.sentence,
      errors,
      findings: allFindings.map(({ code, message }) => `${code} ${message}`),
    };
  };

  it('is not in effect there, and said with their words, until they take a later version', () => {
    const ads = fakeAds();
    const now = views({ generation: 2 }, ads.server);
    const before = views({ generation: 1 }, ads.server);
    for (const pod of ['a', 'b', 'c']) {
      ads.connect(pod);
      ads.answer(pod, 1);
    }
    for (const pod of ['a', 'b']) ads.answer(pod, 2, '80: no such regex');
    ads.answer('c', 2);
    expect(told(now)).toEqual({
      proxies: { synced: 1, of: 3 },
      sentence: expect.stringMatching(/on 1 of 3 proxies, 2 proxies rejected it: RDS: 80: no such regex$/),
      errors: 1,
      findings: ['proxy_rejected 2 proxies rejected it: RDS: 80: no such regex'],
    });
    // What they had before is not what they rejected.
    expect(told(before)).toMatchObject({ proxies: { synced: 3, of: 3 }, errors: 0 });
    ads.answer('c', 3, '80: no such regex');
    ads.answer('a', 3);
    expect(told(now)).toMatchObject({ proxies: { synced: 2, of: 3 } });
    ads.answer('b', 4);
    expect(told(now)).toMatchObject({ proxies: { synced: 3, of: 3 }, errors: 0, findings: [] });
  });

  it('is said to be in effect nowhere where all did', () => {
    const ads = fakeAds();
    const now = views({ generation: 2 }, ads.server);
    ads.connect('a');
    ads.answer('a', 2, '80: no');
    expect(now.view(vs)?.effect).toMatchObject({
      state: 'ignored',
      sentence: 'in effect on 0 of 1 proxy, 1 proxy rejected it: RDS: 80: no',
    });
  });
});

function workloadOf(namespace: string, app: string, name: string): WorkloadInstance {
  const address = '10.0.0.1';
  return {
    name,
    namespace,
    workload: app,
    kind: 'sidecar',
    address,
    labels: { app },
    annotations: {},
    serviceAccount: app,
    ports: [],
    ready: true,
  };
}

describe('a selector', () => {
  const policy = (kind: string, namespace: string, spec: string): string =>
    `{apiVersion: ${kind === 'Telemetry' ? 'telemetry.istio.io/v1' : kind === 'PeerAuthentication' ? 'security.istio.io/v1' : 'networking.istio.io/v1'}, kind: ${kind}, metadata: {name: p, namespace: ${namespace}}, spec: ${spec}}`;
  const NOBODY = 'spec.selector.matchLabels none of namespace "other" has the labels app=nobody';
  it.each([
    [
      'that selects nothing is dead',
      'PeerAuthentication',
      'other',
      '{selector: {matchLabels: {app: nobody}}, mtls: {mode: STRICT}}',
      NOBODY,
    ],
    ['of a Telemetry too', 'Telemetry', 'other', '{selector: {matchLabels: {app: nobody}}, metrics: [{}]}', NOBODY],
    [
      'selects in its own namespace only',
      'Telemetry',
      'other',
      '{selector: {matchLabels: {app: web}}, metrics: [{}]}',
      NOBODY.replace('nobody', 'web'),
    ],
    ['that selects something is not dead', 'PeerAuthentication', 'default', '{selector: {matchLabels: {app: web}}}', undefined],
    [
      'of the root namespace selects everywhere',
      'Telemetry',
      'istio-system',
      '{selector: {matchLabels: {app: web}}, metrics: [{}]}',
      undefined,
    ],
    ['that is none selects all', 'PeerAuthentication', 'other', '{mtls: {mode: STRICT}}', undefined],
    [
      'of a Gateway selects everywhere',
      'Gateway',
      'other',
      '{selector: {app: edge}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.b]}]}',
      'spec.selector none of the mesh has the labels app=edge',
    ],
  ])('%s', (_, kind, namespace, spec, want) => {
    const { dead } = views({ yaml: policy(kind, namespace, spec), workloads: [workloadOf('default', 'web', 'web-0')] }).dead();
    const found = dead.map(
      ({ path, reason, certain }) => `spec.${path} ${reason.replace('selects no workload: ', '')}${certain === true ? '' : ' ?'}`,
    );
    expect(found).toEqual(want === undefined ? [] : [want]);
  });
});

describe('the proxies that a resource is for', () => {
  const PROXIES: readonly (readonly [pod: string, proxy: FakeProxy])[] = [
    ['web-0', { labels: { app: 'web' } }],
    ['api-0', { labels: { app: 'api' } }],
    ['web-1', { namespace: 'other', labels: { app: 'web' } }],
    ['edge-0', { type: 'router', namespace: 'istio-system', labels: { app: 'edge' } }],
  ];
  const resource = (kind: string, namespace: string, spec: string): string => {
    const group = { Telemetry: 'telemetry', PeerAuthentication: 'security', AuthorizationPolicy: 'security' }[kind] ?? 'networking';
    const version = kind === 'EnvoyFilter' ? 'v1alpha3' : 'v1';
    return `{apiVersion: ${group}.istio.io/${version}, kind: ${kind}, metadata: {name: p, namespace: ${namespace}}, spec: ${spec}}`;
  };
  const WEB = 'selector: {matchLabels: {app: web}}';
  const GATEWAY = 'servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.b]}]';
  const PATCH = 'configPatches: [{applyTo: CLUSTER, patch: {operation: MERGE, value: {connect_timeout: 1s}}}]';
  it.each([
    ['a Telemetry with a selector', 'Telemetry', 'default', `{${WEB}, metrics: [{}]}`, 1, 'in effect on 1 of 1 proxy'],
    ['one of a namespace', 'Telemetry', 'default', '{metrics: [{}]}', 2, 'in effect on 2 of 2 proxies'],
    ['one of the mesh', 'Telemetry', 'istio-system', '{metrics: [{}]}', 4, 'in effect on 4 of 4 proxies'],
    ['one of the mesh with a selector', 'Telemetry', 'istio-system', `{${WEB}, metrics: [{}]}`, 2, 'in effect on 2 of 2 proxies'],
    ['a PeerAuthentication', 'PeerAuthentication', 'other', `{${WEB}, mtls: {mode: STRICT}}`, 1, 'in effect on 1 of 1 proxy'],
    ['an AuthorizationPolicy', 'AuthorizationPolicy', 'default', `{${WEB}}`, 1, expect.stringMatching(/^ignored: /)],
    ['an EnvoyFilter', 'EnvoyFilter', 'default', `{workloadSelector: {labels: {app: api}}, ${PATCH}}`, 1, expect.anything()],
    ['a Sidecar', 'Sidecar', 'default', `{workloadSelector: {labels: {app: web}}, egress: [{hosts: ['./*']}]}`, 1, expect.anything()],
    ['a Sidecar of the mesh', 'Sidecar', 'istio-system', `{egress: [{hosts: ['./*']}]}`, 4, expect.anything()],
    [
      'a Gateway, which is for gateways',
      'Gateway',
      'default',
      `{selector: {app: edge}, ${GATEWAY}}`,
      1,
      expect.stringMatching(/ on 1 of 1 proxy;/),
    ],
    [
      'a Gateway, which a sidecar cannot be',
      'Gateway',
      'default',
      `{selector: {app: web}, ${GATEWAY}}`,
      0,
      expect.stringMatching(/ on no connected proxy;/),
    ],
    [
      'one that selects nothing',
      'Telemetry',
      'default',
      '{selector: {matchLabels: {app: nobody}}, metrics: [{}]}',
      0,
      'ignored: selects no workload: none of namespace "default" has the labels app=nobody',
    ],
  ])('are counted: %s', (_, kind, namespace, spec, of, sentence) => {
    const ads = fakeAds();
    const workloads = PROXIES.map(([name, { namespace: ns = 'default', labels = {} }]) => workloadOf(ns, labels['app']!, name));
    const now = views({ yaml: resource(kind, namespace, spec), workloads }, ads.server);
    for (const [pod, proxy] of PROXIES) {
      ads.connect(pod, proxy);
      ads.answer(pod, 1);
    }
    expect(now.summaries()[0]?.effect).toMatchObject({ proxies: { synced: of, of }, sentence });
  });
});

describe('what is dead', () => {
  const cases: readonly { name: string; world: World; since?: number; want: readonly string[] }[] = [
    {
      name: 'a rule that was reached before the time, and another since',
      world: {
        hits: [
          ['http[0]', 300],
          ['http[1]', 20],
        ],
      },
      since: 60,
      want: ['http[0] 1 60: 1 request for its hosts, none met its conditions'],
    },
    {
      name: 'nothing that was reached within the time',
      world: {
        hits: [
          ['http[0]', 30],
          ['http[1]', 20],
        ],
      },
      since: 60,
      want: [],
    },
    {
      name: 'everything without a judgement where nothing was asked for within the time',
      world: {
        hits: [
          ['http[0]', 300],
          ['http[1]', 300],
        ],
      },
      since: 60,
      want: [' 0 60: nothing asked for its hosts, so there was nothing to judge by'],
    },
    {
      name: 'of what was applied within the time, what was not reached since then',
      world: { applied: 40, hits: [['http[1]', 20]] },
      since: 60,
      want: ['http[0] 1 40: 1 request for its hosts, none met its conditions'],
    },
    {
      name: 'nothing that was reached longer ago than steps are kept, but within the time',
      world: {
        hits: [
          ['http[0]', 1800],
          ['http[1]', 20],
        ],
      },
      since: 3000,
      want: [],
    },
    {
      name: 'without a judgement what is judged by less than two reports of proxies',
      world: {
        hits: [
          ['http[0]', 300],
          ['http[1]', 1],
        ],
      },
      since: 2,
      want: ['http[0] 0 2: counted for 2 s: too early to say'],
    },
    {
      name: 'by what came since the control plane started',
      world: { started: 30, hits: [['http[1]', 20]] },
      since: 60,
      want: ['http[0] 1 30: 1 request for its hosts, none met its conditions'],
    },
  ];
  it.each(cases)('$name', ({ world, since, want }) => {
    const { dead } = views(world).dead(since === undefined ? undefined : NOW - since * 1000);
    const ofRules = dead.filter(({ kind }) => kind === 'VirtualService');
    expect(
      ofRules.map(({ path, candidates, judgedSinceMs, reason }) => `${path} ${candidates} ${(NOW - judgedSinceMs) / 1000}: ${reason}`),
    ).toEqual(want);
  });
});
