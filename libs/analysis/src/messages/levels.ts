/** How bad a finding is; Istio's own words. */
export type Level = 'Error' | 'Warning' | 'Info';

/** Worst first. */
export const LEVELS: readonly Level[] = ['Error', 'Warning', 'Info'];

/** Whether `level` is as bad as `threshold`, or worse. */
export function reaches(level: Level, threshold: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(threshold);
}

/** Reads a level in any case; undefined when it is none. */
export function parseLevel(text: string): Level | undefined {
  return LEVELS.find((level) => level.toLowerCase() === text.toLowerCase());
}
