import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type PackedResource } from '../wire/packed-resource';

/** What every response says besides its resources. */
interface ResponseHead {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
}

const LEN = WireType.LengthDelimited;

/** A serialized DeltaDiscoveryResponse around resources that are serialized already. */
export function encodeDelta(head: ResponseHead, resources: readonly Uint8Array[], removed: readonly string[]): Buffer {
  const writer = new BinaryWriter().tag(1, LEN).string(head.version);
  for (const resource of resources) writer.tag(2, LEN).bytes(resource);
  writer.tag(4, LEN).string(head.typeUrl).tag(5, LEN).string(head.nonce);
  for (const name of removed) writer.tag(6, LEN).string(name);
  return finish(writer);
}

/** A serialized DiscoveryResponse around Anys that are serialized already. */
export function encodeSotw(head: ResponseHead, anys: readonly Uint8Array[]): Buffer {
  const writer = new BinaryWriter().tag(1, LEN).string(head.version);
  for (const any of anys) writer.tag(2, LEN).bytes(any);
  writer.tag(4, LEN).string(head.typeUrl).tag(5, LEN).string(head.nonce);
  return finish(writer);
}

/** A resource with a TTL as state-of-the-world sends it: an Any of the Resource wrapper. Spec: xDS TTL. */
export function sotwWithTtl(resource: PackedResource, heartbeat: boolean): Uint8Array {
  const wrapper = resource.wrap(true, heartbeat);
  return new BinaryWriter()
    .tag(1, LEN)
    .string('type.googleapis.com/envoy.service.discovery.v3.Resource')
    .tag(2, LEN)
    .bytes(wrapper)
    .finish();
}

function finish(writer: BinaryWriter): Buffer {
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
