import { type SourceFile } from '@lateen/config';
import { stringify } from 'yaml';
import { type Finding, printName } from '../finding';
import { documentationUrl } from '../messages/messages';
import { type OutputInputs } from './render';
import { istioLine } from './istio-line';
import { patchOf } from './patch';

/** istioctl's shape: its keys with its meaning, and `locations` and `fix` beside them. */
export function renderJson(inputs: OutputInputs): string {
  return `${JSON.stringify(messages(inputs), undefined, '\t')}\n`;
}

/** As `renderJson`, in YAML. */
export function renderYaml(inputs: OutputInputs): string {
  return stringify(messages(inputs), { aliasDuplicateObjects: false, lineWidth: 0 });
}

function messages({ analysis, files }: OutputInputs): readonly object[] {
  return analysis.findings.map((finding) => messageOf(finding, files));
}

function messageOf(finding: Finding, files: ReadonlyMap<string, SourceFile>): object {
  const { code, level, message, rule, origin, position, path, reference, related, fix } = finding;
  const at =
    reference === undefined || reference.file === ''
      ? undefined
      : `${reference.file}${reference.file.endsWith('.json') ? '' : `:${istioLine(reference, files)}`}`;
  const patch = fix === undefined ? undefined : patchOf(fix, files);
  return {
    code,
    documentationUrl: documentationUrl(code),
    level,
    message,
    ...(rule === undefined ? {} : { rule }),
    ...(origin === undefined ? {} : { origin: printName(origin) }),
    ...(at === undefined ? {} : { reference: at }),
    locations: [
      ...(position === undefined ? [] : [{ ...position, ...(path === '' ? {} : { path }) }]),
      ...related.map(({ position: other, note }) => ({ ...other, note })),
    ],
    ...(fix === undefined ? {} : { fix: { title: fix.title, ...(patch === undefined ? {} : { patch }) } }),
  };
}
