import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A V8 CPU profile. Spec: Chrome DevTools Protocol, Profiler.Profile; times in microseconds of the monotonic clock. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number };
  }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Arguments that make Node write a profile into `folder` when it ends. */
export function profileArgs(folder: string): readonly string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=250'];
}

/** Microseconds as profiles count them. */
export function profileClock(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Cuts the profiles in `folder` to the time of the load and writes them beside each other as NAME-HOP.cpuprofile.
 * The answer has a table of the functions that took most of each, without what they called.
 */
export function cutProfiles(options: {
  readonly folder: string;
  readonly from: number;
  readonly to: number;
  readonly into: string;
  readonly name: string;
  /** The measured processes, in the order of their hops. */
  readonly pids: readonly number[];
}): string {
  const { folder, from, to, into, name, pids } = options;
  mkdirSync(into, { recursive: true });
  // Sidecars of other ways write profiles too. Spec: Node's names, CPU.DATE.TIME.PID.THREAD.SEQUENCE.cpuprofile.
  const hopOf = (file: string): number => pids.indexOf(Number(file.split('.')[3])) + 1;
  const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile') && hopOf(file) > 0);
  if (files.length === 0) throw new Error(`Cannot find a profile in "${folder}": the proxy wrote none`);
  return files
    .map((file) => {
      const cut = cutProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile, from, to);
      const hop = `hop${hopOf(file)}`;
      const path = join(into, `${name}-${hop}.cpuprofile`);
      writeFileSync(path, JSON.stringify(cut));
      return `## ${name}, ${hop}: ${path}\n\n${topFunctions(cut, 25)}`;
    })
    .join('\n');
}

/** The samples between two times. */
function cutProfile(profile: CpuProfile, from: number, to: number): CpuProfile {
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  let at = profile.startTime;
  for (const [index, sample] of profile.samples.entries()) {
    at += profile.timeDeltas[index] ?? 0;
    if (at < from || at > to) continue;
    timeDeltas.push(samples.length === 0 ? at - from : (profile.timeDeltas[index] ?? 0));
    samples.push(sample);
  }
  return { ...profile, startTime: from, endTime: to, samples, timeDeltas };
}

/** The functions with the most time of their own, as a Markdown table; shares are of the time that was not idle. */
function topFunctions(profile: CpuProfile, count: number): string {
  const where = locator();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const self = new Map<string, number>();
  let busy = 0;
  for (const [index, sample] of profile.samples.entries()) {
    const frame = frames.get(sample);
    const us = profile.timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busy += us;
    const key = `${frame.functionName === '' ? '(anonymous)' : frame.functionName} | ${where(frame.url, frame.lineNumber, frame.columnNumber)}`;
    self.set(key, (self.get(key) ?? 0) + us);
  }
  const lines = [...self]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([key, us]) => `| ${((us / busy) * 100).toFixed(1)} % | ${key} |`);
  return `| self | function | where |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
}

/** Finds the source of a place in a bundle by its source map. */
function locator(): (url: string, line: number, column: number) => string {
  const maps = new Map<string, SourceMap | undefined>();
  return (url, line, column) => {
    if (!url.startsWith('file:')) return url;
    const file = fileURLToPath(url);
    if (!maps.has(file)) {
      const map = `${file}.map`;
      maps.set(file, existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, 'utf8')) as SourceMapPayload) : undefined);
    }
    const entry = maps.get(file)?.findEntry(line, column);
    if (entry === undefined || !('originalSource' in entry)) return `${file}:${line + 1}`;
    return `${entry.originalSource.replace(/^(\.\.\/)+/, '')}:${entry.originalLine + 1}`;
  };
}
