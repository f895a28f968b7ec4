import { isAbsolute, resolve } from 'node:path';
import { didYouMean, type Position, type Violation } from '@lateen/base';
import { isMap, isNode, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { type z } from 'zod';
import { type AppCommand } from '../workloads/workload';
import { appsFileSchema } from './schema';

/** What `lateen.yaml` says: by image repository name, the command in its place. */
export interface AppsFile {
  readonly images: Readonly<Record<string, AppCommand>>;
}

/** An apps file that maps nothing. */
export const EMPTY_APPS_FILE: AppsFile = { images: {} };

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': ['images'],
  image: ['command', 'directory', 'port', 'environment', 'envoy'],
};

/**
 * Parses `lateen.yaml`. `file` is for messages, `directory` (absolute) is what its paths are relative to.
 * Never throws: whatever is wrong is in `violations`, and then `apps` is absent.
 */
export function parseAppsFile(
  text: string,
  file: string,
  directory: string,
): { readonly apps?: AppsFile; readonly violations: readonly Violation[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      violations: document.errors.map((e) => ({
        severity: 'error',
        code: 'invalid_yaml',
        path: '',
        message: e.message,
        position: at(e.pos[0]),
      })),
    };
  }
  const result = appsFileSchema.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!result.success) {
    return { violations: result.error.issues.flatMap((issue) => violationsOf(issue, document, at)) };
  }
  const images = Object.entries(result.data.images).map(([name, image]): readonly [string, AppCommand] => {
    const cwd = resolve(directory, image.directory ?? '.');
    const [program, ...rest] = image.command;
    return [
      name,
      {
        command: [program.startsWith('./') || program.startsWith('../') ? resolve(cwd, program) : program, ...rest],
        directory: cwd,
        portVariable: image.port,
        environment: image.environment ?? {},
        envoy: image.envoy === undefined || isAbsolute(image.envoy) ? image.envoy : resolve(directory, image.envoy),
      },
    ];
  });
  return { apps: { images: Object.fromEntries(images) }, violations: [] };
}

/** One issue of zod's as violations that point into the file; an unknown key each gets its own. */
function violationsOf(issue: z.core.$ZodIssue, document: Document, at: (offset: number) => Position): readonly Violation[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const guess = didYouMean(key, FIELDS[path.length === 0 ? '' : 'image'] ?? []);
      return {
        severity: 'error',
        code: 'unknown_field',
        path: formatPath([...path, key]),
        message: `unknown field "${key}"${guess === undefined ? '' : `, did you mean "${guess}"?`}`,
        position: at(keyOffset(document, [...path, key])),
      };
    });
  }
  const key = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return [
    {
      severity: 'error',
      code: issue.code === 'invalid_type' ? 'wrong_type' : 'invalid_value',
      path: formatPath(path),
      message: key === undefined ? issue.message : `"${path.at(-1) ?? ''}" ${key}`,
      position: at(key === undefined ? valueOffset(document, path) : keyOffset(document, path)),
    },
  ];
}

/** Where a value begins, or the nearest parent that is there. */
function valueOffset(document: Document, path: readonly string[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth).map(indexed), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Where the key of a map's entry begins. */
function keyOffset(document: Document, path: readonly string[]): number {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1).map(indexed), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === path.at(-1));
    const key = pair?.key as Node | undefined;
    if (key?.range) return key.range[0];
  }
  return valueOffset(document, path);
}

function indexed(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part;
}

/** `images.reviews.command[0]`. */
function formatPath(path: readonly string[]): string {
  return path.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
