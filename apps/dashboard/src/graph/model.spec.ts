import { describe, expect, it } from '@jest/globals';
import { groupsOf, isFound, topologyKey, visibleGraph, workloadsOf } from './model';
import { edge, node } from './testing';

const graph = {
  atMs: 0,
  windowSeconds: 60,
  nodes: [
    node('a-v1'),
    node('b-v1'),
    node('b-v10'),
    node('b-v2'),
    node('c-v1', { workload: { name: 'c-v1', namespace: 'other', app: 'c', version: 'v1' } }),
  ],
  edges: [
    edge('a-v1', 'b-v1', 3),
    edge('a-v1', 'b-v2', 0, { rates: { perSecond: 0, errorRatio: 0, requests: 0, errors: 0 } }),
    edge('a-v1', 'c-v1'),
  ],
};
const all = { find: '', hideIdle: false, hideHealthy: false, hiddenNamespaces: [] };

describe('visibleGraph', () => {
  it.each([
    ['everything', all, ['default/a-v1', 'default/b-v1', 'default/b-v10', 'default/b-v2', 'default/c-v1'], 3],
    ['no idle edges', { ...all, hideIdle: true }, ['default/a-v1', 'default/b-v1', 'default/c-v1'], 2],
    ['only errors', { ...all, hideHealthy: true }, ['default/a-v1', 'default/b-v1'], 1],
    ['without a namespace', { ...all, hiddenNamespaces: ['other'] }, ['default/a-v1', 'default/b-v1', 'default/b-v10', 'default/b-v2'], 2],
  ])('%s', (_, filter, ids, edges) => {
    const visible = visibleGraph(graph, filter);
    expect([visible.nodes.map((n) => n.id), visible.edges.length]).toEqual([ids, edges]);
  });
});

describe('the rest of the model', () => {
  it('counts as workloads what is one', () => {
    const nodes = [
      node('a-v1'),
      node('gateway', { kind: 'gateway' }),
      node('nowhere', { id: 'black-hole', kind: 'external' }),
      node('reviews', { kind: 'service' }),
      node('client', { id: 'unknown', kind: 'unknown' }),
    ];
    expect(workloadsOf({ nodes }).map((n) => n.workload.name)).toEqual(['a-v1', 'gateway']);
  });

  it('sorts versions of an app as people count', () => {
    expect(
      groupsOf(graph.nodes)
        .find((g) => g.title === 'b')
        ?.nodes.map((n) => n.workload.version),
    ).toEqual(['v1', 'v2', 'v10']);
  });

  it('lays out anew only when who calls whom changes', () => {
    const busier = { ...graph, edges: graph.edges.map((e) => ({ ...e, rates: { ...e.rates, perSecond: 9 } })) };
    expect(topologyKey(busier)).toBe(topologyKey(graph));
    expect(topologyKey({ ...graph, edges: graph.edges.slice(1) })).not.toBe(topologyKey(graph));
  });

  it.each([
    ['', true],
    ['B-V1', true],
    ['default', true],
    ['v9', false],
  ])('finding %j: %s', (find, found) => expect(isFound(node('b-v1'), find)).toBe(found));
});
