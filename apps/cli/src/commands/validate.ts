import { type OutputFormat, renderAnalysis, validateFiles } from '@lateen/analysis';
import { readFiles } from '@lateen/config';
import { CliError, EXIT } from '../exit';
import { out } from '../output/colors';
import { plural } from '../output/plural';
import { printViolations } from '../output/violations';
import { formatViolation, type Violation } from '@lateen/base';
import { VERSION } from './version';

/** Options of `lateen validate`. */
export interface ValidateOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly output: OutputFormat;
}

/** Says what is wrong with the shape and the meaning of each resource in files, by itself. */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<void> {
  const names = [...paths, ...options.filename];
  if (names.length === 0) throw new CliError('Cannot validate nothing: name a file with -f', EXIT.usage);
  const { files, violations } = await readFiles(names);
  const validation = validateFiles(files, { namespace: options.namespace });
  printViolations(violations);

  if (options.output === 'table') process.stdout.write(validation.findings.map((finding) => `${line(finding)}\n`).join(''));
  else
    process.stdout.write(
      renderAnalysis(options.output, { analysis: validation, files: new Map(files.map((file) => [file.name, file])), version: VERSION }),
    );

  const passedOver = validation.passedOver.reduce((sum, { count }) => sum + count, 0);
  const errors =
    validation.findings.filter(({ level }) => level === 'Error').length + violations.filter(({ severity }) => severity === 'error').length;
  const warnings = validation.findings.length - validation.findings.filter(({ level }) => level === 'Error').length;
  process.stderr.write(
    `${[plural(validation.resources, 'resource'), plural(errors, 'error'), plural(warnings, 'warning')].join(', ')}${passedOver === 0 ? '' : `, ${plural(passedOver, 'object')} of other kinds passed over`}\n`,
  );
  if (errors > 0) throw new CliError('', EXIT.failure);
}

/** One violation as every verb prints them. */
function line({ level, params, position, rule, origin }: ReturnType<typeof validateFiles>['findings'][number]): string {
  const violation: Violation = {
    severity: level === 'Error' ? 'error' : 'warning',
    code: rule ?? '',
    path: '',
    message: params.join(' '),
    ...(position === undefined ? {} : { position }),
  };
  const label = level === 'Error' ? out.red('error') : out.yellow('warning');
  return `${formatViolation(violation)} (${label}${rule === undefined ? '' : `, ${rule}`}${origin === undefined ? '' : `, ${origin.kind} ${origin.namespace === '' ? '' : `${origin.namespace}/`}${origin.name}`})`;
}
