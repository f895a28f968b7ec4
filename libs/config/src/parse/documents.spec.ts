import { describe, expect, it } from '@jest/globals';
import { LineCounter } from 'yaml';
import { composeDocuments } from './documents';

describe('composeDocuments', () => {
  const limits = { maxDepth: 100, maxLexemes: 20 };

  it('reads documents that each stay within the limit of lexemes', () => {
    expect(composeDocuments('a: b\n---\n'.repeat(10), new LineCounter(), limits).documents).toHaveLength(11);
  });

  it('stops at the lexeme that is too many for a document', () => {
    const { documents, tooManyAt } = composeDocuments('- a\n'.repeat(10), new LineCounter(), limits);
    expect(documents).toEqual([]);
    expect(tooManyAt).toBeLessThan(40);
  });
});
