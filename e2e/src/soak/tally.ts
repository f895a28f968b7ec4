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
  /** What was never answered: how it ended, how often. */
  readonly lost: Record<string, number> = {};
  readonly statuses: Record<string, number> = {};
  /** Until when a lost connection is the fault of a kill, by `performance.now()`. */
  killedUntil = 0;
  stopping = false;

  lose(why: string, count = 1): void {
    if (performance.now() < this.killedUntil) this.killed += count;
    else this.lost[why] = (this.lost[why] ?? 0) + count;
  }

  answer(status: string): void {
    this.answered++;
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
  }

  get lostCount(): number {
    return Object.values(this.lost).reduce((sum, count) => sum + count, 0);
  }

  add(other: Tally): void {
    this.sent += other.sent;
    this.answered += other.answered;
    this.cancelled += other.cancelled;
    this.refused += other.refused;
    this.killed += other.killed;
    this.doubled += other.doubled;
    for (const [why, count] of Object.entries(other.lost)) this.lost[why] = (this.lost[why] ?? 0) + count;
    for (const [status, count] of Object.entries(other.statuses)) this.statuses[status] = (this.statuses[status] ?? 0) + count;
  }
}
