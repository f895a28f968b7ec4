import { parseDurationMs } from '@lateen/base';
import { z } from 'zod';
import { crd } from './crd-meta';

const durationText = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, {
    error: 'is not a duration such as "1.5s" or "100ms"',
    params: { code: 'invalid_duration' },
  })
  .meta({ format: 'duration' });

/** A `duration` that may also be zero or shorter than a millisecond. */
export const anyDuration = crd(durationText, {});

/**
 * A length of time, kept as the text on the wire; `parseDurationMs` of `@lateen/base` gives milliseconds.
 * Spec: validation.md §2.5: Go units `h m s ms us ns`, combinable; a bare number is refused.
 */
export const duration = crd(durationText, {
  keywords: { maxLength: 64 },
  validations: [{ rule: "duration(self) >= duration('1ms')", message: 'a duration is at least 1ms' }],
});

/** A whole number that fits protobuf's int32. */
export const int32 = z.int().min(-2_147_483_648).max(2_147_483_647);

/** A whole number that fits protobuf's uint32. */
export const uint32 = z.int().min(0).max(4_294_967_295);

/** Bytes in standard base64. */
export const base64 = crd(
  z.string().refine((text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), {
    error: 'is not base64',
    params: { code: 'invalid_base64' },
  }),
  { keywords: { format: 'byte' } },
);

/** A whole number as protobuf's UInt32Value: unset is something other than 0, and null is unset. */
export const maybeUint32 = crd(uint32, { keywords: { nullable: true } });

/** A boolean as protobuf's BoolValue: unset is something other than false, and null is unset. */
export const maybeBoolean = crd(z.boolean(), { keywords: { nullable: true } });

/** A share of 100, with fractions. Spec: Istio `Percent`. */
export const percent = z.strictObject({ value: z.number() }).partial();

/** Text keyed by text: labels, header operations. */
export const stringMap = z.record(z.string(), z.string());

/** One protobuf message: every field optional unless the kind says otherwise, and no others. */
export function message<S extends z.ZodRawShape>(shape: S): z.ZodObject<{ [K in keyof S]: z.ZodOptional<S[K]> }, z.core.$strict> {
  return z.strictObject(shape).partial() as unknown as z.ZodObject<{ [K in keyof S]: z.ZodOptional<S[K]> }, z.core.$strict>;
}
