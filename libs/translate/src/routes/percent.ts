import { create } from '@bufbuild/protobuf';
import {
  type FractionalPercent,
  FractionalPercent_DenominatorType as Denominator,
  FractionalPercentSchema,
} from '@lateen/xds/gen/envoy/type/v3/percent_pb';

/** Istio's percentage with fractions (0–100), to the ten-thousandth of a percent. */
export function fractionOfMillion(percent: number): FractionalPercent {
  return create(FractionalPercentSchema, {
    numerator: Math.round(percent * 10_000),
    denominator: Denominator.MILLION,
  });
}

/** A whole percentage (0–100). */
export function fractionOfHundred(percent: number): FractionalPercent {
  return create(FractionalPercentSchema, { numerator: percent, denominator: Denominator.HUNDRED });
}
