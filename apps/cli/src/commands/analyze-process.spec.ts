import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

// Every case starts a process.
jest.setTimeout(60_000);

const root = join(import.meta.dirname, '../../../..');
const program = join(root, 'dist/apps/cli/main.mjs');
const folder = mkdtempSync(join(tmpdir(), 'lateen-process-'));

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{name: http, port: 80}]}\n';
const LOST =
  'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v}\nspec: {hosts: [web], http: [{route: [{destination: {host: wen}}]}]}\n';
const REFUSED = LOST.replace('hosts: [web]', 'hosts: ["*..web"]');
const PATCH =
  'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: f}\nspec: {configPatches: [{applyTo: CLUSTER, patch: {operation: ADD, value: {type: STATICC}}}]}\n';

beforeAll(() => {
  execFileSync(process.execPath, [join(root, 'tools/build.mjs'), 'cli'], { cwd: root });
  mkdirSync(join(folder, 'loop'));
  mkdirSync(join(folder, 'empty'));
  symlinkSync('../loop', join(folder, 'loop/self'));
  const files = {
    'good.yaml': SERVICE,
    'lost.yaml': `${SERVICE}---\n${LOST}`,
    'refused.yaml': REFUSED,
    'patch.yaml': PATCH,
    'broken.yaml': 'kind: [\n',
    'mesh.yaml': 'defaultConfig:\n  concurency: 2\n',
    'bad-mesh.yaml': 'accessLogFile: /dev/stdout\ndefaultConfig:\n  statusPort: 70000\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'loop/good.yaml'), SERVICE);
  writeFileSync(join(folder, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x80]));
  writeFileSync(join(folder, 'large.yaml'), `# ${'x'.repeat(17 * 1024 * 1024)}\n`);
  const many = Array.from({ length: 1000 }, (_, i) => LOST.replace('name: v', `name: v${i}`)).join('---\n');
  writeFileSync(join(folder, 'many.yaml'), `${SERVICE}---\n${many}`);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], input = ''): { readonly exit: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    input,
    encoding: 'utf8',
    timeout: 50_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return { exit: status, out: stdout, err: stderr };
}

