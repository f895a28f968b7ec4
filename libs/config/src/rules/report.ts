import { type Finding } from '../kinds/kind';

/** A place in a resource, from its document's root: `['spec', 'hosts', 0]`. */
export type Place = readonly (string | number)[];

/** Collects what the rules of one resource find, in the order found. */
export class Report {
  readonly findings: Finding[] = [];
  private errorCount = 0;

  error(code: string, path: Place, message: string): void {
    this.errorCount++;
    this.findings.push({ severity: 'error', code, path, message });
  }

  warn(code: string, path: Place, message: string): void {
    this.findings.push({ severity: 'warning', code, path, message });
  }

  /** How many errors there are so far; a rule compares it before and after. */
  get errors(): number {
    return this.errorCount;
  }

  /** Forgets the warnings among the findings from index `from` on. */
  dropWarnings(from: number): void {
    let kept = from;
    for (let i = from; i < this.findings.length; i++) {
      const finding = this.findings[i];
      if (finding?.severity === 'error') this.findings[kept++] = finding;
    }
    this.findings.length = kept;
  }
}

/** A value as messages quote it: short, and never a whole mapping. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

/** Some values in a message: all of a few, the first of many. */
export function listed(values: readonly string[]): string {
  const shown = values.slice(0, 20).map((value) => (value.length > 80 ? `${value.slice(0, 77)}...` : value));
  return `${shown.join(', ')}${values.length > shown.length ? `, and ${values.length - shown.length} more` : ''}`;
}

/** The usual refusal: what was given, what it was to be, what is expected of it. */
export function unfit(value: unknown, role: string, expected: string): string {
  return `Cannot use ${quote(value)} as ${role}: expected ${expected}`;
}

/** Runs `rule` on each element of a list, which may be unset, with its place. */
export function each<T>(list: readonly T[] | undefined, at: Place, rule: (item: T, at: Place, index: number) => void): void {
  list?.forEach((item, i) => rule(item, [...at, i], i));
}
