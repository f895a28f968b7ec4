import { describe, expect, it } from '@jest/globals';
import { FairTurns, type Resting } from './fair-turns';

/** Waits for so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}

/** Somebody who has so many pieces of work of one size to do, and notes each. */
function worker(fair: FairTurns, name: string, work: number, pieces: number, note: (name: string) => void): Resting {
  const who: Resting = {
    spent: 0,
    round: 0,
    goOn: () => {
      while (pieces-- > 0) {
        note(name);
        if (!fair.spend(who, work)) continue;
        fair.rest(who);
        return;
      }
    },
  };
  return who;
}

describe('fair turns', () => {
  it.each([
    { name: 'one alone: a budget a turn', workers: [{ of: 'a', work: 30, pieces: 9 }], want: ['aaaa', 'aaaa', 'a'] },
    {
      name: 'two that want much: a share each, in line',
      workers: [
        { of: 'a', work: 30, pieces: 8 },
        { of: 'b', work: 30, pieces: 2 },
      ],
      want: ['aaaab', 'abaa', 'a'],
    },
    {
      name: 'who takes no more than a share never waits',
      workers: [
        { of: 'a', work: 200, pieces: 3 },
        { of: 'b', work: 5, pieces: 4 },
      ],
      want: ['abbbb', 'a', 'a'],
    },
  ])('$name', async ({ workers, want }) => {
    const fair = new FairTurns(100, 20);
    const seen: string[] = [''];
    for (const { of, work, pieces } of workers) worker(fair, of, work, pieces, (name) => (seen[seen.length - 1] += name)).goOn();
    for (let i = 1; i < want.length; i++) {
      seen.push('');
      await turns(1);
    }
    expect(seen).toEqual(want);
  });

  it('let those that were told to wait go on no sooner', async () => {
    const fair = new FairTurns(100, 20);
    const since = performance.now();
    const at = await new Promise<number>((done) => fair.rest({ spent: 0, round: 0, goOn: () => done(performance.now()) }, 20));
    expect(at - since).toBeGreaterThanOrEqual(19);
  });

  it('forget what was spent in rounds that are over', async () => {
    const fair = new FairTurns(100, 20);
    const calm: Resting = { spent: 0, round: 0, goOn: () => undefined };
    const busy: Resting = { spent: 0, round: 0, goOn: () => undefined };
    for (let i = 0; i < 4; i++) expect(fair.spend(calm, 20)).toBe(false);
    expect(fair.spend(busy, 50)).toBe(true);
    fair.rest(busy);
    await turns(1);
    expect(fair.spend(calm, 20)).toBe(false);
  });
});
