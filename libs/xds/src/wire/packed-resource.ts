import { createHash } from 'node:crypto';
import { type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { dependenciesOf } from './dependencies';

/**
 * A resource ready for the wire, its encodings made once and shared by every proxy and push that carries it.
 * Immutable; equal versions mean equal bytes.
 */
export class PackedResource {
  /** Names of the resources of the next type that the receiver waits for: a cluster's endpoints, a listener's routes. */
  readonly dependencies: readonly string[];
  /** Sixteen hex digits of the content's hash. */
  readonly version: string;
  /** A serialized `google.protobuf.Any`. */
  readonly any: Uint8Array;
  #delta: Uint8Array | undefined;

  constructor(
    readonly name: string,
    readonly typeUrl: string,
    /** The serialized message itself. */
    readonly value: Uint8Array,
    /** After how long the receiver drops it unless it hears of it again; undefined: never. */
    readonly ttlMs?: number,
    dependencies: readonly string[] = [],
  ) {
    this.version = createHash('sha256').update(value).digest('hex').slice(0, 16);
    this.any = new BinaryWriter().tag(1, WireType.LengthDelimited).string(typeUrl).tag(2, WireType.LengthDelimited).bytes(value).finish();
    this.dependencies = dependencies;
  }

  /** A serialized `envoy.service.discovery.v3.Resource` around it. */
  get delta(): Uint8Array {
    return (this.#delta ??= this.wrap(false));
  }

  /** The `Resource` wrapper with its TTL; `heartbeat` leaves the body out. Spec: xDS TTL. */
  wrap(withTtl: boolean, heartbeat = false): Uint8Array {
    const writer = new BinaryWriter()
      .tag(3, WireType.LengthDelimited)
      .string(this.name)
      .tag(1, WireType.LengthDelimited)
      .string(this.version);
    if (!heartbeat) writer.tag(2, WireType.LengthDelimited).bytes(this.any);
    if (withTtl && this.ttlMs !== undefined) {
      writer.tag(6, WireType.LengthDelimited).fork();
      writer
        .tag(1, WireType.Varint)
        .int64(Math.floor(this.ttlMs / 1000))
        .tag(2, WireType.Varint)
        .int32((this.ttlMs % 1000) * 1e6)
        .join();
    }
    return writer.finish();
  }
}

/** The type URL of a message type. */
export function typeUrlOf(schema: DescMessage): string {
  return `type.googleapis.com/${schema.typeName}`;
}

/** Packs `message` under `name`. Deterministic: equal messages get equal versions. */
export function packResource<S extends DescMessage>(schema: S, name: string, message: MessageShape<S>, ttlMs?: number): PackedResource {
  const typeUrl = typeUrlOf(schema);
  return new PackedResource(name, typeUrl, toBinary(schema, message), ttlMs, dependenciesOf(typeUrl, message));
}

/** Wraps a message in an Any; the type URL is the one Envoy expects. */
export function packAny<S extends DescMessage>(schema: S, message: MessageShape<S>): Any {
  return { $typeName: 'google.protobuf.Any', typeUrl: typeUrlOf(schema), value: toBinary(schema, message) };
}

/**
 * The message inside `any`; undefined when it is of another type. Unknown fields are ignored.
 * Throws when the bytes are not a message of that type.
 */
export function unpackAny<S extends DescMessage>(any: Any | undefined, schema: S): MessageShape<S> | undefined {
  if (any === undefined || any.typeUrl !== typeUrlOf(schema)) return undefined;
  return fromBinary(schema, any.value);
}

/** The Any of a packed resource, for whoever renders it. */
export function toAny(resource: PackedResource): Any {
  return fromBinary(AnySchema, resource.any);
}
