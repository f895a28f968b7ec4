import { type FieldPath, type Resource } from '@lateen/config';
import { type Configuration } from './configuration/configuration';
import { type Code } from './messages/messages';

/** Something of the user's, as analyzers hand it around: any resource. */
export type Blamed = Pick<Resource, 'kind' | 'metadata' | 'origin'>;

/** A place beside the finding's own. */
export interface RelatedField {
  readonly resource: Blamed;
  readonly path?: FieldPath;
  readonly note: string;
}

/** A scalar in the user's text to be replaced. Left out of the finding when the text cannot be found there. */
export interface Replacement {
  readonly title: string;
  readonly path: FieldPath;
  readonly from: string;
  readonly to: string;
  /** Replaces the key instead of its value. */
  readonly renames?: boolean;
}

/** What goes with a finding. */
export interface ReportDetails {
  /** In the order of the code's template. */
  readonly params: readonly (string | number)[];
  /** Instead of the code's template, where something else has worded it. */
  readonly message?: string;
  /** The validation rule that is broken. */
  readonly rule?: string;
  /** The field; the resource's first line by default. */
  readonly at?: FieldPath;
  /** Where the position is, when it is finer than the field: inside a block of YAML. */
  readonly place?: FieldPath;
  /** Where istioctl points when it is another field; the resource's first line when empty. */
  readonly istioAt?: FieldPath;
  readonly related?: readonly RelatedField[];
  readonly fix?: Replacement;
}

/** Takes one finding about `resource`. */
export type Report<C extends Code = Code> = (code: C, resource: Blamed, details: ReportDetails) => void;

/** One concern that a whole configuration is looked at for. */
export interface Analyzer<C extends Code = Code> {
  /** Its file's name. */
  readonly name: string;
  readonly description: string;
  /** Kinds it reads; a change of others changes nothing of what it says. */
  readonly inputs: readonly string[];
  /** Everything it may report. */
  readonly codes: readonly C[];
  /** Why it cannot run on files; such an analyzer is listed and skipped. */
  readonly needs?: string;
  readonly analyze: (configuration: Configuration, report: Report<C>) => void;
}

/** An analyzer, its codes inferred from what it lists. */
export function defineAnalyzer<const C extends Code>(analyzer: Analyzer<C>): Analyzer {
  return analyzer as unknown as Analyzer;
}
