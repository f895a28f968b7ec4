import { expect, it } from '@jest/globals';
import { endedAtMs } from './ended';

const AT = 1_000_000;
const window = { atMs: AT, windowSeconds: 60 };
const failed = (...secondsAgo: readonly number[]): { startTimeMs: number; durationMs: number }[] =>
  secondsAgo.map((s) => ({ startTimeMs: AT - s * 1_000, durationMs: 0 }));
const often = Array.from({ length: 20 }, (_, i) => i);

it.each([
  ['nothing is known', failed(), undefined],
  ['they fail now', failed(1, 4, 8), undefined],
  ['they failed every second, none for 11 s', failed(...often.map((i) => 11 + i)), AT - 11_000],
  ['they failed every second, none for 6 s', failed(...often.map((i) => 6 + i)), AT - 6_000],
  ['they fail every second, none for 4 s', failed(...often.map((i) => 4 + i)), undefined],
  ['they fail every 4 s, none for 9 s', failed(9, 13, 17, 21), undefined],
  ['many failed at once, none for 6 s', failed(6, 6, 6), AT - 6_000],
  ['they fail every 15 s, none for 20 s', failed(20, 35, 50, 65), undefined],
  ['one failed 29 s ago', failed(29), undefined],
  ['one failed 31 s ago', failed(31), AT - 31_000],
  ['one that began long ago has just ended', [{ startTimeMs: AT - 50_000, durationMs: 49_000 }], undefined],
])('%s', (_, records, want) => expect(endedAtMs(records, window)).toBe(want));

it.each([
  ['of many requests one failed, 11 s ago', failed(11), 2, AT - 11_000],
  ['of many requests one failed, 9 s ago', failed(9), 2, undefined],
  ['of few requests one failed, 11 s ago', failed(11), 0.2, undefined],
  ['two failed 5 s apart, none for 12 s', failed(12, 17), 2, undefined],
])('%s', (_, records, perSecond, want) => expect(endedAtMs(records, { ...window, perSecond })).toBe(want));
