import { type Violation } from '@lateen/base';
import { type AnyResource, findKind } from '@lateen/config';

/** A condition in Kubernetes' form. */
export interface Condition {
  readonly type: 'InEffect';
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** What a kind has in effect: `full`, stored only, or stored although it would protect. */
export function effectOf(resource: AnyResource): 'full' | 'inert' | 'protecting' {
  const { apiVersion, kind } = resource;
  return findKind(apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind)?.effect ?? 'full';
}

/** Whether a resource is in effect, and if not why. `violations` are those of the whole mesh. */
export function conditionOf(resource: AnyResource, violations: readonly Violation[]): Condition {
  if (effectOf(resource) !== 'full')
    return { type: 'InEffect', status: 'False', reason: 'NotYetInEffect', message: `${resource.kind} is accepted, not yet in effect` };
  const own = [...new Set(violations.filter((v) => concerns(v, resource)).map((v) => v.message))];
  if (own.length === 0) return { type: 'InEffect', status: 'True', reason: 'Accepted', message: '' };
  return { type: 'InEffect', status: 'False', reason: 'PartlyLeftOut', message: own.join('; ') };
}

function concerns({ position }: Violation, { origin }: AnyResource): boolean {
  if (position === undefined || position.file !== origin.file) return false;
  return position.line >= origin.line && position.line < origin.line + origin.text.split('\n').length;
}
