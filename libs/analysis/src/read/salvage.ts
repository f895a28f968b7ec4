import { type Violation } from '@lateen/base';
import { type AnyResource, parseFiles, parsePath } from '@lateen/config';
import { type Identity } from './identify';

/** Rounds of leaving out what is refused: what misses a required field goes next, and then what holds it. */
const ROUNDS = 5;

/**
 * What is left of a refused resource without the fields that are refused, so that what refers to it is not reported
 * as well; undefined when that is nothing.
 */
export function salvage(
  identity: Identity,
  refused: readonly Violation[],
  origin: AnyResource['origin'],
  namespace: string,
): AnyResource | undefined {
  const value = structuredClone(identity.value) as Record<string, unknown>;
  let errors = refused;
  for (let round = 0; round < ROUNDS; round++) {
    // Of a list the last first, so that the places of the others stay.
    const paths = errors.map(({ path }) => path).sort(byPlace);
    if (paths.map((path) => leaveOut(value, path)).includes(false)) return undefined;
    const { resources, violations } = parseFiles([{ name: origin.file, text: JSON.stringify(value) }], {
      namespace,
      allowIneffective: true,
      semantics: 'skip',
    });
    const [resource] = resources;
    if (resource !== undefined) return { ...resource, origin };
    errors = violations.filter((v) => v.severity === 'error');
    if (errors.length === 0) return undefined;
  }
  return undefined;
}

/** Removes the field at `path`, or what should hold it when it is missing. Says whether there was anything. */
function leaveOut(value: Record<string, unknown>, path: string): boolean {
  const steps = parsePath(path) ?? [];
  for (let length = steps.length; length > 0; length--) {
    const last = steps[length - 1];
    let at: unknown = value;
    for (const step of steps.slice(0, length - 1))
      at = typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined;
    if (last === undefined || typeof at !== 'object' || at === null || !(last in at)) continue;
    if (Array.isArray(at) && typeof last === 'number') at.splice(last, 1);
    else delete (at as Record<string | number, unknown>)[last];
    return true;
  }
  return false;
}

function byPlace(a: string, b: string): number {
  return b.localeCompare(a, 'en', { numeric: true });
}
