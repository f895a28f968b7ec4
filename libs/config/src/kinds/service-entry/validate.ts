import { type Finding, type ValidationContext } from '../kind';
import { type ServiceEntrySpec } from './schema';

/** Rules of a ServiceEntry beyond its schema. */
export function validateServiceEntry(_spec: ServiceEntrySpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
