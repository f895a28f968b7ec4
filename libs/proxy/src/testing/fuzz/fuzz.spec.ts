import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { mutate } from '../../../fuzz/mutate';
import { PARSERS } from '../../../fuzz/parsers';
import { SeededRandom } from '../../../fuzz/random';

describe.each(PARSERS)('$name', ({ name, fuzz, grammar }) => {
  const folder = new URL(`../../../fuzz/${name}/`, import.meta.url);
  const corpus = readdirSync(folder).map((file) => readFileSync(new URL(file, folder)));

  it('what the corpus holds, and what broke it once', () => {
    expect(corpus.length).toBeGreaterThan(3);
    for (const input of corpus) expect(() => fuzz(input)).not.toThrow();
  });

  it('changes of it, the same ones every time', () => {
    const random = new SeededRandom(7);
    for (let i = 0; i < 300; i++) {
      const input = mutate(corpus, grammar, random);
      try {
        fuzz(input);
      } catch (error) {
        throw new Error(`Found by ${input.toString('hex')}`, { cause: error });
      }
    }
  });
});