describe('lateen analyze, as a process', () => {
  const cases: readonly { args: readonly string[]; input?: string; exit: number; out?: RegExp; err?: RegExp }[] = [
    { args: ['good.yaml'], exit: 0, out: /^$/, err: /No problems found in 1 resource\n/ },
    { args: ['-f', 'good.yaml', '-o', 'json'], exit: 0, out: /^\[\]\n$/, err: /^$/ },
    { args: ['-'], input: SERVICE, exit: 0, err: /No problems found/ },
    { args: ['lost.yaml'], exit: 79, out: /^Error \[IST0101\] \(VirtualService default\/v lost\.yaml:9\) .*"wen"\n/ },
    { args: ['lost.yaml', '-o', 'json'], exit: 79, out: /"reference": "lost\.yaml:9"/ },
    { args: ['lost.yaml', '-o', 'yaml'], exit: 79, out: /^- code: IST0101/ },
    { args: ['lost.yaml', '-o', 'sarif'], exit: 79, out: /"ruleId": "IST0101"/ },
    { args: ['lost.yaml', '-o', 'junit'], exit: 79, out: /^<\?xml/ },
    { args: ['lost.yaml', '-o', 'github'], exit: 79, out: /^::error file=lost\.yaml,line=9/ },
    { args: ['lost.yaml', '-S', 'IST0101=VirtualService *'], exit: 0, out: /^$/ },
    { args: ['lost.yaml', '--analyzer', 'service-ports'], exit: 0, out: /^$/ },
    { args: ['good.yaml', '--analyzer', 'nothing'], exit: 0, err: /"nothing" is no analyzer/ },
    { args: ['lost.yaml', '-n', 'shop'], exit: 79 },
    { args: ['lost.yaml', '--failure-threshold', 'never'], exit: 2, err: /expected Error, Warning, Info/ },
    { args: ['patch.yaml'], exit: 79, out: /\[IST0106\].*"STATICC".*did you mean "STATIC"/ },
    { args: ['broken.yaml', 'good.yaml'], exit: 65, err: /broken\.yaml:2:1: Cannot read the YAML/ },
    { args: ['broken.yaml', 'lost.yaml'], exit: 79 },
    { args: ['binary.yaml'], exit: 65, err: /not UTF-8/ },
    { args: ['large.yaml'], exit: 65, err: /longer than 16777216 bytes/ },
    { args: ['/dev/zero'], exit: 65, err: /longer than 16777216 bytes/ },
    { args: ['loop'], exit: 0, err: /1 resource/ },
    { args: ['empty'], exit: 1, err: /no \.yaml/ },
    { args: ['none.yaml'], exit: 1, err: /no such file/ },
    { args: [], exit: 2, err: /^error: Cannot analyze nothing/ },
    { args: ['--nonsense'], exit: 2, err: /unknown option/ },
    {
      args: ['good.yaml', '--mesh-config-file', 'mesh.yaml'],
      exit: 0,
      err: /^mesh\.yaml:2:3: defaultConfig\.concurency: .*\(warning, unknown_field\)/,
    },
    {
      args: ['good.yaml', '--mesh-config-file', 'bad-mesh.yaml'],
      exit: 65,
      err: /^bad-mesh\.yaml:3:3: defaultConfig\.statusPort: .*70000/,
    },
    { args: ['good.yaml', '--mesh-config-file', 'broken.yaml'], exit: 65, err: /^broken\.yaml:1:1: Cannot read the mesh configuration/ },
    { args: ['good.yaml', '--mesh-config-file', 'none.yaml'], exit: 1, err: /none\.yaml/ },
    { args: ['-L'], exit: 0, out: /virtual-service-subsets +IST0101/ },
    { args: ['--help'], exit: 0, out: /--failure-threshold/ },
  ];
  it.each(cases)('$args: exit $exit', ({ args, input, exit, out = /^/, err = /^/ }) => {
    const result = run(['analyze', ...args], input);
    expect(result).toMatchObject({ exit, out: expect.stringMatching(out), err: expect.stringMatching(err) });
    expect(result.out + result.err).not.toMatch(/\u001b\[|\n\s+at /);
  });

  it('prints all of a long answer into a pipe', () => {
    const { exit, out } = run(['analyze', 'many.yaml', '-o', 'json']);
    expect([exit, (JSON.parse(out) as readonly { code: string }[]).filter(({ code }) => code === 'IST0101').length]).toEqual([79, 1000]);
  });

  it('ends quietly when nobody reads on', async () => {
    const child = spawn(process.execPath, [program, 'analyze', 'many.yaml', '-o', 'json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.once('data', () => child.stdout.destroy());
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const exit = await new Promise((resolve) => child.once('close', resolve));
    expect([exit, err]).toEqual([79, '']);
  });

  it('looks again at a file that is replaced', async () => {
    const file = join(folder, 'watched.yaml');
    writeFileSync(file, `${SERVICE}---\n${LOST}`);
    const child = spawn(process.execPath, [program, 'analyze', '--watch', file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      let out = '';
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      const fine = new Promise<void>((resolve) => {
        child.stderr.on('data', (chunk: Buffer) => (chunk.toString().includes('No problems found') ? resolve() : undefined));
      });
      await new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
      writeFileSync(`${file}.new`, SERVICE);
      renameSync(`${file}.new`, file);
      await fine;
      expect(out).toContain('IST0101');
    } finally {
      child.kill();
    }
  });
});

describe('lateen validate, as a process', () => {
  const cases: readonly { args: readonly string[]; exit: number; out?: RegExp; err?: RegExp }[] = [
    { args: ['-f', 'good.yaml'], exit: 0, out: /^$/, err: /^1 resource, 0 errors, 0 warnings\n$/ },
    { args: ['-f', 'lost.yaml'], exit: 0 },
    {
      args: ['-f', 'refused.yaml'],
      exit: 1,
      out: /^refused\.yaml:4:\d+: spec\.hosts\[0\]: .*\(error, .*VirtualService default\/v\)\n/,
      err: /1 error,/,
    },
    { args: ['patch.yaml'], exit: 1, out: /did you mean "STATIC"/ },
    { args: ['refused.yaml', '-o', 'json'], exit: 1, out: /^\[\n\t\{\n\t\t"code": "IST0106"/ },
    { args: ['refused.yaml', '-o', 'github'], exit: 1, out: /^::error file=refused\.yaml,line=4/ },
    { args: ['broken.yaml'], exit: 1, out: /broken\.yaml:2:1/ },
    { args: ['binary.yaml'], exit: 1 },
    { args: ['none.yaml'], exit: 1, err: /no such file.*\(error, not_found\)/ },
    { args: [], exit: 2 },
  ];
  it.each(cases)('$args: exit $exit', ({ args, exit, out = /^/, err = /^/ }) => {
    expect(run(['validate', ...args])).toMatchObject({ exit, out: expect.stringMatching(out), err: expect.stringMatching(err) });
  });
});
