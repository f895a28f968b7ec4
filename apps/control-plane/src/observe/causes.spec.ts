import { beforeEach, describe, expect, it } from '@jest/globals';
import { type AppEnd } from '@lateen/analysis';
import { PausedClock } from '@lateen/base/testing';
import { resourcesFrom } from '@lateen/config/testing';
import { type RequestRecord } from '@lateen/observation';
import { Causes } from './causes';
import { type ResourceChange } from './changes-since';

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { ports: [{ port: 9080, name: http }] }
`;
const RULE = (host: string, timeout = '2s'): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
  - route: [{ destination: { host: ${host} } }]
    timeout: ${timeout}
`;
const mesh = (host: string, timeout?: string): ReturnType<typeof resourcesFrom> =>
  resourcesFrom(SERVICE + RULE(host, timeout), { allowIneffective: true, semantics: 'skip' });

const UNKNOWN = 'The subset is missing, or there is no such host.';

let clock: PausedClock;
let changed: ((ref: { readonly kind: string; readonly name: string }, sinceMs: number) => ResourceChange | undefined) | undefined;
let ends: readonly AppEnd[];
let causes: Causes;

beforeEach(() => {
  clock = new PausedClock();
  changed = undefined;
  ends = [];
  causes = new Causes({
    clock,
    resources: mesh('reveiws'),
    changedSince: (ref, sinceMs) => changed?.(ref, sinceMs),
    ends: () => ends,
    serves: () => false,
  });
});

const failed = (more: Partial<RequestRecord> = {}): RequestRecord =>
  ({
    cluster: '',
    authority: 'reviews',
    startTimeMs: clock.now(),
    durationMs: 1,
    workload: { name: 'productpage-v1', namespace: 'default', app: 'productpage', version: 'v1' },
    rule: { kind: 'VirtualService', namespace: 'default', name: 'reviews', rule: 'http[0]', match: '' },
    cause: {
      code: 'subset_not_found',
      short: '',
      sentence: UNKNOWN,
      evidence: ['cluster outbound|9080|v2|reveiws.default.svc.cluster.local'],
    },
    ...more,
  }) as RequestRecord;
const timedOut = (tookMs = 2001): RequestRecord =>
  failed({ cause: { code: 'route_timeout', short: '', sentence: '', evidence: ['route timeout 2000 ms', `took ${tookMs} ms`] } });
const MISTYPED = {
  sentence: 'The route sends to host "reveiws", which does not exist: no Service or ServiceEntry is called so; did you mean "reviews"?',
  where: { line: 13, path: 'spec.http[0].route[0].destination.host' },
  patch: { title: 'Send to "reviews" instead of "reveiws"' },
};

describe('what the configuration says of a cause', () => {
  it('is said where it says so, with what was meant and a patch', () => expect(causes.told(failed()).cause).toMatchObject(MISTYPED));

  it('stays as it was when the configuration has changed', () => {
    const told = causes.told(failed());
    causes.configure(mesh('reviews'));
    expect(causes.enrich(told).cause).toMatchObject(MISTYPED);
  });

  const late: readonly { name: string; changes: number; afterMs: number; sentence: string }[] = [
    { name: 'by the configuration of when it was made', changes: 1, afterMs: 500, sentence: MISTYPED.sentence },
    { name: 'of several, too', changes: 5, afterMs: 500, sentence: MISTYPED.sentence },
    { name: 'by that of now when it comes too late', changes: 1, afterMs: 10_001, sentence: UNKNOWN },
  ];
  it.each(late)('is told of a request that is reported after a change $name', ({ changes, afterMs, sentence }) => {
    const record = failed();
    clock.advance(1);
    for (let i = 0; i < changes; i++) causes.configure(mesh('reviews', `${i + 1}s`));
    clock.advance(afterMs);
    expect(causes.told(record).cause?.sentence).toBe(sentence);
  });

  it('goes by the configuration of now from then on', () => {
    causes.configure(mesh('reviews'));
    expect(causes.told(failed()).cause?.sentence).toBe(UNKNOWN);
  });

  it('is one object for all that fail alike, however long each took', () => {
    const [first, second] = [causes.told(timedOut(2001)), causes.told(timedOut(2002))];
    expect(first.cause?.patch?.title).toBe('Give http[0] of VirtualService default/reviews 4 s instead of 2 s');
    expect(second.cause?.patch).toBe(first.cause?.patch);
    expect(second.cause?.where).toBe(first.cause?.where);
    expect(second.cause?.evidence).toContain('took 2002 ms');
  });

  it('is nothing where nothing failed', () => {
    const fine = { ...failed(), cause: undefined };
    expect(causes.told(fine)).toBe(fine);
    expect(causes.enrich(fine)).toBe(fine);
    expect(causes.enrichExchange({ requestId: 'r', hops: [{ record: fine, depth: 0 }], logs: [] }).hops[0]?.record).toBe(fine);
  });
});

describe('a patch', () => {
  const cases: readonly { name: string; changed: string; offered: boolean }[] = [
    { name: 'is offered while its resource is as it was', changed: 'nothing', offered: true },
    { name: 'is offered when another one was changed', changed: 'ratings', offered: true },
    { name: 'is left out when its resource was changed: it would undo that', changed: 'reviews', offered: false },
  ];
  it.each(cases)('$name', ({ changed: name, offered }) => {
    const told = causes.told(failed());
    clock.advance(1000);
    changed = (ref, sinceMs) =>
      ref.name === name && ref.kind === 'VirtualService' && sinceMs === told.startTimeMs
        ? { how: 'changed', atMs: clock.now() }
        : undefined;
    const { cause } = causes.enrich(told);
    expect([cause?.patch !== undefined, cause?.sentence, cause?.where]).toEqual([offered, MISTYPED.sentence, told.cause?.where]);
  });
});

it('says that an application had ended, as soon as its supervisor does', () => {
  const cause = { code: 'app_closed', short: '', sentence: 'The app closed the connection: it crashed.', evidence: [] };
  const record = causes.told(failed({ proxy: 'a-0.default', reporter: 'destination', startTimeMs: 1000, durationMs: 10, cause }));
  expect(causes.enrich(record).cause).toEqual(cause);
  const end = { workload: 'a', namespace: 'default', pod: 'a-0', moment: 'noon', addresses: [], how: 'SIGKILL', atMs: 500, wanted: false };
  ends = [end];
  expect(causes.enrich(record).cause).toMatchObject({
    sentence: "a's application ended with signal SIGKILL 500 ms before this request: the app closed the connection.",
    evidence: ['process default/a-0 app: SIGKILL at noon'],
  });
});
