import { describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { listener } from '../testing';
import { Drain, type DrainRequest, type DrainSettings } from './drain';
import { Drains } from './drains';

const GRACEFUL: DrainRequest = { inboundOnly: false, graceful: true, skipExit: false };
const inbound = listener('in', {}, { direction: 'inbound' });
const outbound = listener('out', {}, { direction: 'outbound' });

function start(settings: DrainSettings = { timeMs: 1000, strategy: 'immediate' }) {
  const clock = new PausedClock();
  const shares: number[] = [];
  const drains: Drains = new Drains(
    settings,
    { clock, random: { next: () => 0.5 } },
    { begin: () => undefined, endShare: (_drain, share) => void shares.push(share), closePorts: () => undefined },
  );
  const state = (): string =>
    [inbound, outbound]
      .map((one) => `${drains.of(one) === undefined ? 'serves' : 'drains'} ${drains.hasClosed(one) ? 'closed' : 'open'}`)
      .join();
  return { clock, drains, shares, state };
}

describe('drains', () => {
  const cases: readonly { name: string; requests: readonly DrainRequest[]; atOnce: string; later: string }[] = [
    { name: 'graceful: ports last', requests: [GRACEFUL], atOnce: 'drains open,drains open', later: 'drains closed,drains closed' },
    {
      name: 'not graceful: ports first',
      requests: [{ ...GRACEFUL, graceful: false }],
      atOnce: 'drains closed,drains closed',
      later: 'drains closed,drains closed',
    },
    {
      name: 'of inbound listeners alone',
      requests: [{ ...GRACEFUL, inboundOnly: true }],
      atOnce: 'drains open,serves open',
      later: 'drains closed,serves open',
    },
    {
      name: 'ports that stay',
      requests: [{ ...GRACEFUL, skipExit: true }],
      atOnce: 'drains open,drains open',
      later: 'drains open,drains open',
    },
    {
      name: 'of inbound listeners, then of all',
      requests: [{ ...GRACEFUL, inboundOnly: true }, GRACEFUL],
      atOnce: 'drains open,drains open',
      later: 'drains closed,drains closed',
    },
    {
      name: 'graceful, then in haste',
      requests: [GRACEFUL, { ...GRACEFUL, graceful: false }],
      atOnce: 'drains closed,drains closed',
      later: 'drains closed,drains closed',
    },
  ];
  it.each(cases)('$name', ({ requests, atOnce, later }) => {
    const { clock, drains, state } = start();
    for (const request of requests) drains.begin(request);
    expect(state()).toBe(atOnce);
    clock.advance(1000);
    expect(state()).toBe(later);
  });

  it('ends idle connections over the second half of the time, all of them at its end', () => {
    const { clock, drains, shares } = start();
    drains.begin(GRACEFUL);
    clock.advance(499);
    expect(shares).toEqual([]);
    clock.advance(501);
    expect(shares.map((share) => 1 / share)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it('waits for nothing once it is stopped', () => {
    const { clock, drains, shares, state } = start();
    drains.begin(GRACEFUL);
    drains.stop();
    clock.advance(2000);
    expect([shares, state()]).toEqual([[], 'drains open,drains open']);
  });

  it.each<[elapsedMs: number, draw: number, closes: boolean]>([
    [0, 0, false],
    [250, 0.2, true],
    [250, 0.3, false],
    [900, 0.89, true],
    [1000, 0.999, true],
  ])('gradual: after %d ms of 1000 a draw of %d: closes %s', (elapsedMs, draw, closes) => {
    const clock = new PausedClock();
    const drain = new Drain({ timeMs: 1000, strategy: 'gradual' }, clock, { next: () => draw });
    clock.advance(elapsedMs);
    expect(drain.closes()).toBe(closes);
  });
});
