import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, anyPack, type Duration, DurationSchema } from '@bufbuild/protobuf/wkt';

/** A filter, access logger or transport socket as Envoy's messages nest one: a name and its packed configuration. */
export interface TypedExtension {
  readonly name: string;
  readonly configType: { readonly case: 'typedConfig'; readonly value: Any };
}

/** Packs a message built from `init`; without one, the message of defaults. */
export function pack<D extends DescMessage>(schema: D, init?: MessageInitShape<D>): Any {
  return anyPack(schema, create(schema, init));
}

/** An extension by name, configured by `init`; without one, by the message of defaults. */
export function extension<D extends DescMessage>(name: string, schema: D, init?: MessageInitShape<D>): TypedExtension {
  return { name, configType: { case: 'typedConfig', value: pack(schema, init) } };
}

/** A protobuf duration of `ms` milliseconds; fractions down to the nanosecond are kept. */
export function durationOf(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return create(DurationSchema, { seconds: BigInt(seconds), nanos: Math.round((ms - seconds * 1000) * 1_000_000) });
}

/** Zero in Envoy's time fields: the limit is off. */
export const ZERO: Duration = durationOf(0);

/** `[value]` when `condition` holds, else nothing: one optional line of a list written as a table of contents. */
export function given<T>(condition: boolean, value: () => T): readonly T[] {
  return condition ? [value()] : [];
}
