import { describe, expect, it } from '@jest/globals';
import { type Subset, type TrafficPolicy } from '@lateen/config';
import { type MergedDestinationRule } from '@lateen/mesh';
import { outlierDetection } from './outliers';
import { policyFor } from './policy';

const ruleOf = (trafficPolicy: TrafficPolicy | undefined): MergedDestinationRule => ({
  host: 'api',
  name: 'api',
  namespace: 'default',
  subsets: [],
  trafficPolicy,
  origin: { file: 'x', line: 1, text: '' },
});
const POOL = { tcp: { maxConnections: 1 } };
const OUTLIERS = { consecutive5xxErrors: 3 };

const cases: readonly { readonly name: string; readonly policy?: TrafficPolicy; readonly subset?: Subset; readonly want: object }[] = [
  { name: 'nothing said', want: {} },
  { name: 'the whole rule', policy: { connectionPool: POOL }, want: { connectionPool: POOL } },
  {
    name: "a port's settings inherit nothing",
    policy: { connectionPool: POOL, portLevelSettings: [{ port: { number: 80 }, outlierDetection: OUTLIERS }] },
    want: { outlierDetection: OUTLIERS },
  },
  {
    name: "another port's settings do not count",
    policy: { connectionPool: POOL, portLevelSettings: [{ port: { number: 81 }, outlierDetection: OUTLIERS }] },
    want: { connectionPool: POOL },
  },
  {
    name: "a port's settings leave what a port cannot say",
    policy: { proxyProtocol: { version: 'V1' }, portLevelSettings: [{ port: { number: 80 } }] },
    want: { proxyProtocol: { version: 'V1' } },
  },
  {
    name: 'a subset inherits the blocks it leaves out',
    policy: { connectionPool: POOL },
    subset: { name: 's', trafficPolicy: { outlierDetection: OUTLIERS } },
    want: { connectionPool: POOL, outlierDetection: OUTLIERS },
  },
  {
    name: 'a subset replaces the blocks it has, whole',
    policy: { connectionPool: POOL },
    subset: { name: 's', trafficPolicy: { connectionPool: { http: { maxRetries: 1 } } } },
    want: { connectionPool: { http: { maxRetries: 1 } } },
  },
  {
    name: "a subset goes on top of the port's settings",
    policy: { portLevelSettings: [{ port: { number: 80 }, outlierDetection: OUTLIERS }] },
    subset: { name: 's', trafficPolicy: { connectionPool: POOL } },
    want: { outlierDetection: OUTLIERS, connectionPool: POOL },
  },
];

describe('policyFor', () => {
  it.each(cases)('$name', ({ policy, subset, want }) => expect(policyFor(ruleOf(policy), 80, subset)).toEqual(want));
});

describe('outlierDetection', () => {
  it('consecutive5xxErrors 0 is kept, not defaulted, and turns it off', () => {
    expect(outlierDetection({ consecutive5xxErrors: 0 })).toEqual({
      enforcingSuccessRate: 0,
      consecutive5xx: 0,
      enforcingConsecutive5xx: 0,
    });
  });
  it('the old name counts gateway errors', () => {
    expect(outlierDetection({ consecutiveErrors: 2 })).toEqual({
      enforcingSuccessRate: 0,
      consecutiveGatewayFailure: 2,
      enforcingConsecutiveGatewayFailure: 100,
    });
  });
});
