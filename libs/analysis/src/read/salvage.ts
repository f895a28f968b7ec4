import { type Violation } from '@lateen/base';
import { type AnyResource, parseFiles, parsePath } from '@lateen/config';
import { type Identity } from './identify';

/** Rounds of leaving out what is refused: unknown fields may hide others. */
const ROUNDS = 2;

/**
 * What is left of a refused resource without the fields that are refused, so that what refers to it is not reported
 * as well; undefined when that is nothing.
 */
export function salvage(identity: Identity, refused: readonly Violation[], origin: AnyResource['origin'], namespace: string): AnyResource | undefined {
  const value = structuredClone(identity.value) as Record<string, unknown>;
  let errors = refused;
  for (let round = 0; round < ROUNDS; round++) {
    if (!errors.every(({ path }) => leaveOut(value, path.replace(/^items\[\d+\]\.?/, '')))) return undefined;
    const { resources, violations } = parseFiles([{ name: origin.file, text: JSON.stringify(value) }], { namespace, allowIneffective: true, semantics: 'skip' });
    const [resource] = resources;
    if (resource !== undefined) return { ...resource, origin };
    errors = violations.filter((v) => v.severity === 'error');
    if (errors.length === 0) return undefined;
  }
  return undefined;
}

/** Removes the field at `path`; list items are emptied out of the list. Says whether there was one. */
function leaveOut(value: Record<string, unknown>, path: string): boolean {
  const steps = parsePath(path);
  const last = steps?.[steps.length - 1];
  if (steps === undefined || last === undefined) return false;
  let at: unknown = value;
  for (const step of steps.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return true;
    at = (at as Record<string | number, unknown>)[step];
  }
  if (Array.isArray(at) && typeof last === 'number') at.splice(last, 1);
  else if (typeof at === 'object' && at !== null) delete (at as Record<string | number, unknown>)[last];
  return true;
}
