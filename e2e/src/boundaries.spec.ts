import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './mesh';

/** Lints one file as if a developer had just written it; the rules that complain. */
function rulesBroken(file: string, text: string): readonly string[] {
  const path = join(ROOT, file);
  // Without a cached project graph the boundary rule skips itself and everything passes.
  execFileSync('npx', ['nx', 'show', 'projects'], { cwd: ROOT, stdio: 'ignore', env: { ...process.env, NX_DAEMON: 'false' } });
  writeFileSync(path, text);
  try {
    const result = spawnSync('npx', ['eslint', '--format', 'json', path], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false' },
    });
    const [report] = JSON.parse(result.stdout) as { messages: { ruleId: string }[] }[];
    return [...new Set((report?.messages ?? []).map((message) => message.ruleId))];
  } finally {
    rmSync(path);
  }
}

describe('the rules of who may import whom', () => {
  const cases: readonly { name: string; file: string; text: string; rule: string }[] = [
    {
      name: 'the data plane may not import the control plane',
      file: 'libs/proxy/src/forbidden.ts',
      text: "import { buildSnapshot } from '@lateen/mesh';\nexport const x = buildSnapshot;\n",
      rule: '@nx/enforce-module-boundaries',
    },
    {
      name: 'a lower layer may not import a higher one',
      file: 'libs/routing/src/forbidden.ts',
      text: "import { typeUrls } from '@lateen/xds';\nexport const x = typeUrls;\n",
      rule: '@nx/enforce-module-boundaries',
    },
    {
      name: 'Bookinfo knows no mesh',
      file: 'apps/details/src/forbidden.ts',
      text: "import { systemClock } from '@lateen/base';\nexport const x = systemClock;\n",
      rule: '@nx/enforce-module-boundaries',
    },
    {
      name: 'a pure lib may not read the machine',
      file: 'libs/translate/src/forbidden.ts',
      text: "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      rule: 'no-restricted-imports',
    },
    { name: 'nor its clock', file: 'libs/routing/src/forbidden.ts', text: 'export const x = Date.now();\n', rule: 'no-restricted-globals' },
  ];
  it.each(cases)('$name', ({ file, text, rule }) => expect(rulesBroken(file, text)).toContain(rule));
});
