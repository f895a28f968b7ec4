import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { type OpenApi, openApiOf } from '../generate/openapi';
import { parseFiles } from '../parse/parse-files';
import { GATEWAY_API_KINDS } from './catalog';

const reference = process.env['LATEEN_REFERENCE'] ?? join(import.meta.dirname, '../../../../../shared/reference');
const file = join(reference, 'data/gateway-api-crds.yaml');

const parse = (kind: string, spec: unknown): ReturnType<typeof parseFiles> =>
  parseFiles([
    { name: 'a.json', text: JSON.stringify({ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: { name: 'a' }, spec }) },
  ]);
const http = (rule: object): object => ({ parentRefs: [{ name: 'a' }], rules: [rule] });
const gateway = (listener: object): object => ({
  gatewayClassName: 'istio',
  listeners: [{ name: 'a', port: 80, protocol: 'HTTP', ...listener }],
});
const R = 'spec.rules[0]';

describe('Gateway API', () => {
  const cases: readonly { name: string; kind: string; spec: object; want?: readonly string[] }[] = [
    { name: 'a gateway', kind: 'Gateway', spec: gateway({ hostname: '*.example.com' }) },
    { name: 'a gateway without a class', kind: 'Gateway', spec: { listeners: [] }, want: ['error required_field spec.gatewayClassName'] },
    { name: 'port 0', kind: 'Gateway', spec: gateway({ port: 0 }), want: ['error out_of_range spec.listeners[0].port'] },
    {
      name: 'a host in upper case',
      kind: 'Gateway',
      spec: gateway({ hostname: 'A.b' }),
      want: ['error invalid_host spec.listeners[0].hostname'],
    },
    {
      name: 'TLS on HTTP',
      kind: 'Gateway',
      spec: gateway({ tls: { certificateRefs: [{ name: 'a' }] } }),
      want: ['error invalid_tls spec.listeners[0].tls'],
    },
    {
      name: 'TLS without a certificate',
      kind: 'Gateway',
      spec: gateway({ protocol: 'HTTPS', tls: {} }),
      want: ['error required_field spec.listeners[0].tls.certificateRefs'],
    },
    {
      name: 'a listener twice',
      kind: 'ListenerSet',
      spec: { parentRef: { name: 'a' }, listeners: [1, 2].map((port) => ({ name: 'a', port, protocol: 'TCP' })) },
      want: ['error duplicate_name spec.listeners[1].name'],
    },
    { name: 'a route', kind: 'HTTPRoute', spec: http({ matches: [{ path: { value: '/a' } }], backendRefs: [{ name: 'a', port: 80 }] }) },
    {
      name: 'a path without a slash',
      kind: 'HTTPRoute',
      spec: http({ matches: [{ path: { value: 'a' } }] }),
      want: [`error invalid_path ${R}.matches[0].path.value`],
    },
    {
      name: 'a bad regex',
      kind: 'HTTPRoute',
      spec: http({ matches: [{ headers: [{ type: 'RegularExpression', name: 'a', value: '(' }] }] }),
      want: [`error invalid_regex ${R}.matches[0].headers[0].value`],
    },
    {
      name: 'a filter without its field',
      kind: 'HTTPRoute',
      spec: http({ filters: [{ type: 'CORS' }] }),
      want: [`error required_field ${R}.filters[0].cors`],
    },
    {
      name: "another filter's field",
      kind: 'HTTPRoute',
      spec: http({ filters: [{ type: 'CORS', cors: {}, urlRewrite: {} }] }),
      want: [`error exclusive_fields ${R}.filters[0].urlRewrite`],
    },
    {
      name: 'redirect and route',
      kind: 'HTTPRoute',
      spec: http({ filters: [{ type: 'RequestRedirect', requestRedirect: { port: 80 } }], backendRefs: [{ name: 'a' }] }),
      want: [`error exclusive_fields ${R}.backendRefs`],
    },
    {
      name: 'a redirect by 304',
      kind: 'HTTPRoute',
      spec: http({ filters: [{ type: 'RequestRedirect', requestRedirect: { statusCode: 304 } }] }),
      want: [`error unknown_value ${R}.filters[0].requestRedirect.statusCode`],
    },
    {
      name: 'a timeout with a fraction',
      kind: 'HTTPRoute',
      spec: http({ timeouts: { request: '1.5s' } }),
      want: [`error invalid_duration ${R}.timeouts.request`],
    },
    {
      name: 'a field of the experimental channel',
      kind: 'HTTPRoute',
      spec: http({ retry: {} }),
      want: [`warning unknown_field ${R}.retry`],
    },
    {
      name: 'a gRPC method without a name',
      kind: 'GRPCRoute',
      spec: http({ matches: [{ method: {} }] }),
      want: [`error required_field ${R}.matches[0].method`],
    },
    {
      name: 'an address as server name',
      kind: 'TLSRoute',
      spec: { hostnames: ['10.0.0.1'], rules: [] },
      want: ['error invalid_host spec.hostnames[0]'],
    },
    { name: 'a TCP route', kind: 'TCPRoute', spec: { rules: [{ backendRefs: [{ name: 'a', port: 80, weight: 1 }] }] } },
    {
      name: 'no roots',
      kind: 'BackendTLSPolicy',
      spec: { targetRefs: [], validation: { hostname: 'a' } },
      want: ['error exclusive_fields spec.validation'],
    },
    {
      name: 'a grant',
      kind: 'ReferenceGrant',
      spec: { from: [{ group: '', kind: 'Service', namespace: 'a' }], to: [{ group: '', kind: 'Secret' }] },
    },
  ];
  it.each([...cases])('$name', ({ kind, spec, want = [] }) =>
    expect(parse(kind, spec).violations.map((v) => `${v.severity} ${v.code} ${v.path}`)).toEqual(want),
  );

  it('is judged, given apart, and counted as passed over', () => {
    const { resources, gatewayApi, passedOver } = parse('Gateway', gateway({}));
    expect(resources).toEqual([]);
    expect(gatewayApi.map((r) => `${r.apiVersion} ${r.kind}`)).toEqual(['gateway.networking.k8s.io/v1 Gateway']);
    expect(passedOver).toEqual([{ kind: 'Gateway.gateway.networking.k8s.io', count: 1 }]);
  });
});

