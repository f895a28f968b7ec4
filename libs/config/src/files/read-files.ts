import { createReadStream, type Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Violation } from '@lateen/base';
import { errorCode, errorMessage } from '../store/error-code';
import { LIMITS } from '../parse/documents';
import { type SourceFile } from '../parse/parse-files';

/** Endings that count inside a folder. A file that is named itself may end otherwise. */
const EXTENSIONS = ['.yaml', '.yml', '.json'];

/** Where standard input comes from. */
export interface ReadOptions {
  /** Default: the process's standard input. */
  readonly stdin?: AsyncIterable<Uint8Array | string>;
}

/** What was read, and what could not be. */
export interface ReadResult {
  readonly files: readonly SourceFile[];
  /** Codes `not_found`, `unreadable`, `invalid_utf8`, `no_files`, `too_large` (over 16 MiB). */
  readonly violations: readonly Violation[];
}

/**
 * Reads what `-f` names: files, folders (all their `.yaml`, `.yml` and `.json` files, folders inside included,
 * in name order) and standard input as `-`. A file reached twice is read once. Never rejects on what is there.
 */
export async function readFiles(paths: readonly string[], options: ReadOptions = {}): Promise<ReadResult> {
  const files = new Map<string, SourceFile>();
  const violations: Violation[] = [];
  const refuse = (code: string, file: string, message: string): void => {
    violations.push({ severity: 'error', code, path: '', message, position: { file, line: 1, column: 1 } });
  };
  const add = (name: string, bytes: Uint8Array | undefined): void => {
    if (bytes === undefined) {
      refuse('too_large', name, `Cannot read the file: it is longer than ${LIMITS.maxTextLength} bytes`);
      return;
    }
    const text = decode(bytes);
    if (typeof text === 'string') files.set(name, { name, text });
    else {
      const position = { file: name, line: text.line, column: 1 };
      violations.push({
        severity: 'error',
        code: 'invalid_utf8',
        path: '',
        message: 'Cannot read the file: it is not UTF-8 text',
        position,
      });
    }
  };
  for (const path of paths) {
    try {
      if (path === '-') {
        if (!files.has('-')) add('-', await readAll(options.stdin ?? process.stdin));
        continue;
      }
      const folder = (await stat(path)).isDirectory();
      const names = folder ? await filesUnder(path) : [path];
      if (names.length === 0) refuse('no_files', path, `Cannot find configuration in folder "${path}": no ${EXTENSIONS.join(', ')} file`);
      for (const name of names) if (!files.has(name)) add(name, await readBounded(name));
    } catch (error) {
      const missing = errorCode(error) === 'ENOENT';
      refuse(
        missing ? 'not_found' : 'unreadable',
        path,
        missing ? `Cannot read "${path}": no such file or folder` : `Cannot read "${path}": ${errorMessage(error)}`,
      );
    }
  }
  return { files: [...files.values()], violations };
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const names: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) for (const name of await filesUnder(path)) names.push(name);
    else if (EXTENSIONS.some((ending) => entry.name.endsWith(ending)) && (await isFile(entry, path))) names.push(path);
  }
  return names;
}

/** Links to files count, as in a mounted ConfigMap; links to folders are not followed, so there are no loops. */
async function isFile(entry: Dirent, path: string): Promise<boolean> {
  return entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile());
}

/** The file's bytes; undefined when they are too many, which are then not read. Pipes and devices do not say how many they have. */
async function readBounded(name: string): Promise<Uint8Array | undefined> {
  const about = await stat(name);
  if (!about.isFile()) return readAll(createReadStream(name));
  if (about.size > LIMITS.maxTextLength) return undefined;
  const bytes = await readFile(name);
  return bytes.length > LIMITS.maxTextLength ? undefined : bytes;
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > LIMITS.maxTextLength) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The text, or the line on which it stops being UTF-8. */
function decode(bytes: Uint8Array): string | { readonly line: number } {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('utf-8').decode(bytes);
    return { line: text.slice(0, Math.max(0, text.indexOf('\ufffd'))).split('\n').length };
  }
}
