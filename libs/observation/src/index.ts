export { type Cause, type Patch } from './cause';
export {
  type DeadPart,
  type DroppedHeader,
  type Effect,
  type Finding,
  type PartEffect,
  type ResourceSummary,
  type ResourceRevision,
  type ResourceView,
} from './configuration';
export { type Exchange, type Hop, type LogLine, type TryRequest, type TryResponse } from './exchange';
export { type Graph, type GraphEdge, type GraphNode, type Rates, type Series } from './graph';
export { failureKey, isFailure, type RequestRecord, type RuleRef, type UnsentRequests } from './request-record';
export { type Trouble } from './trouble';
export { type AppExit, type ProxySync, type SecretView, type WorkloadRef, type WorkloadView } from './workload';
