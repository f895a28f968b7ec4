import { type Analyzer } from '../analyzer';

/** Every analyzer. To add one, add its file and a line here. */
export const ANALYZERS: readonly Analyzer[] = [];
