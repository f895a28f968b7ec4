import { ApiError, call } from '../api/client';
import { count, duration } from '../lib/format';

/** Answer of `POST /api/v1/apply`, as far as this page reads it. */
interface ApplyAnswer {
  readonly results?: readonly { readonly kind: string; readonly name: string; readonly action: string; readonly message?: string }[];
  readonly violations?: readonly { readonly message: string }[];
  readonly sync?: SyncAnswer;
}

/** How the proxies took it. */
interface SyncAnswer {
  readonly elapsedMs?: number;
  readonly proxies?: readonly unknown[];
  readonly [key: string]: unknown;
}

/** A resource by name. */
export interface ResourceName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** How an apply ended, in a sentence. */
export interface ApplyOutcome {
  readonly applied: boolean;
  readonly sentence: string;
}

/** A text to apply under a name; names are what `file:line` says of it afterwards, so each resource has its own. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** What the names of texts that were written on this page begin with. */
const WRITTEN_HERE = 'dashboard/';

/** The name of a fix that this page offered and somebody applied. */
export const FIX_FILE = `${WRITTEN_HERE}fix.yaml`;

/** Whether a file's name is that of a text written on this page. */
export function isWrittenHere(file: string): boolean {
  return file.startsWith(WRITTEN_HERE);
}

/** The name of a resource's text that was written on this page. */
export function fileNameOf({ kind, namespace, name }: ResourceName): string {
  return `${WRITTEN_HERE}${namespace}/${kind}-${name}.yaml`;
}

/** Applies YAML as `lateen apply --wait` does; `namespace` is for resources that name none. Never rejects: a refusal is an outcome. */
export async function applyTexts(files: readonly NamedText[], namespace?: string): Promise<ApplyOutcome> {
  return await outcomeOf(() => call<ApplyAnswer>('POST', '/api/v1/apply', { files, namespace, wait: true }));
}

/** Why YAML would not be applied at all, in a sentence; undefined where it would, whatever errors it has. Changes nothing, never rejects. */
export async function refusalOf(files: readonly NamedText[], namespace?: string): Promise<string | undefined> {
  const { applied, sentence } = await outcomeOf(() => call<ApplyAnswer>('POST', '/api/v1/apply', { files, namespace, dryRun: true }));
  return applied ? undefined : sentence;
}

/** Goes back to a revision. Never rejects. */
export async function undoTo({ kind, namespace, name }: ResourceName, generation: number): Promise<ApplyOutcome> {
  return await outcomeOf(() => call<ApplyAnswer>('POST', '/api/configuration/undo', { kind, namespace, name, generation }));
}

/** Deletes one resource, as `lateen delete --wait` does. Never rejects. */
export async function deleteResource({ kind, namespace, name }: ResourceName): Promise<ApplyOutcome> {
  return await outcomeOf(() => call<ApplyAnswer>('POST', '/api/v1/delete', { refs: [{ kind, namespace, name }], wait: true }));
}

async function outcomeOf(ask: () => Promise<ApplyAnswer>): Promise<ApplyOutcome> {
  const since = performance.now();
  try {
    return { applied: true, sentence: sentenceOf(await ask(), performance.now() - since) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { applied: false, sentence: error.message };
  }
}

/** What an answer to an apply or an undo says. */
export function sentenceOf({ results = [], violations = [] }: ApplyAnswer, tookMs: number): string {
  const changed = results.filter((r) => r.action !== 'unchanged');
  const what = changed.length === 0 ? 'Nothing changed' : changed.map((r) => `${r.kind} ${r.name} ${r.action}`).join(', ');
  const findings = violations.length === 0 ? '' : ` ${count(violations.length, 'finding')}: ${violations.map((v) => v.message).join('; ')}`;
  return `${what} after ${duration(tookMs)}.${findings}`;
}
