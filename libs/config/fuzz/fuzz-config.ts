import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { LIMITS } from '../src/parse/documents';
import { HEAVY_INPUTS } from './heavy';
import { judge } from './judge';
import { mutate } from './mutate';
import { SeededRandom } from './random';
import { structured } from './structured';

/**
 * Reads random inputs until the time is up: `node tools/run-ts.mjs libs/config/fuzz/fuzz-config.ts --seconds 60 [--seed N]`.
 * No input may crash the reader, be answered without a place, take more than linear time, or more memory than 600 times
 * its size and 64 MB: readings run in a thread whose heap ends there. Inputs that fail are written to the corpus.
 */

/** What the program itself takes before it reads anything. */
const OWN_HEAP_MB = 48;
const HEAP_MB = 64;
const HEAP_PER_BYTE = 600;
/** Of one reading; beyond it the thread is ended. */
const HANG_MS = 60_000;
const corpusFolder = join(dirname(fileURLToPath(import.meta.url)), '../../libs/config/fuzz/corpus');

/** Answers each input with what is wrong with its reading. */
function serve(): void {
  parentPort?.on('message', (bytes: Uint8Array) => {
    judge(bytes).then(
      (problems) => parentPort?.postMessage(problems),
      (error: unknown) => parentPort?.postMessage([`crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`]),
    );
  });
}

/** A thread that reads inputs of up to `maxBytes`. */
class Reader {
  private worker: Worker | undefined;

  constructor(readonly maxBytes: number) {}

  async read(bytes: Uint8Array): Promise<readonly string[]> {
    const worker = (this.worker ??= new Worker(fileURLToPath(import.meta.url), {
      resourceLimits: {
        maxOldGenerationSizeMb: OWN_HEAP_MB + HEAP_MB + Math.ceil((HEAP_PER_BYTE * this.maxBytes) / 2 ** 20),
        maxYoungGenerationSizeMb: 32,
      },
    }));
    const problems = await new Promise<readonly string[]>((resolve) => {
      const done = (found: readonly string[]): void => {
        clearTimeout(timer);
        worker.off('message', done).off('exit', exited).off('error', failed);
        resolve(found);
      };
      const exited = (code: number): void => done([`ended the thread: exit code ${code}`]);
      const failed = (error: Error): void => done([`ended the thread: ${error.message}`]);
      const timer = setTimeout(() => done([`took more than ${HANG_MS / 1000} s for ${bytes.length} bytes`]), HANG_MS);
      worker.on('message', done).on('exit', exited).on('error', failed);
      worker.postMessage(bytes);
    });
    // What ended or hangs is not asked again.
    if (problems.some((problem) => /^(took more than|ended)/.test(problem))) this.close();
    return problems;
  }

  /** Does not wait: a thread that ran out of memory may never say that it ended. */
  close(): void {
    void this.worker?.terminate();
    this.worker = undefined;
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const seconds = Number(values.seconds);
  if (!Number.isFinite(seconds) || !Number.isInteger(seed)) throw new Error('usage: fuzz-config [--seconds N] [--seed N]');
  const start = performance.now();
  const random = new SeededRandom(seed);
  const small = new Reader(0);
  let inputs = 0;
  let failures = 0;
  const report = (name: string, problems: readonly string[]): void => {
    failures++;
    console.error(`${name}:\n  ${problems.slice(0, 5).join('\n  ')}`);
  };
  const tooLarge = await small.read(Buffer.alloc(LIMITS.maxTextLength + 1, '#'));
  if (tooLarge.length > 0) report('a file over the limit', tooLarge);
  // Smallest first: a thread reads on until what it may take is far less than what the next input may.
  const heavy = HEAVY_INPUTS.map(({ name, text }) => ({ name, bytes: Buffer.from(text()) })).sort(
    (a, b) => a.bytes.length - b.bytes.length,
  );
  let reader: Reader | undefined;
  for (const { name, bytes } of heavy) {
    if (reader === undefined || reader.maxBytes * 1.5 < bytes.length) {
      reader?.close();
      reader = new Reader(bytes.length);
    }
    const problems = await reader.read(bytes);
    inputs++;
    if (problems.length > 0) report(`"${name}"`, problems);
  }
  reader?.close();
  mkdirSync(corpusFolder, { recursive: true });
  const corpus = readdirSync(corpusFolder)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(corpusFolder, name)) }));
  for (const { name, bytes } of corpus) {
    const problems = await small.read(bytes);
    inputs++;
    if (problems.length > 0) report(name, problems);
  }
  const seeds = corpus.map(({ bytes }) => bytes);
  // However long the fixed inputs took, half of the time is for random ones.
  const end = Math.max(start + seconds * 1000, performance.now() + seconds * 500);
  while (performance.now() < end) {
    const base = random.below(3) === 0 || seeds.length === 0 ? structured(random) : random.pick(seeds);
    const other = random.below(4) === 0 || seeds.length === 0 ? structured(random) : random.pick(seeds);
    const bytes = random.below(5) === 0 ? base : mutate(random, base, other);
    const problems = await small.read(bytes);
    inputs++;
    if (problems.length === 0) continue;
    const name = `failed-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.yaml`;
    writeFileSync(join(corpusFolder, name), bytes);
    report(name, problems);
  }
  small.close();
  const took = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`fuzz: seed ${seed}, ${inputs} inputs, ${corpus.length} in the corpus, ${failures} failures, ${took} s`);
  return failures === 0 ? 0 : 1;
}

if (isMainThread) process.exitCode = await main();
else serve();
