export { explain, type ExplainWorld, UnknownProxyError } from './explain';
export { type ExplainedRecord, explainRecord } from './explain-record';
export {
  type EndpointView,
  type Explanation,
  explanationSchema,
  type Outcome,
  type OutcomeKind,
  type Stage,
  type Step,
  STAGES,
  type Verdict,
  VERDICTS,
} from './model';
export { type Paint, PLAIN, renderText } from './render/text';
export { type LiveCluster, type LiveEndpoint } from './walk/endpoints';
export { findWorkload, type FoundWorkload } from './world/find-workload';
export { checkRequest, type ExplainRequest, parseRequestUrl, RequestError } from './world/request-url';
export { type ProxyWorld, proxyWorld } from './world/proxy-world';
export { ProxyWorlds } from './world/proxy-worlds';
