/** Where something stands in what the user wrote. Lines and columns count from 1. */
export interface Position {
  /** As the user named it; `-` for standard input. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong, or worth knowing, in what the user wrote. Collected, never thrown one by one. */
export interface Violation {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable and snake_case, for programs to branch on: `unknown_field`. */
  readonly code: string;
  /** The field as the user wrote it: `spec.http[0].route[1].weight`. Empty for the whole document. */
  readonly path: string;
  /** Names the offending value and what was expected. */
  readonly message: string;
  readonly position?: Position;
}

/** Renders a violation as one line: `FILE:LINE:COLUMN: PATH: MESSAGE`. */
export function formatViolation(v: Violation): string {
  const where = v.position === undefined ? '' : `${v.position.file}:${v.position.line}:${v.position.column}: `;
  return `${where}${v.path === '' ? '' : `${v.path}: `}${v.message}`;
}
