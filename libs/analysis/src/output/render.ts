import { type SourceFile } from '@lateen/config';
import { type Analysis } from '../analyze';
import { renderGithub } from './github';
import { renderJson, renderYaml } from './json';
import { renderJunit } from './junit';
import { renderSarif } from './sarif';
import { renderTable } from './table';

/** Everything an output is made from. */
export interface OutputInputs {
  readonly analysis: Analysis;
  /** What was read, by name: for patches and istioctl's line numbers. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Colours levels; for terminals only. */
  readonly paint?: (text: string, level: 'Error' | 'Warning' | 'Info') => string;
  /** Of the program, for formats that name their maker. */
  readonly version: string;
}

/** Formats, by the name that `-o` takes. To add one, add its file and a line here. */
const RENDERERS = {
  table: renderTable,
  json: renderJson,
  yaml: renderYaml,
  sarif: renderSarif,
  junit: renderJunit,
  github: renderGithub,
} as const satisfies Record<string, (inputs: OutputInputs) => string>;

/** What `-o` takes. */
export type OutputFormat = keyof typeof RENDERERS;

/** Every format. */
export const OUTPUT_FORMATS = Object.keys(RENDERERS) as readonly OutputFormat[];

/** The findings as text that ends with a line break; empty when there is nothing to say. */
export function renderAnalysis(format: OutputFormat, inputs: OutputInputs): string {
  return RENDERERS[format](inputs);
}
