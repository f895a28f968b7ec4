import { type Finding, type ValidationContext } from '../kind';
import { type PeerAuthenticationSpec } from './schema';

/** Rules of a PeerAuthentication beyond its schema. */
export function validatePeerAuthentication(_spec: PeerAuthenticationSpec, _context: ValidationContext): readonly Finding[] {
  return [];
}
