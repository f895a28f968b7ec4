import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { type AnyResource } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { buildMeshSnapshot } from '@lateen/mesh';
import { Reached, stepOf } from '@lateen/observatory';
import { buildRegistry } from '@lateen/registry';
import { RuleLabelsSchema } from '@lateen/xds/gen/lateen/observation_pb';
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
  readonly hits?: readonly (readonly [rule: string, secondsAgo: number])[];
}

function views({ yaml = VS, applied = 3600, started = 7200, hits = [] }: World): ConfigurationViews {
  const resources = resourcesFrom(yaml);
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
    world: { current: { generation: 1, snapshot: buildMeshSnapshot({ resources, registry: buildRegistry({ resources }) }) } },
    observe: { observatory: { reached, startedAtMs: NOW - started * 1000 } },
    revisions: { appliedAtMs: (_: AnyResource) => NOW - applied * 1000, worldGeneration: () => 1, of: () => [] },
    ads: { clients: () => [] },
    violations: () => [],
  };
  return new ConfigurationViews(source as unknown as ConfigurationSource);
}

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
