import { type Position } from '@lateen/base';
import { type Code } from './messages/messages';
import { type Level } from './messages/levels';

/** Names the resource that a finding is about. The namespace is empty for cluster-wide kinds. */
export interface ResourceName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A place that has to do with a finding, and what it has to do with it. */
export interface RelatedPlace {
  readonly position: Position;
  /** `the subsets of this DestinationRule are v1, v2`. */
  readonly note: string;
}

/** Replaces part of one line. Columns count from 1; `endColumn` is the first that stays. */
export interface TextEdit {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly text: string;
}

/** A change that would settle a finding. */
export interface Fix {
  /** `Use subset "v2"`. */
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** One thing an analyzer has to say. */
export interface Finding {
  readonly code: Code;
  readonly level: Level;
  readonly message: string;
  /** What the message was made from, in Istio's order. */
  readonly params: readonly string[];
  /** The resource it is about; absent for the mesh as a whole. Suppression looks here. */
  readonly origin?: ResourceName;
  /** The field it is about, in the user's files. */
  readonly position?: Position;
  /** The field's path as users write it; empty for the whole resource. */
  readonly path: string;
  /** Where istioctl would point: often the resource where `position` is the field. */
  readonly reference?: Position;
  readonly related: readonly RelatedPlace[];
  readonly fix?: Fix;
  /** The validation rule behind IST0106 and IST0133: `unknown_field`. */
  readonly rule?: string;
  /** Name of the analyzer. */
  readonly analyzer: string;
}

/** `Kind namespace/name`, or `Kind name`: what suppressions are compared with. */
export function printName({ kind, namespace, name }: ResourceName): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
