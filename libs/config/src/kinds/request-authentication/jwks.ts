import { type Place, quote, type Report } from '../../rules/report';

/** What each type of key has to carry. */
const FIELDS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], oct: ['k'] };
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/**
 * Refuses text that is neither a set of keys nor one key, and warns of keys that are secrets.
 * Points are not checked against their curve. Spec: validation.md §5.11, `jwks`.
 */
export function checkJwks(report: Report, at: Place, text: string): void {
  const refuse = (why: string): void => report.error('invalid_jwks', at, `Cannot use these keys: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('expected {"keys": [...]} or one key');
  const keys: unknown = 'keys' in value ? value.keys : [value];
  if (!Array.isArray(keys)) return refuse('"keys" is no list');
  for (const [i, key] of keys.entries()) {
    const fields = typeof key === 'object' && key !== null ? (key as Readonly<Record<string, unknown>>) : {};
    const type = typeof fields['kty'] === 'string' ? fields['kty'] : '';
    const needed = Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined;
    if (needed === undefined)
      return refuse(`key ${i} has type ${quote(fields['kty'] ?? '')}, expected one of ${Object.keys(FIELDS).join(', ')}`);
    const missing = needed.filter((field) => typeof fields[field] !== 'string' || fields[field] === '');
    if (missing.length > 0) return refuse(`key ${i} of type ${type} lacks ${missing.join(', ')}`);
    if (PRIVATE.some((field) => fields[field] !== undefined))
      report.warn('private_key', at, `Key ${i} is secret: whoever reads this file can sign tokens; publish public keys only`);
  }
}
