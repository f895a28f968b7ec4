import { type Position } from '@lateen/base';
import { printName, type Finding } from '../finding';
import { type OutputInputs } from './render';
import { patchOf } from './patch';

/** For people: istioctl's line for each finding, then the other places and the fix, indented. */
export function renderTable({ analysis, files, paint = (text) => text }: OutputInputs): string {
  const lines: string[] = [];
  for (const finding of analysis.findings) {
    const { code, level, message, related, fix } = finding;
    lines.push(`${paint(level, level)} [${code}]${about(finding)} ${message}`);
    for (const { position, note } of related) lines.push(`    ${where(position)}: ${note}`);
    if (fix === undefined) continue;
    lines.push(`    fix: ${fix.title}`);
    const patch = patchOf(fix, files);
    if (patch !== undefined)
      lines.push(
        ...patch
          .split('\n')
          .filter((line) => /^[-+](?![-+]{2} )/.test(line))
          .map((line) => `      ${line}`),
      );
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function about({ origin, position }: Finding): string {
  if (origin === undefined) return '';
  return ` (${printName(origin)}${position === undefined || position.file === '' ? '' : ` ${where(position)}`})`;
}

function where({ file, line }: Position): string {
  return `${file}:${line}`;
}
