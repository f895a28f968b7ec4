import { type Finding, type ValidationContext } from '../kind';
import { type DestinationRuleSpec } from './schema';

/** Rules of a DestinationRule beyond its schema. */
export function validateDestinationRule(_spec: DestinationRuleSpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
