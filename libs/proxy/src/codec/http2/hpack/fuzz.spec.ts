import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { fuzzHpack } from '../../../testing/fuzz/hpack';

const corpus = new URL('../../../../fuzz/hpack/', import.meta.url);
const inputs = readdirSync(corpus).map((name) => readFileSync(new URL(name, corpus)));

it('what the corpus holds', () => {
  for (const input of inputs) expect(() => fuzzHpack(input)).not.toThrow();
});

it('changes of what the corpus holds, for a second', () => {
  let seed = 1;
  const random = (below: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % below;
  const until = Date.now() + 1000;
  let runs = 0;
  for (; runs < 200 || Date.now() < until; runs++) {
    const input = Buffer.from(inputs[random(inputs.length)]!);
    for (let changes = 1 + random(6); changes > 0; changes--)
      input[random(input.length)] = random(3) === 0 ? 0xbe + random(8) : random(256);
    try {
      fuzzHpack(input);
    } catch (error) {
      throw new Error(`Found by ${input.toString('hex')}`, { cause: error });
    }
  }
  expect(runs).toBeGreaterThanOrEqual(200);
});