interface ReferenceCrd {
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly schema: { readonly openAPIV3Schema?: { readonly properties: { readonly spec: OpenApi } } } }[];
}

/** Each field as a line: path and type, enum, what is required. */
function fields(schema: OpenApi, path = 'spec'): readonly string[] {
  const { type, enum: values, required, properties, items, additionalProperties } = schema;
  const own = [
    `${path}: ${String(type)}`,
    ...(Array.isArray(values) ? [`${path} enum ${[...values].sort().join(' ')}`] : []),
    ...(Array.isArray(required) ? [`${path} required ${[...required].sort().join(' ')}`] : []),
  ];
  const below = Object.entries((properties ?? {}) as Readonly<Record<string, OpenApi>>).flatMap(([name, field]) =>
    fields(field, `${path}.${name}`),
  );
  return [
    ...own,
    ...below,
    ...(items === undefined ? [] : fields(items as OpenApi, `${path}[]`)),
    ...(typeof additionalProperties === 'object' ? fields(additionalProperties as OpenApi, `${path}{}`) : []),
  ];
}

(existsSync(file) ? describe : describe.skip)('its own definitions', () => {
  const crds = existsSync(file)
    ? parseAllDocuments(readFileSync(file, 'utf8'))
        .map((d) => d.toJS() as ReferenceCrd | null)
        .filter((crd) => crd !== null)
    : [];
  if (crds.length === 0) it.skip(`no reference at ${file}`, () => undefined);
  it.each(crds.map((crd) => ({ kind: crd.names.kind, crd })))('$kind has the same fields', ({ kind, crd }) => {
    const definition = GATEWAY_API_KINDS.find((k) => k.kind === kind);
    const ours = new Set(definition === undefined ? [] : fields(openApiOf(definition.schema)));
    const theirs = new Set(fields(crd.versions[0]?.schema.openAPIV3Schema?.properties.spec ?? {}));
    expect({ missing: [...theirs].filter((line) => !ours.has(line)), surplus: [...ours].filter((line) => !theirs.has(line)) }).toEqual({
      missing: [],
      surplus: [],
    });
  });
});
