import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DynamicTable, ENTRY_OVERHEAD, Entry } from './dynamic-table';

interface Kept {
  readonly name: string;
  readonly value: string;
  readonly number: number;
}

const size = ({ name, value }: Kept): number => name.length + value.length + ENTRY_OVERHEAD;

/** An entry of these lengths, or a new capacity. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ name: fc.nat(20), value: fc.oneof(fc.nat(40), fc.nat(400)) }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 1000 }) },
);

it('keeps every line whole, and the newest entries that fit, whatever comes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 1000 }), fc.array(step, { minLength: 50, maxLength: 200 }), (capacity, steps) => {
      const table = new DynamicTable(capacity);
      let kept: Kept[] = [];
      for (const [i, one] of steps.entries()) {
        let limit = table.capacity;
        if (typeof one === 'number') {
          limit = one;
          table.resize(one);
        } else {
          const letter = String.fromCharCode(97 + (i % 26));
          const [name, value] = [letter.repeat(one.name), letter.toUpperCase().repeat(one.value)];
          const start = table.insert(name.length, value.length, i, i % 256, 0);
          const entry = { name, value, number: table.numberOf(1) };
          if (size(entry) > limit) {
            kept = [];
            expect(start).toBe(-1);
          } else {
            table.lines.latin1Write(`${name}: ${value}\r\n`, start);
            kept.unshift(entry);
          }
        }
        while (kept.reduce((sum, entry) => sum + size(entry), 0) > limit) kept.pop();

        const found = kept.map((entry, index) => {
          const record = table.recordAt(index + 1);
          const [from, nameLength, valueLength] = table.records.subarray(record, record + Entry.hash);
          return [
            table.ageOf(entry.number),
            nameLength,
            valueLength,
            table.lines.latin1Slice(from, from! + nameLength! + valueLength! + 4),
          ];
        });
        const want = kept.map(({ name, value }, index) => [index + 1, name.length, value.length, `${name}: ${value}\r\n`]);
        expect(JSON.stringify([table.count, table.size, found])).toBe(
          JSON.stringify([kept.length, kept.reduce((sum, entry) => sum + size(entry), 0), want]),
        );
        expect(table.lines.length).toBeLessThanOrEqual(Math.max(512, 8 * capacity, 8 * 1000));
      }
    }),
    { numRuns: 60 },
  );
});

it('an entry that was dropped is older than all there are', () => {
  const table = new DynamicTable(100);
  table.insert(10, 10, 0, 0, 0);
  const first = table.numberOf(1);
  table.insert(10, 10, 0, 0, 0);
  expect([table.count, table.ageOf(first)]).toEqual([1, 2]);
});
