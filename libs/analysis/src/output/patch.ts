import { type SourceFile } from '@lateen/config';
import { type Fix, type TextEdit } from '../finding';
import { push } from '../configuration/lazy';

/** Lines around a change. */
const CONTEXT = 3;

/** A fix as a unified diff that `patch -p0` and `git apply -p0` take; undefined when a file is not at hand. */
export function patchOf(fix: Fix, files: ReadonlyMap<string, SourceFile>): string | undefined {
  const byFile = new Map<string, TextEdit[]>();
  for (const edit of fix.edits) push(byFile, edit.file, edit);
  const parts: string[] = [];
  for (const [name, edits] of byFile) {
    const file = files.get(name);
    if (file === undefined) return undefined;
    parts.push(`--- ${name}\n+++ ${name}\n${edits.map((edit) => hunk(file.text.split('\n'), edit)).join('')}`);
  }
  return parts.join('');
}

function hunk(lines: readonly string[], { line, column, endColumn, text }: TextEdit): string {
  const at = line - 1;
  const first = Math.max(0, at - CONTEXT);
  const last = Math.min(lines.length - (lines[lines.length - 1] === '' ? 1 : 0), at + CONTEXT + 1);
  const old = lines[at] ?? '';
  const out: string[] = [`@@ -${first + 1},${last - first} +${first + 1},${last - first} @@`];
  for (let i = first; i < last; i++) {
    if (i !== at) out.push(` ${lines[i] ?? ''}`);
    else out.push(`-${old}`, `+${old.slice(0, column - 1)}${text}${old.slice(endColumn - 1)}`);
  }
  return `${out.join('\n')}\n`;
}
