import { type Finding, type ValidationContext } from '../kind';
import { type GatewaySpec } from './schema';

/** Rules of a Gateway beyond its schema. */
export function validateGateway(_spec: GatewaySpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
