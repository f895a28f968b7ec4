export { type Analysis, analyze, type AnalyzeOptions } from './analyze';
export { type Analyzer } from './analyzer';
export { ANALYZERS } from './analyzers/list';
export { type Configuration, type ConfigurationOptions, indexConfiguration } from './configuration/configuration';
export { type Finding, type Fix, printName, type RelatedPlace, type ResourceName, type TextEdit } from './finding';
export { type Level, LEVELS, parseLevel, reaches } from './messages/levels';
export { type Code, CODES, documentationUrl, MESSAGES, type MessageType } from './messages/messages';
export { parseSuppression, type Suppression } from './suppression';
