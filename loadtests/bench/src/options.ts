import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** Fewer cases and shorter rounds: over within five minutes. */
  readonly quick: boolean;
  /** Cases to run, by name or by how names begin; empty runs all (with `quick`, all of the quick ones). */
  readonly only: readonly string[];
  /** A second place for the JSON table. */
  readonly json: string | undefined;
  /** Rounds that count, after one that warms up. Default 5, or 3 with `quick`. */
  readonly rounds: number;
  /** The longest a measurement takes. Default 4. */
  readonly seconds: number;
  /** Which Node our proxy runs on. Default `both`, or `24` with `quick`. */
  readonly node: '20' | '24' | 'both';
  /** Whether a missed bar is a failure. */
  readonly check: boolean;
  /** A case to profile instead of measuring. */
  readonly profile: string | undefined;
}

/** As printed for a wrong command line. */
export const USAGE = `npm run bench -- [--quick] [--only CASE[,CASE]] [--json FILE] [--rounds N] [--seconds S] [--node 20|24|both] [--check]
npm run bench -- --profile CASE [--node 20|24]`;

/** Reads the arguments. Throws an Error that says which one is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      node: { type: 'string' },
      check: { type: 'boolean', default: false },
      profile: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number from 1, found "${values.rounds}"`);
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, found "${values.seconds}"`);
  const node = values.node ?? (values.quick ? '24' : 'both');
  if (node !== '20' && node !== '24' && node !== 'both') throw new Error(`--node must be 20, 24 or both, found "${node}"`);
  const only = (values.only ?? '').split(',').filter((name) => name !== '');
  return { quick: values.quick, only, json: values.json, rounds, seconds, node, check: values.check, profile: values.profile };
}
