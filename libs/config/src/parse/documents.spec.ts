import { describe, expect, it } from '@jest/globals';
import { LineCounter } from 'yaml';
import { composeDocuments } from './documents';

describe('composeDocuments', () => {
  const limits = { maxDepth: 100, maxLexemes: 20 };

  it('reads what stays within the limit of lexemes', () => {
    expect(composeDocuments('a: b\n', new LineCounter(), limits).documents).toHaveLength(1);
  });

  it('stops at the lexeme that is too many, wherever documents end', () => {
    const { documents, tooManyAt } = composeDocuments('a: b\n---\n'.repeat(10), new LineCounter(), limits);
    expect(documents).toEqual([]);
    expect(tooManyAt).toBeLessThan(40);
  });
});
