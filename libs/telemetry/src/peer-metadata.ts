import { fromBinary, fromJson, type JsonObject, toBinary, toJson } from '@bufbuild/protobuf';
import { AnySchema, anyPack, anyUnpack, StructSchema } from '@bufbuild/protobuf/wkt';
import { type PeerLabels } from './peer';

/** Header with the sender's node id. */
export const PEER_METADATA_ID_HEADER = 'x-envoy-peer-metadata-id';
/** Header with the sender's metadata: base64 of a protobuf Struct. */
export const PEER_METADATA_HEADER = 'x-envoy-peer-metadata';

/** Labels that peers are told; the rest of a workload's labels are its own affair. */
const TOLD_LABELS = ['app', 'version', 'service.istio.io/canonical-name', 'service.istio.io/canonical-revision'];
const TOLD_FIELDS = ['NAME', 'NAMESPACE', 'OWNER', 'WORKLOAD_NAME', 'CLUSTER_ID'];

/** What peers are told of this workload: the `x-envoy-peer-metadata` value. `metadata` is the node's. */
export function encodePeerMetadata(metadata: JsonObject): string {
  return Buffer.from(toBinary(StructSchema, fromJson(StructSchema, toldOf(metadata)))).toString('base64');
}

/** Labels from an `x-envoy-peer-metadata` value; undefined when it is not base64 of a Struct. */
export function decodePeerMetadata(base64: string): PeerLabels | undefined {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0) return undefined;
  try {
    return labelsOfMetadata(toJson(StructSchema, fromBinary(StructSchema, bytes)) as JsonObject);
  } catch {
    // What a peer says of itself is untrusted, and only names series: unreadable means unknown.
    return undefined;
  }
}

/** Metric labels of a node's metadata. Spec: Istio `stats` extension, canonical name and revision. */
export function labelsOfMetadata(metadata: JsonObject): PeerLabels {
  const labels = isObject(metadata['LABELS']) ? metadata['LABELS'] : {};
  const workload = text(metadata['WORKLOAD_NAME']) ?? 'unknown';
  return {
    workload,
    namespace: text(metadata['NAMESPACE']) ?? 'unknown',
    canonicalService: text(labels['service.istio.io/canonical-name']) ?? text(labels['app']) ?? workload,
    canonicalRevision: text(labels['service.istio.io/canonical-revision']) ?? text(labels['version']) ?? 'latest',
    app: text(labels['app']) ?? 'unknown',
    version: text(labels['version']) ?? 'unknown',
    cluster: text(metadata['CLUSTER_ID']) ?? 'unknown',
  };
}

/** First bytes of Istio's exchange on TCP. */
const MAGIC = 0x3d230467;
/** No honest peer sends more. */
const MAX_FRAME = 65_536;

/** The frame that opens a TCP connection under ALPN `istio-peer-exchange`. Spec: Istio `metadata_exchange`. */
export function encodePeerFrame(metadata: JsonObject, nodeId: string): Buffer {
  const struct = fromJson(StructSchema, { [PEER_METADATA_ID_HEADER]: nodeId, [PEER_METADATA_HEADER]: toldOf(metadata) });
  const body = toBinary(AnySchema, anyPack(StructSchema, struct));
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(MAGIC, 0);
  frame.writeUInt32BE(body.length, 4);
  frame.set(body, 8);
  return frame;
}

/** What a connection's first bytes say of the peer. */
export type PeerFrame =
  /** Not all here yet. */
  | { readonly kind: 'partial' }
  /** Not an exchange: every byte is the application's. */
  | { readonly kind: 'none' }
  /** `length` bytes are the frame; undefined labels: it could not be read. */
  | { readonly kind: 'frame'; readonly length: number; readonly labels: PeerLabels | undefined };

/** Reads a frame from the first bytes of a connection. */
export function decodePeerFrame(bytes: Buffer): PeerFrame {
  const magic = Buffer.alloc(4);
  magic.writeUInt32BE(MAGIC, 0);
  if (!magic.subarray(0, Math.min(4, bytes.length)).equals(bytes.subarray(0, 4))) return { kind: 'none' };
  if (bytes.length < 8) return { kind: 'partial' };
  const size = bytes.readUInt32BE(4);
  if (size > MAX_FRAME) return { kind: 'none' };
  if (bytes.length < 8 + size) return { kind: 'partial' };
  return { kind: 'frame', length: 8 + size, labels: labelsOfFrame(bytes.subarray(8, 8 + size)) };
}

function labelsOfFrame(body: Buffer): PeerLabels | undefined {
  try {
    const struct = anyUnpack(fromBinary(AnySchema, body), StructSchema);
    const json = struct === undefined ? {} : (toJson(StructSchema, struct) as JsonObject);
    const metadata = json[PEER_METADATA_HEADER];
    return isObject(metadata) ? labelsOfMetadata(metadata) : undefined;
  } catch {
    return undefined;
  }
}

/** The part of a node's metadata that peers are told. */
function toldOf(metadata: JsonObject): JsonObject {
  const labels = isObject(metadata['LABELS']) ? metadata['LABELS'] : {};
  const pick = (from: JsonObject, names: readonly string[]): JsonObject =>
    Object.fromEntries(names.flatMap((name) => (from[name] === undefined ? [] : [[name, from[name]]])));
  return { ...pick(metadata, TOLD_FIELDS), LABELS: pick(labels, TOLD_LABELS) };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
