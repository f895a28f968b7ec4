import { type PeerLabels } from './peer';

/** Request header with the sender's node id. */
export const PEER_METADATA_ID_HEADER = 'x-envoy-peer-metadata-id';
/** Request header with the sender's metadata: base64 of a protobuf Struct. */
export const PEER_METADATA_HEADER = 'x-envoy-peer-metadata';

/** A JSON value of a protobuf Struct. */
type Value = string | number | boolean | undefined | { readonly [key: string]: Value } | readonly Value[];

/** Labels from an `x-envoy-peer-metadata` value; undefined when it is not base64 of a Struct. */
export function decodePeerMetadata(base64: string): PeerLabels | undefined {
  void base64;
  return undefined;
}

export type { Value as StructValue };
