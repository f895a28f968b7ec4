import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../exit';
import { checkNamespace, reportCells } from './report';

const NOW = 1_700_000_000_000;
const ago = (seconds: number): number => NOW - seconds * 1000;
const PART = { kind: 'VirtualService', namespace: 'a', name: 'v', path: 'http[0]', file: 'v.yaml', line: 3, candidates: 7, reason: 'why' };

describe('a namespace', () => {
  const resources = [
    { kind: 'VirtualService', namespace: 'default', name: 'v' },
    { kind: 'Namespace', namespace: '', name: 'empty' },
  ];
  it.each(['default', 'empty'])('%s is reported on', (name) => expect(() => checkNamespace(name, resources)).not.toThrow());
  it.each([
    ['defualt', 'did you mean "default"?'],
    ['nonexist', 'there are default, empty'],
  ])('%s that is none is wrong use', (name, hint) => {
    const message = `Cannot report on namespace "${name}": the mesh has no configuration in it; ${hint}`;
    expect(() => checkNamespace(name, resources)).toThrow(expect.objectContaining({ exitCode: EXIT.usage, message }));
  });
});

describe('a part that nothing reached', () => {
  it.each([
    ['since it was applied', 600, 600, undefined, 'why'],
    ['for all of the time that was asked for', 600, 60, 60, 'why'],
    ['since it was applied within that time', 40, 40, 60, 'why (judged since it was applied, 40s ago)'],
    ['since the control plane started within that time', 600, 40, 60, 'why (judged since the control plane started, 40s ago)'],
  ])('%s', (_, applied, judged, asked, want) => {
    const part = { ...PART, appliedAtMs: ago(applied), judgedSinceMs: ago(judged) };
    expect(reportCells(part, NOW, asked === undefined ? undefined : ago(asked)).at(-1)).toBe(want);
  });
});
