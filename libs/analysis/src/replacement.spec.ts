import { resourcesFrom } from '@lateen/config/testing';
import { describe, expect, it } from '@jest/globals';
import { fixOf } from './replacement';

const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: web, labels: {web: "web", other: webs}}
data:
  a: 'one'
  b:
    two
  c: "# three" # three
`;
const [resource] = resourcesFrom(text);

const cases: readonly { name: string; path: readonly string[]; from: string; want: string | undefined }[] = [
  { name: 'a value in a flow mapping', path: ['metadata', 'name'], from: 'web', want: '3:18-21' },
  { name: 'a value like its key, quoted', path: ['metadata', 'labels', 'web'], from: 'web', want: '3:38-41' },
  { name: 'the start of a longer value', path: ['metadata', 'labels', 'other'], from: 'web', want: undefined },
  { name: 'a quoted value', path: ['data', 'a'], from: 'one', want: '5:7-10' },
  { name: 'a value on another line', path: ['data', 'b'], from: 'two', want: undefined },
  { name: 'a value that is not there', path: ['data', 'a'], from: 'two', want: undefined },
  { name: 'a comment after the value', path: ['data', 'c'], from: 'three', want: undefined },
];

describe('fixOf', () => {
  it.each(cases)('$name', ({ path, from, want }) => {
    const fix = resource === undefined ? undefined : fixOf(resource, { title: 't', path, from, to: 'x' });
    const [edit] = fix?.edits ?? [];
    expect(edit === undefined ? undefined : `${edit.line}:${edit.column}-${edit.endColumn}`).toBe(want);
  });

  it('renames a key', () => {
    const fix =
      resource === undefined
        ? undefined
        : fixOf(resource, { title: 't', path: ['metadata', 'labels', 'web'], from: 'web', to: 'x', renames: true });
    expect(fix?.edits[0]?.column).toBe(32);
  });
});
