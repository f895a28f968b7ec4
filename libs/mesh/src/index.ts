export { buildMeshSnapshot, type SnapshotInputs } from './build-snapshot';
export { hostCovers, hostsIntersect, isVisible, resolveHost } from './hosts';
export {
  type Client,
  type GatewayPort,
  type GatewayPortKind,
  type GatewayServer,
  type InboundPort,
  type MergedDestinationRule,
  type MeshSnapshot,
  type MtlsMode,
  type VirtualServiceView,
} from './snapshot';
