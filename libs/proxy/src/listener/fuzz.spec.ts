import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fuzzProxyProtocol } from '../testing/fuzz/proxy-protocol';
import { fuzzTlsInspector } from '../testing/fuzz/tls-inspector';

const parsers = [
  { name: 'proxy-protocol', fuzz: fuzzProxyProtocol },
  { name: 'tls-inspector', fuzz: fuzzTlsInspector },
];

describe.each(parsers)('$name', ({ name, fuzz }) => {
  const corpus = new URL(`../../fuzz/${name}/`, import.meta.url);
  const inputs = readdirSync(corpus).map((file) => readFileSync(new URL(file, corpus)));

  it('what the corpus holds', () => {
    expect(inputs.length).toBeGreaterThan(3);
    for (const input of inputs) expect(() => fuzz(input)).not.toThrow();
  });

  it('changes of what the corpus holds, for half a second', () => {
    let seed = 7;
    const random = (below: number): number => (seed = (Math.imul(seed, 48271) >>> 0) % 0x7fffffff) % below;
    const until = Date.now() + 500;
    for (let runs = 0; runs < 100 || Date.now() < until; runs++) {
      const input = Buffer.from(inputs[random(inputs.length)]!).subarray(0, 1 + random(600));
      for (let changes = 1 + random(4); changes > 0; changes--) input[random(input.length)] = random(256);
      try {
        fuzz(input);
      } catch (error) {
        throw new Error(`Found by ${input.toString('hex')}`, { cause: error });
      }
    }
  });
});
