import { describe, expect, it } from '@jest/globals';
import { type GraphEdge } from '@lateen/observation';
import { headersNotJudged } from '../mesh/live-facts';
import { droppedLines, trafficLines, virtualServiceLines } from './description-text';

const sidecar = (concurrency?: number) => ({
  name: 'b-v1-0',
  kind: 'sidecar' as const,
  annotations: (concurrency === undefined ? {} : { 'proxy.istio.io/config': `{concurrency: ${concurrency}}` }) as Readonly<
    Record<string, string>
  >,
});
const NONE = 'and none of them sees all that the app serves';

describe('dropped headers', () => {
  it.each([
    ['of one worker are judged', sidecar(1), undefined],
    ['are judged where nothing is said', sidecar(), undefined],
    ['of a gateway are nothing to judge', { ...sidecar(2), kind: 'router' as const }, undefined],
    ['of several workers are not judged, and that is said', sidecar(2), `its proxy has 2 workers (concurrency: 2), ${NONE}`],
    ['of a worker per core neither', sidecar(0), `its proxy has a worker per core (concurrency: 0), ${NONE}`],
  ])('%s', (_, instance, want) => {
    const lines = droppedLines({ droppedHeaders: [], headersNotJudged: headersNotJudged([instance]) });
    expect(lines.slice(1)).toEqual(want === undefined ? [] : [`  not judged for b-v1-0: ${want}`]);
  });
});

describe('a rule', () => {
  it.each([
    ['that is for what its VirtualService is for', ['mesh'], ['mesh'], ''],
    ['of gateways only', ['default/front'], ['default/front'], ''],
    ['that leaves sidecars out', ['mesh', 'default/front'], ['default/front'], '  (not in effect in sidecars)'],
    ['that is for other gateways', ['mesh'], [], '  (in effect nowhere: the VirtualService is for mesh)'],
  ])('%s', (_, all, gateways, want) => {
    const rule = { path: 'http[0]', file: 'f', line: 3, text: 'T', gateways };
    const place = { resource: 'VirtualService default/v', file: 'f', line: 1 };
    const lines = virtualServiceLines(
      { virtualServices: [{ ...place, hosts: ['h'], gateways: all, takesHost: true, rules: [rule] }] },
      () => '',
    );
    expect(lines.at(-1)).toBe(`    http[0]  T${want}`);
  });
});

describe('traffic', () => {
  const edge = (rates: Partial<GraphEdge['rates']>) =>
    ({ source: 'a', target: 'b', rates: { perSecond: 0.01, errorRatio: 0, requests: 1, errors: 0, ...rates } }) as GraphEdge;
  it.each([
    ['of a failure of which the window has a part', edge({ errorRatio: 1, requests: 0 }), '  to   b-v1  <0.1/s  100% errors  p99 -'],
    ['of one failure in eighteen', edge({ errorRatio: 1 / 18, requests: 18, errors: 1 }), '  to   b-v1  <0.1/s  6% errors  p99 -'],
    ['of none', edge({}), '  to   b-v1  <0.1/s  0% errors  p99 -'],
  ])('is told: %s', (_, to, want) =>
    expect(trafficLines({ traffic: { from: [], to: [to], names: new Map([['b', 'b-v1']]) } }).slice(1)).toEqual([want]),
  );
});
