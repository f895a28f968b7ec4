import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second in /proc/PID/stat. Spec: proc(5), sysconf(_SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;

/** What a process uses of the machine. */
export interface Usage {
  /** User and system time since it started, all threads. */
  readonly cpuSeconds: number;
  readonly residentMb: number;
  /** Resident and not shared with another process. */
  readonly privateMb: number;
}

/** Reads the usage of a process. Spec: proc(5) stat and smaps_rollup. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command may hold spaces and brackets; fields are counted from behind the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMb: kb('Rss') / 1024,
    privateMb: (kb('Private_Clean') + kb('Private_Dirty')) / 1024,
  };
}

/** The processes whose parent is `pid`. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((candidate) => {
      try {
        const stat = readFileSync(`/proc/${candidate}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false; // ended meanwhile
      }
    });
}

/** The path of a program, or undefined when it is not installed. */
export function which(program: string): string | undefined {
  try {
    return execFileSync('which', [program], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
