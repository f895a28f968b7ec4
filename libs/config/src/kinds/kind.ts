import { type z } from 'zod';
import { type ObjectMeta } from '../resource';

/** One finding of a kind's semantic rules; the parser adds the position. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  /** From the document's root, keys in canonical spelling: `['spec', 'http', 0, 'timeout']`. */
  readonly path: readonly (string | number)[];
  /** Where to look, when that is inside text that the field holds. Default: `path`. */
  readonly place?: readonly (string | number)[];
  readonly message: string;
}

/** What the rules of a kind see beside the spec. */
export interface ValidationContext {
  readonly metadata: ObjectMeta;
}

/** Whether resources of a kind change anything. `protecting` kinds would, and their absence is unsafe. */
export type Effect = 'full' | 'inert' | 'protecting';

/** Everything the parser, the store and the CLI know about a kind. */
export interface KindDefinition {
  readonly kind: string;
  /** Empty for Kubernetes' core group. */
  readonly group: string;
  /** Served versions, the preferred one first. */
  readonly versions: readonly string[];
  readonly plural: string;
  /** kubectl's short names. */
  readonly shortNames: readonly string[];
  readonly scope: 'namespaced' | 'cluster';
  /** Whether the payload is the `spec` field, or the document's own fields. */
  readonly payload: 'spec' | 'fields';
  readonly effect: Effect;
  /** The first release that has it in effect; absent while it is not. */
  readonly since?: string;
  /** Whether the schema is a protobuf message: strict, with snake_case aliases and quoted numbers. */
  readonly protobuf: boolean;
  readonly schema: z.ZodType;
  /** Rules beyond the schema; run only when the schema accepts. */
  readonly validate?: (spec: never, context: ValidationContext) => readonly Finding[];
}
