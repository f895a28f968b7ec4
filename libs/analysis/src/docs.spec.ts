import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ANALYZERS } from './analyzers/list';
import { CODES, MESSAGES } from './messages/messages';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/analysis.md'), 'utf8');

describe('docs/analysis.md', () => {
  it.each(CODES.filter((code) => code.startsWith('IST')))('%s: name, level and analyzers', (code) => {
    const analyzers = ANALYZERS.filter(({ codes }) => codes.includes(code)).map(({ name, needs }) =>
      needs === undefined ? name : `needs a cluster (${name})`,
    );
    const row = new RegExp(`^\\| ${code} \\| (\\w+) \\| (\\w+) \\| (.*) \\|$`, 'm').exec(guide)?.slice(1);
    expect([row?.[0], row?.[1], row?.[2]?.split(', ').sort()]).toEqual([
      MESSAGES[code].name,
      MESSAGES[code].level,
      analyzers.length === 0 ? ['never raised'] : analyzers.sort(),
    ]);
  });

  it.each(CODES.filter((code) => code.startsWith('LAT')))('%s: a section', (code) => {
    const start = guide.slice(guide.indexOf(`### ${code}\n`));
    expect(start.startsWith(`### ${code}\n${MESSAGES[code].name}, ${MESSAGES[code].level}.`)).toBe(true);
  });
});
