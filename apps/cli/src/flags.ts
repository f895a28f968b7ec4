import { InvalidArgumentError } from 'commander';

/** A longest time that timers can wait, in seconds. */
export const LONGEST_SECONDS = 86_400;

/** Reads a whole number of a flag. Throws commander's error, which is wrong use, for any other and what is out of range. */
export function wholeNumber(from: number, to: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (!(value >= from && value <= to)) throw new InvalidArgumentError(`expected a whole number ${range}`);
    return value;
  };
}

/** A port that something can listen on. */
export const parsePort = wholeNumber(1, 65_535);
