/** Somebody whose work goes on in a later turn of the event loop. */
export interface Resting {
  /** Goes on; may ask for rest again. */
  goOn(): void;
}

/**
 * Shares the event loop among those whose few bytes can mean much work: once they have spent a budget together, each
 * rests, and they go on one at a time, a turn of the loop between them, in which everybody else is served.
 *
 * The budget begins anew with each that goes on, not with each turn: nothing has to be done in turns where nobody rests.
 */
export class FairTurns {
  private spent = 0;
  private scheduled = false;
  private readonly resting: Resting[] = [];

  /** @param budget What may be spent before the next who spends must rest, in the unit of `spend`. */
  constructor(public budget: number) {}

  /** Counts work that was done; true when whoever did it should rest. */
  spend(work: number): boolean {
    return (this.spent += work) > this.budget;
  }

  /** Puts `who` in line once `delayMs` are over; it must not be there yet. */
  rest(who: Resting, delayMs = 0): void {
    if (delayMs > 0) {
      setTimeout(restNow, delayMs, this, who);
      return;
    }
    this.resting.push(who);
    this.schedule();
  }

  /** Lets the first in line go on. */
  next(): void {
    this.scheduled = false;
    this.spent = 0;
    // It may ask for rest again, and then stands behind the others.
    this.resting.shift()!.goOn();
    if (this.resting.length > 0) this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(next, this);
  }
}

function restNow(turns: FairTurns, who: Resting): void {
  turns.rest(who);
}

function next(turns: FairTurns): void {
  turns.next();
}
