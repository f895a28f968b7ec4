import { type Position } from '@lateen/base';
import { type Finding, printName } from '../finding';
import { type Level } from '../messages/levels';
import { documentationUrl, MESSAGES } from '../messages/messages';
import { type OutputInputs } from './render';

const LEVEL: Readonly<Record<Level, string>> = { Error: 'error', Warning: 'warning', Info: 'note' };

/** What code scanning services read. Spec: SARIF 2.1.0. */
export function renderSarif({ analysis, version }: OutputInputs): string {
  const codes = [...new Set(analysis.findings.map(({ code }) => code))].sort();
  const rules = codes.map((code) => ({
    id: code,
    name: MESSAGES[code].name,
    shortDescription: { text: MESSAGES[code].template },
    // SARIF wants an absolute address; codes of our own are explained in the repository.
    ...(code.startsWith('IST') ? { helpUri: documentationUrl(code) } : { help: { text: `See ${documentationUrl(code)}` } }),
    defaultConfiguration: { level: LEVEL[MESSAGES[code].level] },
  }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'lateen', version, rules } },
        columnKind: 'utf16CodeUnits',
        results: analysis.findings.map((finding) => resultOf(finding, codes.indexOf(finding.code))),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function resultOf({ code, level, message, rule, origin, position, related, fix }: Finding, ruleIndex: number): object {
  return {
    ruleId: code,
    ruleIndex,
    level: LEVEL[level],
    message: { text: message },
    ...(rule === undefined ? {} : { properties: { rule } }),
    locations:
      position === undefined || position.file === ''
        ? []
        : [
            {
              ...physical(position),
              ...(origin === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: printName(origin), kind: 'resource' }] }),
            },
          ],
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map(({ position: other, note }, id) => ({ id, ...physical(other), message: { text: note } })) }),
    ...(fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fix.title },
              artifactChanges: fix.edits.map(({ file, line, column, endColumn, text }) => ({
                artifactLocation: { uri: uri(file) },
                replacements: [
                  { deletedRegion: { startLine: line, startColumn: column, endLine: line, endColumn }, insertedContent: { text } },
                ],
              })),
            },
          ],
        }),
  };
}

function physical({ file, line, column }: Position): object {
  return {
    physicalLocation: { artifactLocation: { uri: uri(file) }, region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) } },
  };
}

/** A path as a URI reference; standard input has a name that is no path. */
function uri(file: string): string {
  if (file === '-') return 'stdin';
  const path = file.replace(/\\/g, '/').replace(/^\.\//, '');
  return path.split('/').map(encodeURIComponent).join('/');
}
