import { type Random } from '@lateen/base';
import { type PeerTable } from '@lateen/telemetry';
import { type GrpcStats } from './grpc-stats';

/** What filters need from their process. */
export interface FilterContext {
  readonly random: Random;
  readonly peers: PeerTable;
  /** This proxy as `x-envoy-peer-metadata` and `-id` values. */
  readonly ownMetadata: string;
  readonly ownMetadataId: string;
  /** This proxy's frame of Istio's exchange on TCP; absent: the exchange is not offered. */
  readonly ownPeerFrame?: Buffer;
  /** Absent: gRPC calls are not counted. */
  readonly grpcStats?: GrpcStats;
}
