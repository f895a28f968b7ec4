import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../mesh';
import { isFine, judge, type Verdict } from './judge';
import { differencesPage } from './page';
import { envoyPath } from './proxies';
import { AREAS } from './rows';
import { type Row } from './row';
import { runRows, type RunResult } from './run';

/** Part of an area and name: only such rows. */
const ONLY = process.env['ROWS'];
const PAGE = join(ROOT, 'docs/differences-from-envoy.md');
const rows: readonly (Row & { readonly area: string })[] = AREAS.flatMap(({ area, rows: own }) =>
  own.map((row) => ({ ...row, area })),
).filter(({ area, name }) => ONLY === undefined || `${area}: ${name}`.includes(ONLY));
const envoy = envoyPath();

describe('the same as Envoy', () => {
  const verdicts: Verdict[] = [];
  let names: RunResult['names'];
  beforeAll(async () => {
    const results = await runRows(rows, envoy);
    names = results.names;
    verdicts.push(...rows.map((row, i) => judge(row, results.rows[i]!)));
    // Rows are about time as well, and this machine is others' too: what is not fine is tried once more, by itself.
    const again = rows.flatMap((_row, i) => (isFine(verdicts[i]!) ? [] : [i]));
    if (again.length === 0 || again.length > 100) return;
    const second = await runRows(
      again.map((i) => rows[i]!),
      envoy,
    );
    again.forEach((i, at) => (verdicts[i] = judge(rows[i]!, second.rows[at]!)));
  });
  afterAll(() => {
    const count = (kind: Verdict['kind']): number => verdicts.filter((verdict) => verdict.kind === kind).length;
    const compared =
      envoy === undefined
        ? 'no Envoy to compare with (node tools/peers/install-all.mjs)'
        : `${count('equal')} equal to Envoy, ${count('reasoned')} different for a reason`;
    process.stderr.write(`differential: ${rows.length} rows, ${compared}\n`);
  });

  for (const { area } of AREAS) {
    const own = rows.flatMap((row, index) => (row.area === area ? [{ ...row, index }] : []));
    if (own.length === 0) continue;
    describe(area, () => {
      it.each(own)('$name', ({ index }) => {
        const verdict = verdicts[index]!;
        if (verdict.kind === 'differs') expect(verdict.ours).toBe(verdict.theirs);
        else if (!isFine(verdict)) expect(verdict).toBeUndefined();
      });
    });
  }

  (envoy === undefined ? it.skip : it)('was compared with a real Envoy: node tools/peers/install-all.mjs', () => {
    expect(verdicts.some(({ kind }) => kind === 'alone')).toBe(false);
  });

  (envoy === undefined || ONLY !== undefined ? it.skip : it)(
    'counts by the names that Envoy counts by, but for those with a reason',
    () => {
      expect(names).toEqual({ unknown: [], unneeded: [] });
    },
  );
});

describe('the table', () => {
  it('has no name twice', () => {
    const names = AREAS.flatMap(({ area, rows: own }) => own.map(({ name }) => `${area}: ${name}`));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('is what docs/differences-from-envoy.md says', () => {
    const page = differencesPage(AREAS);
    if (process.env['UPDATE_PAGE'] !== undefined) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });
});
