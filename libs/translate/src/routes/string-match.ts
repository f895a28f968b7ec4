import { create } from '@bufbuild/protobuf';
import { type StringMatch } from '@lateen/config';
import { type StringMatcher, StringMatcherSchema } from '@lateen/xds/gen/envoy/type/matcher/v3/string_pb';

/**
 * Envoy's form of a string match, or undefined where it only asks that there be a value: `{}`, an empty prefix,
 * or the regular expression `*`. Spec: Istio `StringMatch`.
 */
export function stringMatcher(match: StringMatch): StringMatcher | undefined {
  if (match.exact !== undefined) {
    return create(StringMatcherSchema, { matchPattern: { case: 'exact', value: match.exact } });
  }
  if (match.prefix !== undefined && match.prefix !== '') {
    return create(StringMatcherSchema, { matchPattern: { case: 'prefix', value: match.prefix } });
  }
  if (match.regex !== undefined && match.regex !== '*') {
    return create(StringMatcherSchema, { matchPattern: { case: 'safeRegex', value: { regex: match.regex } } });
  }
  return undefined;
}
