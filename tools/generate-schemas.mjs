#!/usr/bin/env node
/** Writes deploy/crds, deploy/schemas and docs/configuration.md from the schemas of libs/config; --check only compares. */
import { build } from 'esbuild';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const outfile = join(root, 'dist/tools/generate-schemas-lib.mjs');
await build({
  entryPoints: [join(root, 'libs/config/src/generate/files.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'error',
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});
const { generatedFiles } = await import(pathToFileURL(outfile).href);

const check = process.argv.includes('--check');
const stale = [];
for (const { path, text } of generatedFiles()) {
  const file = join(root, path);
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
if (check && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run node tools/generate-schemas.mjs`);
  process.exit(1);
}
console.log(stale.length === 0 ? 'up to date' : `wrote ${stale.join(', ')}`);
