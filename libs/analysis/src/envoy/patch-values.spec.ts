import { describe, expect, it } from '@jest/globals';
import { resourcesFrom } from '@lateen/config/testing';
import { ruleFindings } from '../rule-findings';

const AT = 'spec.configPatches.0.patch.value';
const LIMIT = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';

/** What is said of one patch, beside the caution that every EnvoyFilter gets. */
function problems(applyTo: string, value: unknown, rest: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const patch = { operation: applyTo === 'CLUSTER' ? 'ADD' : 'INSERT_FIRST', value };
  const [resource] = resourcesFrom(
    JSON.stringify({
      apiVersion: 'networking.istio.io/v1alpha3',
      kind: 'EnvoyFilter',
      metadata: { name: 'x' },
      spec: { configPatches: [{ applyTo, patch, ...rest }] },
    }),
    { allowIneffective: true, semantics: 'skip' },
  );
  if (resource === undefined) throw new Error('Nothing was read');
  return ruleFindings(resource)
    .filter(({ code }) => code !== 'exposes_internals')
    .map(({ severity, code, path }) => `${severity} ${code} ${path.join('.')}`);
}

const http = (config: unknown) => ({ name: 'x', typed_config: config });
const limit = (fields: object) => http({ '@type': LIMIT, stat_prefix: 'x', ...fields });

describe('values of patches', () => {
  const cases: readonly {
    name: string;
    applyTo: string;
    value: unknown;
    rest?: Readonly<Record<string, unknown>>;
    want: readonly string[];
  }[] = [
    { name: 'a filter', applyTo: 'HTTP_FILTER', value: limit({ token_bucket: { max_tokens: 1, fill_interval: '1s' } }), want: [] },
    {
      name: "names in protobuf's other spelling",
      applyTo: 'HTTP_FILTER',
      value: { name: 'x', typedConfig: { '@type': LIMIT, statPrefix: 'x' } },
      want: [],
    },
    { name: 'numbers in quotes', applyTo: 'HTTP_FILTER', value: limit({ token_bucket: { max_tokens: '1' } }), want: [] },
    { name: 'a wrapper', applyTo: 'HTTP_FILTER', value: limit({ token_bucket: { tokens_per_fill: 5 } }), want: [] },
    { name: 'null is unset', applyTo: 'HTTP_FILTER', value: limit({ token_bucket: null }), want: [] },
    {
      name: 'an unknown field',
      applyTo: 'HTTP_FILTER',
      value: limit({ tokens: 1 }),
      want: [`warning unknown_field ${AT}.typed_config.tokens`],
    },
    {
      name: 'a misspelt field of the filter itself',
      applyTo: 'HTTP_FILTER',
      value: { name: 'x', typd_config: {} },
      want: [`warning unknown_field ${AT}.typd_config`, `warning ineffective_field ${AT}`],
    },
    {
      name: 'text for a number',
      applyTo: 'HTTP_FILTER',
      value: limit({ token_bucket: { max_tokens: 'many' } }),
      want: [`error wrong_type ${AT}.typed_config.token_bucket.max_tokens`],
    },
    {
      name: 'a fraction',
      applyTo: 'HTTP_FILTER',
      value: limit({ token_bucket: { max_tokens: 1.5 } }),
      want: [`error wrong_type ${AT}.typed_config.token_bucket.max_tokens`],
    },
    {
      name: 'below zero',
      applyTo: 'HTTP_FILTER',
      value: limit({ token_bucket: { max_tokens: -1 } }),
      want: [`error wrong_type ${AT}.typed_config.token_bucket.max_tokens`],
    },
    {
      name: 'a duration without its unit',
      applyTo: 'HTTP_FILTER',
      value: limit({ token_bucket: { fill_interval: 60 } }),
      want: [`error wrong_type ${AT}.typed_config.token_bucket.fill_interval`],
    },
    {
      name: 'an unknown enum value',
      applyTo: 'HTTP_FILTER',
      value: limit({ filter_enabled: { default_value: { numerator: 100, denominator: 'HUNDERD' } } }),
      want: [`error unknown_value ${AT}.typed_config.filter_enabled.default_value.denominator`],
    },
    {
      name: 'a list for a mapping',
      applyTo: 'HTTP_FILTER',
      value: limit({ token_bucket: [] }),
      want: [`error wrong_type ${AT}.typed_config.token_bucket`],
    },
    { name: 'a mapping for a list', applyTo: 'VIRTUAL_HOST', value: { domains: { a: 'b' } }, want: [`error wrong_type ${AT}.domains`] },
    {
      name: 'two of a oneof',
      applyTo: 'HTTP_ROUTE',
      value: { redirect: {}, direct_response: { status: 200 } },
      want: [`error oneof_conflict ${AT}.direct_response`],
    },
    { name: 'no type', applyTo: 'HTTP_FILTER', value: http({ stat_prefix: 'x' }), want: [`error required_field ${AT}.typed_config`] },
    {
      name: 'an unknown type',
      applyTo: 'HTTP_FILTER',
      value: http({ '@type': 'type.googleapis.com/envoy.filters.Nothing' }),
      want: [`error unknown_type ${AT}.typed_config.@type`],
    },
    {
      name: 'a type of API v2',
      applyTo: 'HTTP_FILTER',
      value: http({ '@type': 'type.googleapis.com/envoy.config.filter.http.lua.v2.Lua' }),
      want: [`error unknown_type ${AT}.typed_config.@type`],
    },
    {
      name: 'a type known by name alone',
      applyTo: 'HTTP_FILTER',
      value: http({ '@type': 'type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua', inlineCode: 'x' }),
      want: [],
    },
    {
      name: 'a type in a typed struct',
      applyTo: 'HTTP_FILTER',
      value: http({ '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct', type_url: 'a', value: { b: [1] } }),
      want: [],
    },
    {
      name: 'a filter without its configuration',
      applyTo: 'NETWORK_FILTER',
      value: { name: 'envoy.filters.network.tcp_proxy' },
      want: [`warning ineffective_field ${AT}`],
    },
    {
      name: 'a filter that is fetched',
      applyTo: 'HTTP_FILTER',
      value: { name: 'x', config_discovery: { config_source: { ads: {} }, type_urls: ['x'] } },
      want: [],
    },
    {
      name: 'a cluster',
      applyTo: 'CLUSTER',
      value: { name: 'x', type: 'STRICT_DNS', connect_timeout: '0.5s', load_assignment: { cluster_name: 'x' } },
      want: [],
    },
    { name: 'a field newer than what is compiled here', applyTo: 'CLUSTER', value: { stats_matcher: { reject_all: true } }, want: [] },
    {
      name: 'nothing is said of waypoints',
      applyTo: 'HTTP_FILTER',
      value: { nonsense: 1 },
      rest: { match: { context: 'WAYPOINT', waypoint: {} } },
      want: [],
    },
    {
      name: 'nothing after a match that is refused',
      applyTo: 'HTTP_FILTER',
      value: { nonsense: 1 },
      rest: { match: { cluster: { name: 'x' } } },
      want: ['error invalid_match spec.configPatches.0.match.cluster'],
    },
  ];
  it.each(cases)('$name', ({ applyTo, value, rest, want }) => expect(problems(applyTo, value, rest)).toEqual(want));
});
