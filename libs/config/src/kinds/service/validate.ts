import { type Finding, type ValidationContext } from '../kind';
import { type ServiceSpec } from './schema';

/** Rules of a Service beyond its schema. */
export function validateService(_spec: ServiceSpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
