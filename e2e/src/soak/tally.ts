/** Requests that ended the same way without an answer, and when the first and the last did, in seconds since the load began. */
export interface Lost {
  readonly count: number;
  readonly firstSecond: number;
  readonly lastSecond: number;
}

/** What happened to everything that was asked. */
export class Tally {
  /** Requests whose bytes were sent, and connections of TCP. */
  sent = 0;
  /** Answered, whatever the answer: whole, cut short after its head, or reset. */
  answered = 0;
  /** Taken back by the client. */
  cancelled = 0;
  /** Said by GOAWAY never to have been looked at. */
  refused = 0;
  /** Lost with a worker that was killed. */
  killed = 0;
  /** Answered more than once. */
  doubled = 0;
  /** What was never answered: how it ended, how often, and when. */
  readonly lost: Record<string, Lost> = {};
  readonly statuses: Record<string, number> = {};
  /** Until when a lost connection is the fault of a kill, by `performance.now()`. */
  killedUntil = 0;
  stopping = false;
  private readonly startedAt = performance.now();

  lose(why: string, count = 1): void {
    const now = performance.now();
    if (now < this.killedUntil) {
      this.killed += count;
      return;
    }
    const second = Math.round((now - this.startedAt) / 1000);
    const { count: before, firstSecond } = this.lost[why] ?? { count: 0, firstSecond: second };
    this.lost[why] = { count: before + count, firstSecond, lastSecond: second };
  }

  answer(status: string): void {
    this.answered++;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
  }

  get lostCount(): number {
    return Object.values(this.lost).reduce((sum, { count }) => sum + count, 0);
  }

  add(other: Tally): void {
    this.sent += other.sent;
    this.answered += other.answered;
    this.cancelled += other.cancelled;
    this.refused += other.refused;
    this.killed += other.killed;
    this.doubled += other.doubled;
    for (const [status, count] of Object.entries(other.statuses)) this.statuses[status] = (this.statuses[status] ?? 0) + count;
  }
}
