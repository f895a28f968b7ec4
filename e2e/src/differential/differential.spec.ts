import { beforeAll, describe, expect, it } from '@jest/globals';
import { envoyPath } from './proxies';
import { AREAS } from './rows';
import { type Row } from './row';
import { type RowResult, runRows } from './run';

const ONLY = process.env['ROWS'];
const rows: readonly (Row & { readonly area: string })[] = AREAS.flatMap(({ area, rows: own }) =>
  own.map((row) => ({ ...row, area })),
).filter(({ area, name }) => ONLY === undefined || `${area}: ${name}`.includes(ONLY));
const envoy = envoyPath();

describe('the same as Envoy', () => {
  let results: readonly RowResult[] = [];
  beforeAll(async () => {
    results = await runRows(rows, envoy);
  });
  describe.each(AREAS)('$area', ({ area }) => {
    const own = rows.flatMap((row, index) => (row.area === area ? [{ ...row, index }] : []));
    if (own.length === 0) return;
    it.each(own)('$name', (row) => {
      const { ours, envoy: theirs } = results[row.index]!;
      if (theirs !== undefined) {
        if (row.differs === undefined) expect(ours).toBe(theirs);
        else expectDifference(row, ours, theirs);
      }
      for (const part of row.expect ?? []) expect(ours).toContain(part);
    });
  });
});

/** The lines that a reason covers differ, and all others do not. */
function expectDifference({ differsIn = /./ }: Row, ours: string, theirs: string): void {
  const split = (text: string): readonly [covered: string, others: string] => {
    const lines = text.split('\n');
    return [lines.filter((line) => differsIn.test(line)).join('\n'), lines.filter((line) => !differsIn.test(line)).join('\n')];
  };
  const [mine, restOfMine] = split(ours);
  const [other, restOfOther] = split(theirs);
  expect(restOfMine).toBe(restOfOther);
  expect(mine).not.toBe(other);
}
