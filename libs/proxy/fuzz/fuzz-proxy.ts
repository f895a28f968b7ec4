import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutate } from './mutate';
import { type FuzzedParser, PARSERS } from './parsers';
import { SeededRandom } from './random';

/**
 * Feeds every parser of bytes changes of its corpus for so many seconds each:
 * `node tools/run-ts.mjs libs/proxy/fuzz/fuzz-proxy.ts --seconds 20 [--only NAME] [--seed N]`.
 * An input that breaks what must hold is written to the corpus; then the exit code is 1.
 */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '20' }, only: { type: 'string' }, seed: { type: 'string' } },
  });
  const seconds = Number(values.seconds);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new Error('usage: fuzz-proxy [--seconds N] [--only NAME] [--seed N]');
  const chosen = PARSERS.filter(({ name }) => values.only === undefined || name === values.only);
  if (chosen.length === 0) throw new Error(`Cannot fuzz "${values.only}": there are ${PARSERS.map(({ name }) => name).join(', ')}`);
  let failures = 0;
  for (const parser of chosen) failures += await run(parser, seconds, seed);
  return failures === 0 ? 0 : 1;
}

/** Different faults of one parser that are looked for before it is given up on. */
const MAX_FAULTS = 5;

async function run(parser: FuzzedParser, seconds: number, seed: number): Promise<number> {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../libs/proxy/fuzz', parser.name);
  const corpus = readdirSync(folder).map((file) => readFileSync(join(folder, file)));
  const random = new SeededRandom(seed);
  const faults = new Map<string, string>();
  const end = performance.now() + seconds * 1000;
  let inputs = 0;
  const attempt = (input: Buffer): void => {
    inputs++;
    try {
      parser.fuzz(input);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const kind = message.replace(/\d+/g, 'N').slice(0, 40);
      if (faults.has(kind)) return;
      faults.set(kind, save(folder, input));
      console.log(`${parser.name}: ${error instanceof Error ? error.stack : message}\n  found by ${faults.get(kind)}`);
    }
  };
  for (const input of corpus) attempt(input);
  while (performance.now() < end && faults.size < MAX_FAULTS) {
    for (let i = 0; i < 200 && performance.now() < end; i++) attempt(mutate(corpus, parser.grammar, random));
    // What inputs have put off until the end of the turn has its turn.
    await new Promise((done) => setImmediate(done));
  }
  console.log(`${parser.name}: ${inputs} inputs in ${seconds} s, ${faults.size} faults, seed ${seed}`);
  return faults.size;
}

function save(folder: string, input: Buffer): string {
  mkdirSync(folder, { recursive: true });
  const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`;
  writeFileSync(join(folder, name), input);
  return join(folder, name);
}

process.exit(await main());
