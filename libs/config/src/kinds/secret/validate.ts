import { type Finding, type ValidationContext } from '../kind';
import { type SecretSpec } from './schema';

/** Rules of a Secret beyond its schema. */
export function validateSecret(_spec: SecretSpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
