import { describe, expect, it } from '@jest/globals';
import { type ResourceRevision } from '@lateen/observation';
import { FIX_FILE } from './apply';
import { type Deed, Deeds } from './deeds';
import { undoWords } from './undo-words';

const AT = 1_000_000;
const HERE = 'dashboard/default/VirtualService-ratings.yaml';
const revision = (generation: number, appliedAtMs: number, rest: Partial<ResourceRevision> = {}): ResourceRevision => ({
  generation,
  appliedAtMs,
  yaml: '',
  file: HERE,
  line: 1,
  ...rest,
});
const viewOf = (...revisions: readonly ResourceRevision[]) => {
  const { file = HERE, generation = 1 } = revisions[0] ?? {};
  return { kind: 'VirtualService', name: 'ratings', file, generation, revisions };
};
const deed: Deed = { busy: false, applied: true, atMs: AT, sentence: 'VirtualService ratings configured after 90 ms.' };
const broken = [revision(2, AT - 60_000), revision(1, 1)];
const offer = { atMs: AT - 60_000, generation: 1 };
const none = expect.stringMatching(/^$/);

describe('beside a failure', () => {
  it.each([
    { name: 'the change before it is offered', view: viewOf(...broken), failed: AT, want: { text: none, offer } },
    {
      name: 'what is under way is said',
      view: viewOf(...broken),
      undone: { ...deed, busy: true },
      failed: AT,
      want: { text: /^Going back/ },
    },
    {
      name: 'what was undone here is said, though the list of versions is old',
      view: viewOf(...broken),
      undone: deed,
      failed: AT + 300,
      want: { text: /^Undone at .*configured.* failed before that\.$/ },
    },
    { name: 'also of what is gone', undone: deed, failed: AT, want: { text: /^Undone at .* failed before that\.$/ } },
    {
      name: 'why it was refused',
      view: viewOf(...broken),
      undone: { ...deed, applied: false, sentence: 'No.' },
      failed: AT,
      want: { text: /^No\.$/, bad: true, offer },
    },
    {
      name: 'what another tab undid is said, and not offered',
      view: viewOf(revision(3, AT, { undoneTo: 1 }), ...broken),
      failed: AT + 300,
      want: { text: /^Undone: VirtualService ratings is as in generation 1 again, since .* failed before that\.$/ },
    },
    {
      name: 'an undo that did not help is not offered either',
      view: viewOf(revision(3, AT, { undoneTo: 1 }), ...broken),
      failed: AT + 30_000,
      want: { text: /^Undone: .* failed so again at/ },
    },
    {
      name: 'what was broken anew after an undo is offered',
      view: viewOf(revision(4, AT + 5_000), revision(3, AT, { undoneTo: 1 }), ...broken),
      undone: deed,
      failed: AT + 30_000,
      want: { text: none, offer: { atMs: AT + 5_000, generation: 3 } },
    },
    {
      name: 'a fix is said, and not offered',
      view: viewOf(revision(3, AT, { file: FIX_FILE }), ...broken),
      failed: AT + 300,
      want: { text: /^A fix of VirtualService ratings was applied at .* failed before that\.$/ },
    },
    {
      name: 'a fix is not said twice',
      view: viewOf(revision(3, AT, { file: FIX_FILE }), ...broken),
      fixed: deed,
      failed: AT + 300,
      want: { text: none },
    },
    {
      name: 'what was mended by hand is said',
      view: viewOf(revision(3, AT), ...broken),
      failed: AT - 300,
      want: { text: /^VirtualService ratings was changed at .* failed before that\.$/ },
    },
    {
      name: 'a change of a moment ago is not known to be before it',
      view: viewOf(revision(3, AT), ...broken),
      failed: AT + 300,
      want: { text: none },
    },
    {
      name: 'a file that was read is nothing that was done',
      view: viewOf(revision(1, AT, { file: 'a.yaml' })),
      failed: AT - 300,
      want: { text: none },
    },
  ])('$name', ({ view, undone, fixed, failed, want: { text, bad = false, offer: offered } }) => {
    const words = undoWords({ view, undone, fixed }, { failedAtMs: failed, nowMs: AT + 40_000 });
    expect(words).toEqual({ text: text instanceof RegExp ? expect.stringMatching(text) : text, bad, offer: offered });
  });
});

describe('what was done', () => {
  it('stays under every key, is busy from its beginning, and the latest counts', async () => {
    const deeds = new Deeds();
    let now = 1;
    let end: (outcome: { applied: boolean; sentence: string }) => void = () => undefined;
    const going = deeds.during(
      ['a', 'b'],
      () => new Promise((done) => (end = done)),
      () => now,
    );
    expect(deeds.latestOf(['b'])).toEqual({ busy: true, applied: false, atMs: 1, sentence: '' });
    now = 5;
    end({ applied: true, sentence: 'Done.' });
    await going;
    expect(deeds.latestOf(['a', 'none'])).toEqual({ busy: false, applied: true, atMs: 5, sentence: 'Done.' });
    now = 9;
    await deeds.during(
      ['c'],
      () => Promise.resolve({ applied: false, sentence: 'No.' }),
      () => now,
    );
    expect(deeds.latestOf(['c', 'a'])?.atMs).toBe(9);
    expect(deeds.latestOf(['none'])).toBeUndefined();
  });

  it('is forgotten when there is too much of it, the oldest first', async () => {
    const deeds = new Deeds();
    for (let i = 0; i < 60; i++)
      await deeds.during(
        [`k${i}`],
        () => Promise.resolve({ applied: true, sentence: '' }),
        () => i,
      );
    expect([deeds.latestOf(['k9']), deeds.latestOf(['k10'])?.atMs]).toEqual([undefined, 10]);
  });
});
