export { type Analysis, analyze, type AnalyzeOptions } from './analyze';
export { type Analyzer } from './analyzer';
export { ANALYZERS } from './analyzers/list';
export { type AppEnd, endedCause, mayHaveEnded, withEnd } from './causes/ended-app';
export { additionTo, ENRICHED_CODES, enrichCause, withAddition } from './causes/enrich-cause';
export { notAnswering, type SilentApp } from './causes/not-answering';
export { matchShadows, type MatchPlace, type MatchShadow } from './analyzers/match-shadows';
export { analyzeChanges, changedKinds, type Round } from './changes';
export { type Configuration, type ConfigurationOptions, indexConfiguration } from './configuration/configuration';
export { type RunningPod } from './configuration/workloads';
export { type Described, describeTarget, type DescribeInputs } from './describe/describe';
export {
  type DescribedDestinationRule,
  type DescribedMutualTls,
  type DescribedPod,
  type DescribedProblem,
  type DescribedRule,
  type DescribedService,
  type DescribedVirtualService,
  type Description,
  type Place,
} from './describe/model';
export { pairs } from './describe/rule-text';
export { type Finding, type Fix, printName, type RelatedPlace, type ResourceName, type TextEdit } from './finding';
export { type Level, LEVELS, parseLevel, reaches } from './messages/levels';
export { type Code, CODES, documentationUrl, MESSAGES, type MessageType } from './messages/messages';
export { OUTPUT_FORMATS, type OutputFormat, type OutputInputs, renderAnalysis } from './output/render';
export { type ReadConfiguration, readConfiguration, type ReadConfigurationOptions } from './read/read-configuration';
export { parseConfiguration } from './parse-configuration';
export { parseSuppression, type Suppression } from './suppression';
export { type Validation, validateFiles } from './validate';
