/** Bits of {@link StreamRecord.responseFlags}. Spec: Envoy `%RESPONSE_FLAGS%` short names. */
export const RESPONSE_FLAG = {
  LH: 1 << 0,
  UH: 1 << 1,
  UT: 1 << 2,
  LR: 1 << 3,
  UR: 1 << 4,
  UF: 1 << 5,
  UC: 1 << 6,
  UO: 1 << 7,
  NR: 1 << 8,
  DI: 1 << 9,
  FI: 1 << 10,
  RL: 1 << 11,
  UAEX: 1 << 12,
  RLSE: 1 << 13,
  DC: 1 << 14,
  URX: 1 << 15,
  SI: 1 << 16,
  IH: 1 << 17,
  DPE: 1 << 18,
  UMSDR: 1 << 19,
  NFCF: 1 << 20,
  DT: 1 << 21,
  UPE: 1 << 22,
  NC: 1 << 23,
  OM: 1 << 24,
  DF: 1 << 25,
  DO: 1 << 26,
  DR: 1 << 27,
} as const;

/** A response flag by its short name. */
export type ResponseFlagName = keyof typeof RESPONSE_FLAG;

/** What was there first comes first: faults, then that trying again was given up, then what the last try ended with. */
const NAMES = [...new Set(['DI', 'FI', 'URX', ...Object.keys(RESPONSE_FLAG)])] as readonly ResponseFlagName[];
const texts = new Map<number, string>([[0, '-']]);

/** Short names joined with `,`; `-` for none. */
export function formatResponseFlags(flags: number): string {
  let text = texts.get(flags);
  if (text === undefined) {
    text = NAMES.filter((name) => (flags & RESPONSE_FLAG[name]) !== 0).join(',');
    texts.set(flags, text);
  }
  return text;
}
