import { type Level } from '../messages/levels';
import { printName } from '../finding';
import { type OutputInputs } from './render';

const COMMANDS: Readonly<Record<Level, string>> = { Error: 'error', Warning: 'warning', Info: 'notice' };

/** Workflow commands that GitHub shows as annotations of the changed lines. */
export function renderGithub({ analysis }: OutputInputs): string {
  return analysis.findings
    .map(({ code, level, message, origin, position, related }) => {
      const place =
        position === undefined || position.file === ''
          ? ''
          : ` file=${property(position.file)},line=${position.line},col=${position.column},title=${property(code)}`;
      const notes = related.map((other) => `\n${other.position.file}:${other.position.line}: ${other.note}`).join('');
      return `::${COMMANDS[level]}${place === '' ? ` title=${property(code)}` : place}::${data(`${origin === undefined ? '' : `${printName(origin)}: `}${message}${notes}`)}\n`;
    })
    .join('');
}

/** Spec: GitHub Actions workflow commands: escaping of data. */
function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A');
}

/** Spec: GitHub Actions workflow commands: escaping of properties. */
function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C');
}
