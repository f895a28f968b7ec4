import { describe, expect, it } from '@jest/globals';
import { FairTurns, type Resting } from './fair-turns';

/** Waits for so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
}

describe('fair turns', () => {
  it('ask for rest once the budget is spent, whoever spent it, until somebody has gone on', async () => {
    const fair = new FairTurns(100);
    expect([fair.spend(60), fair.spend(40), fair.spend(1), fair.spend(1)]).toEqual([false, false, true, true]);
    fair.rest({ goOn: () => undefined });
    await turns(2);
    expect(fair.spend(100)).toBe(false);
  });

  it('let one go on at a time, with a turn of the loop between, and those that rest again behind the others', async () => {
    const fair = new FairTurns(100);
    const went: string[] = [];
    let turn = 0;
    const one = (name: string, rests: number): Resting => {
      const who = {
        goOn: () => {
          went.push(`${name}${turn}`);
          if (rests-- > 0) fair.rest(who);
        },
      };
      return who;
    };
    fair.rest(one('a', 2));
    fair.rest(one('b', 0));
    fair.rest(one('c', 1));
    for (turn = 0; turn < 8; turn++) await turns(1);
    expect(went.map((text) => text[0]).join('')).toBe('abcaca');
    expect(new Set(went.map((text) => text.slice(1))).size).toBe(6);
  });

  it('let those that were told to wait go on no sooner', async () => {
    const fair = new FairTurns(100);
    const since = performance.now();
    const at = await new Promise<number>((done) => fair.rest({ goOn: () => done(performance.now()) }, 20));
    expect(at - since).toBeGreaterThanOrEqual(19);
  });
});
