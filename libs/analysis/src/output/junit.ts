import { type Finding, printName } from '../finding';
import { documentationUrl } from '../messages/messages';
import { type OutputInputs } from './render';

/** One test case a finding, failed unless it is information only; one that passes when nothing was found. */
export function renderJunit({ analysis }: OutputInputs): string {
  const { findings } = analysis;
  const failures = findings.filter(({ level }) => level !== 'Info').length;
  const cases = findings.length === 0 ? ['    <testcase classname="lateen.analyze" name="no findings"/>'] : findings.map(testCase);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lateen analyze" tests="${cases.length}" failures="${failures}">`,
    `  <testsuite name="lateen analyze" tests="${cases.length}" failures="${failures}" errors="0" skipped="0">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function testCase({ code, level, message, origin, position, related, analyzer }: Finding): string {
  const name = `${code} ${origin === undefined ? 'mesh' : printName(origin)}`;
  const file = position === undefined || position.file === '' ? '' : ` file="${escape(position.file)}" line="${position.line}"`;
  const places = [
    ...(position === undefined ? [] : [`${position.file}:${position.line}`]),
    ...related.map((other) => `${other.position.file}:${other.position.line}: ${other.note}`),
    documentationUrl(code),
  ];
  const body = escape(places.join('\n'));
  const inside =
    level === 'Info'
      ? `<system-out>${escape(message)}\n${body}</system-out>`
      : `<failure type="${level}" message="${escape(message)}">${body}</failure>`;
  return `    <testcase classname="lateen.analyze.${analyzer}" name="${escape(name)}"${file}>${inside}</testcase>`;
}

/** XML text; control characters, which XML cannot hold, are left out. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\n/g, '&#10;');
}
