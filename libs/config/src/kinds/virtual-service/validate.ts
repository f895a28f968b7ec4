import { type Finding, type ValidationContext } from '../kind';
import { type VirtualServiceSpec } from './schema';

/** Rules of a VirtualService beyond its schema. */
export function validateVirtualService(_spec: VirtualServiceSpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
