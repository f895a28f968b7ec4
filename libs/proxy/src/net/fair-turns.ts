/** Somebody whose work goes on in a later turn of the event loop. */
export interface Resting {
  /** What it has spent in round number `round`. Only `FairTurns` writes them. */
  spent: number;
  round: number;
  /** Goes on; may ask for rest again. */
  goOn(): void;
}

/**
 * Shares the event loop among those whose few bytes can mean much work. A round has a budget for all together. Whoever
 * has had a share of it rests once it is spent, or while others wait, and goes on in a later round, in line. Rounds end
 * with turns of the loop while somebody rests, so that everybody else is served between them, and do not end otherwise:
 * nothing has to be done then.
 */
export class FairTurns {
  private spent = 0;
  private round = 1;
  private scheduled = false;
  private readonly resting: Resting[] = [];

  /**
   * @param budget What all may spend in a round, in the unit of `spend`.
   * @param share What anybody may spend in a round whatever others did.
   */
  constructor(
    public budget: number,
    private readonly share: number,
  ) {}

  /** Counts work that `who` did; true when it should rest. */
  spend(who: Resting, work: number): boolean {
    if (who.round !== this.round) {
      who.round = this.round;
      who.spent = 0;
    }
    who.spent += work;
    this.spent += work;
    return who.spent > this.share && (this.spent > this.budget || this.resting.length > 0);
  }

  /** Puts `who` in line once `delayMs` are over. It must not be there yet. */
  rest(who: Resting, delayMs = 0): void {
    if (delayMs > 0) {
      setTimeout(restNow, delayMs, this, who);
      return;
    }
    this.resting.push(who);
    this.schedule();
  }

  /** A round: lets go on who rests, in line, as far as the budget goes. */
  next(): void {
    this.scheduled = false;
    this.spent = 0;
    this.round++;
    // Those that ask for rest again stand behind the others.
    while (this.resting.length > 0 && this.spent <= this.budget) this.resting.shift()!.goOn();
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
