import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CliError } from '../exit';
import { analyze, type AnalyzeCommandOptions } from './analyze';
import { validate } from './validate';

const folder = mkdtempSync(join(tmpdir(), 'analyze-'));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const GOOD = write('good.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: http, port: 80}]}\n');
const INFO = write('info.yaml', 'apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {ports: [{name: web, port: 80}]}\n');
const ERROR = write(
  'error.yaml',
  'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [web], http: [{route: [{destination: {host: nope}}]}]}\n',
);
const BROKEN = write('broken.yaml', 'kind: [\n');
const DEFAULTS: AnalyzeCommandOptions = {
  filename: [],
  output: 'json',
  failureThreshold: 'Error',
  outputThreshold: 'Info',
  suppress: [],
  analyzer: [],
};

let printed = '';
beforeEach(() => {
  printed = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function exitCode(run: Promise<void>): Promise<number> {
  try {
    await run;
    return 0;
  } catch (error) {
    if (error instanceof CliError) return error.exitCode;
    throw error;
  }
}

describe('lateen analyze', () => {
  const cases: readonly {
    name: string;
    files: readonly string[];
    options?: Partial<AnalyzeCommandOptions>;
    exit: number;
    codes?: readonly string[];
  }[] = [
    { name: 'nothing wrong', files: [GOOD], exit: 0, codes: [] },
    { name: 'findings below the threshold', files: [INFO], exit: 0, codes: ['IST0118'] },
    { name: 'a lower threshold, in any case', files: [INFO], options: { failureThreshold: 'info' }, exit: 79, codes: ['IST0118'] },
    { name: 'findings at the threshold', files: [GOOD, ERROR], exit: 79, codes: ['IST0101'] },
    {
      name: 'what is not printed counts',
      files: [INFO],
      options: { failureThreshold: 'Info', outputThreshold: 'Error' },
      exit: 79,
      codes: [],
    },
    {
      name: 'what is suppressed does not',
      files: [GOOD, ERROR],
      options: { suppress: ['IST0101=VirtualService default/*'] },
      exit: 0,
      codes: [],
    },
    { name: 'a file that does not parse', files: [GOOD, BROKEN], exit: 65, codes: [] },
    { name: 'findings come before it', files: [GOOD, ERROR, BROKEN], exit: 79, codes: ['IST0101'] },
    { name: 'a missing file', files: [join(folder, 'none.yaml')], exit: 1 },
    { name: 'nothing named', files: [], exit: 2 },
    { name: 'an unknown level', files: [GOOD], options: { failureThreshold: 'bad' }, exit: 2 },
    { name: 'a suppression that is none', files: [GOOD], options: { suppress: ['IST0101'] }, exit: 1 },
    { name: 'another namespace', files: [GOOD, ERROR], options: { namespace: 'shop' }, exit: 79, codes: ['IST0101'] },
  ];
  it.each(cases)('$name: exit $exit', async ({ files, options = {}, exit, codes }) => {
    expect(await exitCode(analyze(files, { ...DEFAULTS, ...options }))).toBe(exit);
    if (codes !== undefined) expect((JSON.parse(printed) as readonly { readonly code: string }[]).map(({ code }) => code)).toEqual(codes);
  });

  it('says that there is no mesh to look at', async () => {
    await expect(analyze([], { ...DEFAULTS, live: true, state: join(folder, 'state') })).rejects.toThrow('none is running');
  });
});

describe('lateen validate', () => {
  it.each([
    { name: 'good', files: [GOOD, ERROR], exit: 0 },
    { name: 'unreadable', files: [BROKEN], exit: 1 },
    {
      name: 'refused',
      files: [write('refused.yaml', 'apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec: {server: []}\n')],
      exit: 1,
    },
  ])('$name: exit $exit', async ({ files, exit }) => {
    expect(await exitCode(validate([], { filename: files, namespace: 'default', output: 'table' }))).toBe(exit);
  });
});
