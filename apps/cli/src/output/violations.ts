import { formatViolation, type Violation } from '@lateen/base';
import { err } from './colors';

/** Prints violations to standard error, one a line, errors in red. */
export function printViolations(violations: readonly Violation[]): void {
  for (const violation of violations) {
    const label =
      violation.severity === 'error' ? err.red('error') : violation.severity === 'warning' ? err.yellow('warning') : err.cyan('info');
    process.stderr.write(`${formatViolation(violation)} ${err.dim('(')}${label}${err.dim(`, ${violation.code})`)}\n`);
  }
}

/** The violations in an answer of the admin API; none when it has none. */
export function violationsOf(body: unknown): readonly Violation[] {
  const violations = (body as { readonly violations?: unknown } | undefined)?.violations;
  return Array.isArray(violations) ? (violations as readonly Violation[]) : [];
}
