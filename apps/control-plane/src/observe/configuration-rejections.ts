import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { type AnyResource } from '@lateen/config';
import { type ConnectedClient } from '@lateen/xds/server';
import { type Rejection } from '../push/sync-tracker';

/** Which connected proxies do not have a resource since they rejected what was made of it. */
export interface RejectedBy {
  /** Stream ids. */
  readonly streams: ReadonlySet<string>;
  /** The words of the first of them; undefined: none did. */
  readonly message: string | undefined;
}

/** What a resource is judged by. */
export interface RejectionInputs {
  readonly rejections: readonly Rejection[];
  readonly clients: readonly ConnectedClient[];
  /** The world's generation that first had the resource as it is. */
  readonly wanted: number;
}

/**
 * Who rejected a resource as it is now. A rejected push has what changed since the last that the proxy took: a
 * VirtualService or DestinationRule among that is concerned when what was rejected names it. Other kinds leave no name
 * there: they are concerned where they changed on a proxy that had an earlier version, and no rule that was rejected
 * with them is to blame.
 */
export function rejectedBy(resource: AnyResource, { rejections, clients, wanted }: RejectionInputs): RejectedBy {
  const streams = new Set<string>();
  let message: string | undefined;
  for (const rejection of rejections) {
    if (wanted <= rejection.afterGeneration || wanted > rejection.generation) continue;
    const { streamId } = rejection.client;
    const client = clients.find(({ state }) => state.client.streamId === streamId);
    const packed = client?.view.resources(rejection.typeUrl).get(rejection.resource);
    if (packed === undefined || !concerns(resource, packed.value, rejection)) continue;
    streams.add(streamId);
    message ??= rejection.message;
  }
  return { streams, message };
}

const NAMED: Readonly<Record<string, string>> = { VirtualService: 'virtual-service', DestinationRule: 'destination-rule' };
const STEERING_ELSE: ReadonlySet<string> = new Set([
  'Gateway',
  'Sidecar',
  'EnvoyFilter',
  'PeerAuthentication',
  'Telemetry',
  'ServiceEntry',
]);

function concerns({ kind, metadata }: AnyResource, bytes: Uint8Array, { afterGeneration }: Rejection): boolean {
  const dashed = NAMED[kind];
  if (dashed === undefined) return STEERING_ELSE.has(kind) && afterGeneration >= 0 && !namesAnyRule(bytes);
  // With its length before it: the name of another may begin with this one.
  const name = `/apis/networking.istio.io/v1/namespaces/${metadata.namespace}/${dashed}/${metadata.name}`;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(Buffer.from(new BinaryWriter().string(name).finish()));
}

function namesAnyRule(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Object.values(NAMED).some((dashed) => buffer.includes(`/${dashed}/`));
}
