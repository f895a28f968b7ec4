/** Chance that a seed repeats. */
export class Dice {
  constructor(private state: number) {
    this.state = (state >>> 0) % 0x7fffffff || 1;
  }

  /** A whole number from 0 to below `below`. */
  below(below: number): number {
    this.state = Number((BigInt(this.state) * 48_271n) % 0x7fff_ffffn);
    return this.state % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** Another one, so that who asks when changes nothing for others. */
  fork(): Dice {
    return new Dice(this.below(0x7fffffff));
  }
}
