import { describe, expect, it } from '@jest/globals';
import { findingsFor } from '../testing';

interface Case {
  readonly name: string;
  readonly spec: object;
  readonly want?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const egress = (...items: object[]): object => ({ egress: items });
const ingress = (change: object = {}): object => ({ ingress: [{ port: { number: 9080, name: 'http', protocol: 'HTTP' }, ...change }] });
const patch = (change: object): object => ({
  configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'MERGE', value: {} }, ...change }],
});
const filters = (filter: object, applyTo = 'HTTP_FILTER'): object => patch({ applyTo, match: { listener: { filterChain: { filter } } } });
const internals = 'warning exposes_internals kind';
const jwt = (rule: object): object => ({ jwtRules: [{ issuer: 'a', ...rule }] });
const rsa = '{"kty":"RSA","n":"a","e":"AQAB"}';
const rule = (change: object, spec: object = {}): object => ({ rules: [change], ...spec });
const source = (fields: object, spec: object = {}): object => rule({ from: [{ source: fields }] }, spec);
const operation = (fields: object, spec: object = {}): object => rule({ to: [{ operation: fields }] }, spec);
const when = (key: string, values: readonly string[] = ['a'], spec: object = {}): object => rule({ when: [{ key, values }] }, spec);
const custom = { action: 'CUSTOM', provider: { name: 'a' } };
const wasm = (change: object): object => ({ url: 'oci://a/b', ...change });
const group = (change: object): object => ({ template: { address: '10.0.0.1' }, ...change });
const tag = (override: object): object => ({ metrics: [{ overrides: [{ tagOverrides: { x: override } }] }] });
const filter = (expression: string): object => ({ accessLogging: [{ filter: { expression } }] });
const R = 'spec.rules[0]';

const tables: Readonly<Record<string, readonly Case[]>> = {
  Sidecar: [
    { name: 'hosts', spec: egress({ hosts: ['./*', 'istio-system/*', '~/a.b', '~ns/a.b'] }) },
    { name: 'nothing', spec: {}, want: ['error required_field spec'] },
    { name: 'a host without a namespace', spec: egress({ hosts: ['a.b'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
    { name: 'a short host', spec: egress({ hosts: ['./a'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
    { name: 'no hosts', spec: egress({ hosts: [] }), want: ['error required_field spec.egress[0].hosts'] },
    {
      name: 'the rest first',
      spec: egress({ hosts: ['./*'] }, { hosts: ['./*'], port: { number: 80 } }),
      want: ['error invalid_order spec.egress[0]'],
    },
    {
      name: 'a port twice',
      spec: egress({ hosts: ['./*'], port: { number: 80 } }, { hosts: ['./*'], port: { number: 80 } }),
      want: ['error duplicate_port spec.egress[1].port.number'],
    },
    { name: 'a socket', spec: egress({ hosts: ['./*'], port: { number: 0 }, bind: 'unix:///s' }) },
    { name: 'port 0 without a socket', spec: egress({ hosts: ['./*'], port: {} }), want: ['error invalid_address spec.egress[0].bind'] },
    {
      name: 'a captured socket',
      spec: egress({ hosts: ['./*'], port: {}, bind: 'unix:///s', captureMode: 'IPTABLES' }),
      want: ['error exclusive_fields spec.egress[0].captureMode'],
    },
    {
      name: 'a host after its namespace',
      spec: egress({ hosts: ['./*', 'default/a.b'] }),
      want: ['warning redundant_host spec.egress[0].hosts[1]'],
    },
    { name: 'everything and more', spec: egress({ hosts: ['*/*', 'a/*'] }), want: ['warning redundant_host spec.egress[0].hosts'] },
    { name: 'an ingress listener', spec: ingress({ defaultEndpoint: '127.0.0.1:8080', bind: '0.0.0.0' }) },
    {
      name: 'an endpoint elsewhere',
      spec: ingress({ defaultEndpoint: '10.0.0.1:8080' }),
      want: ['error invalid_address spec.ingress[0].defaultEndpoint'],
    },
    { name: 'port 0', spec: { ingress: [{ port: { protocol: 'HTTP' } }] }, want: ['error invalid_port spec.ingress[0].port.number'] },
    { name: 'a name to bind', spec: ingress({ bind: 'localhost' }), want: ['error invalid_address spec.ingress[0].bind'] },
    {
      name: 'TLS with a credential',
      spec: { ingress: [{ port: { number: 443, protocol: 'HTTPS' }, tls: { mode: 'SIMPLE', credentialName: 'a' } }] },
      want: ['error unsupported_field spec.ingress[0].tls.credentialName'],
    },
    {
      name: 'TLS on HTTP',
      spec: ingress({ tls: { mode: 'SIMPLE', serverCertificate: '/c', privateKey: '/k' } }),
      want: ['error unsupported_protocol spec.ingress[0].port.protocol'],
    },
    { name: 'an egress proxy', spec: { outboundTrafficPolicy: { mode: 'ALLOW_ANY', egressProxy: { host: 'a.b', port: { number: 80 } } } } },
    {
      name: 'an egress proxy with a registry only',
      spec: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY', egressProxy: { host: 'a.b' } } },
      want: ['error exclusive_fields spec.outboundTrafficPolicy.egressProxy'],
    },
    {
      name: 'a selector with a star hides the rest',
      spec: { workloadSelector: { labels: { app: '*' } } },
      want: ['error invalid_selector spec.workloadSelector.labels.app'],
    },
  ],
  WorkloadEntry: [
    { name: 'an address', spec: { address: '10.0.0.1', ports: { http: 80 } } },
    { name: 'a name', spec: { address: 'a.b' } },
    { name: 'a network only', spec: { network: 'a' }, want: ['warning missing_address spec.address'] },
    { name: 'nothing', spec: {}, want: ['error required_field spec.address'] },
    { name: 'a socket with ports', spec: { address: 'unix:///s', ports: { http: 80 } }, want: ['error exclusive_fields spec.ports'] },
    { name: 'a bad address', spec: { address: 'a_b' }, want: ['error invalid_address spec.address'] },
    { name: 'a bad label', spec: { address: 'a', labels: { 'a b': 'c' } }, want: ['error invalid_label spec.labels["a b"]'] },
  ],
  WorkloadGroup: [
    { name: 'a template', spec: group({}) },
    { name: 'no template', spec: {}, want: ['error required_field spec.template'] },
    { name: 'a probe', spec: group({ probe: { httpGet: { port: 80 }, periodSeconds: 5 } }) },
    { name: 'a probe by nothing', spec: group({ probe: {} }), want: ['error required_field spec.probe'] },
    { name: 'a probe by gRPC', spec: group({ probe: { grpc: { port: 80 } } }), want: ['error required_field spec.probe'] },
    {
      name: 'two probes',
      spec: group({ probe: { tcpSocket: { port: 80 }, exec: { command: ['a'] } } }),
      want: ['error exclusive_fields spec.probe'],
    },
    {
      name: 'a negative period',
      spec: group({ probe: { tcpSocket: { port: 80 }, periodSeconds: -1 } }),
      want: ['error out_of_range spec.probe.periodSeconds'],
    },
    {
      name: 'a scheme in lower case',
      spec: group({ probe: { httpGet: { port: 80, scheme: 'http' } } }),
      want: ['error invalid_value spec.probe.httpGet.scheme'],
    },
    { name: 'an empty command', spec: group({ probe: { exec: { command: [] } } }), want: ['error required_field spec.probe.exec.command'] },
  ],
  EnvoyFilter: [
    { name: 'a patch', spec: patch({}), want: [internals] },
    { name: 'to nothing', spec: patch({ applyTo: undefined }), want: [internals, 'error required_field spec.configPatches[0].applyTo'] },
    { name: 'without a patch', spec: patch({ patch: undefined }), want: [internals, 'error required_field spec.configPatches[0].patch'] },
    {
      name: 'without an operation',
      spec: patch({ patch: { value: {} } }),
      want: [internals, 'error required_field spec.configPatches[0].patch.operation'],
    },
    {
      name: 'without a value',
      spec: patch({ patch: { operation: 'ADD' } }),
      want: [internals, 'error required_field spec.configPatches[0].patch.value'],
    },
    { name: 'removal without a value', spec: patch({ patch: { operation: 'REMOVE' } }), want: [internals] },
    { name: 'for waypoints, unchecked', spec: patch({ applyTo: undefined, match: { context: 'WAYPOINT' } }), want: [internals] },
    {
      name: 'a bad version',
      spec: patch({ match: { proxy: { proxyVersion: '(' } } }),
      want: [internals, 'error invalid_regex spec.configPatches[0].match.proxy.proxyVersion'],
    },
    {
      name: 'a filter by cluster',
      spec: patch({ match: { cluster: {} } }),
      want: [internals, 'error invalid_match spec.configPatches[0].match.cluster'],
    },
    {
      name: 'an old filter name',
      spec: filters({ name: 'envoy.router' }),
      want: [internals, 'warning deprecated_form spec.configPatches[0].match.listener.filterChain.filter.name'],
    },
    {
      name: 'a filter without a name',
      spec: filters({}),
      want: [internals, 'error required_field spec.configPatches[0].match.listener.filterChain.filter.name'],
    },
    {
      name: 'a filter of a listener',
      spec: filters({ name: 'a' }, 'LISTENER'),
      want: [internals, 'warning ineffective_field spec.configPatches[0].match.listener.filterChain.filter'],
    },
    {
      name: 'a filter inside another',
      spec: filters({ name: 'a', subFilter: { name: 'b' } }),
      want: [internals, 'error invalid_match spec.configPatches[0].match.listener.filterChain.filter.subFilter'],
    },
  ],
  ProxyConfig: [
    { name: 'an empty one', spec: {} },
    { name: 'threads', spec: { concurrency: 0 } },
    { name: 'negative threads', spec: { concurrency: -1 }, want: ['error out_of_range spec.concurrency'] },
  ],
  RequestAuthentication: [
    { name: 'an issuer', spec: jwt({ jwksUri: 'https://a/keys' }) },
    { name: 'the old spelling', spec: { jwtRules: [{ jwks_uri: 'http://a' }] } },
    { name: 'nobody', spec: { jwtRules: [{}] }, want: ['error required_field spec.jwtRules[0].issuer'] },
    { name: 'keys alone', spec: { jwtRules: [{ jwks: rsa }] }, want: ['error required_field spec.jwtRules[0].issuer'] },
    { name: 'a URL by ftp', spec: jwt({ jwksUri: 'ftp://a' }), want: ['error invalid_url spec.jwtRules[0].jwksUri'] },
    { name: 'a named port', spec: jwt({ jwksUri: 'https://a:http/' }), want: ['error invalid_url spec.jwtRules[0].jwksUri'] },
    { name: 'one key', spec: jwt({ jwks: rsa }) },
    { name: 'no keys', spec: jwt({ jwks: '{"keys":[]}' }) },
    { name: 'keys that are not JSON', spec: jwt({ jwks: '{' }), want: ['error invalid_jwks spec.jwtRules[0].jwks'] },
    { name: 'an empty key', spec: jwt({ jwks: '{}' }), want: ['error invalid_jwks spec.jwtRules[0].jwks'] },
    { name: 'half a key', spec: jwt({ jwks: '{"kty":"EC","crv":"P-256"}' }), want: ['error invalid_jwks spec.jwtRules[0].jwks'] },
    { name: 'a secret key', spec: jwt({ jwks: '{"keys":[{"kty":"oct","k":"a"}]}' }), want: ['warning private_key spec.jwtRules[0].jwks'] },
    { name: 'a timeout of 0', spec: jwt({ timeout: '0s' }), want: ['error invalid_duration spec.jwtRules[0].timeout'] },
    {
      name: 'a header that is none',
      spec: jwt({ outputClaimToHeaders: [{ claim: 'a', header: 'x y' }] }),
      want: ['error invalid_header spec.jwtRules[0].outputClaimToHeaders[0].header'],
    },
    { name: 'an empty audience', spec: jwt({ audiences: ['a', ''] }), want: ['error required_field spec.jwtRules[0].audiences[1]'] },
    {
      name: 'a selector and a target',
      spec: { selector: {}, targetRefs: [{ kind: 'Service', name: 'a' }] },
      want: ['warning ineffective_selector spec.selector.matchLabels', 'error exclusive_fields spec'],
    },
    {
      name: 'a target of another kind',
      spec: { targetRef: { kind: 'Pod', name: 'a' } },
      want: ['error invalid_reference spec.targetRef.kind'],
    },
    {
      name: 'a target elsewhere',
      spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a', namespace: 'b' }] },
      want: ['error invalid_reference spec.targetRefs[0].namespace'],
    },
  ],
  AuthorizationPolicy: [
    { name: 'an empty one', spec: {} },
    { name: 'a rule for everybody', spec: rule({}) },
    { name: 'DENY without rules', spec: { action: 'DENY' }, want: ['error required_field spec.rules'] },
    { name: 'CUSTOM without a provider', spec: rule({}, { action: 'CUSTOM' }), want: ['error required_field spec.provider.name'] },
    { name: 'ALLOW with a provider', spec: { provider: { name: 'a' } }, want: ['error exclusive_fields spec.provider'] },
    {
      name: 'CUSTOM by principal',
      spec: source({ principals: ['a'] }, custom),
      want: [`error unsupported_field ${R}.from[0].source.principals`],
    },
    { name: 'CUSTOM by address', spec: source({ ipBlocks: ['10.0.0.0/8'] }, custom) },
    { name: 'CUSTOM by claim', spec: when('request.auth.claims[a]', ['b'], custom), want: [`error unsupported_field ${R}.when[0].key`] },
    { name: 'an empty source', spec: source({}), want: [`error required_field ${R}.from[0].source`] },
    { name: 'no source', spec: rule({ from: [{}] }), want: [`error required_field ${R}.from[0].source`] },
    { name: 'an empty operation', spec: operation({ paths: [] }), want: [`error required_field ${R}.to[0].operation`] },
    { name: 'an empty entry', spec: source({ principals: ['a', ''] }), want: [`error required_field ${R}.from[0].source.principals[1]`] },
    {
      name: 'accounts and namespaces',
      spec: source({ serviceAccounts: ['a'], namespaces: ['b'] }),
      want: [`error exclusive_fields ${R}.from[0].source`],
    },
    { name: 'accounts', spec: source({ serviceAccounts: ['a', 'ns/a'] }) },
    {
      name: 'an account with a star',
      spec: source({ serviceAccounts: ['ns/*'] }),
      want: [`error invalid_name ${R}.from[0].source.serviceAccounts[0]`],
    },
    { name: 'trust domains', spec: source({ trustDomains: ['*.local', 'td*', '*'] }) },
    {
      name: 'a star inside a trust domain',
      spec: source({ trustDomains: ['a*b'] }),
      want: [`error invalid_name ${R}.from[0].source.trustDomains[0]`],
    },
    {
      name: 'a bad range',
      spec: source({ notIpBlocks: ['10.0.0.0/40'] }),
      want: [`error invalid_address ${R}.from[0].source.notIpBlocks[0]`],
    },
    { name: 'a range of ports', spec: operation({ ports: ['80-90'] }), want: [`error invalid_port ${R}.to[0].operation.ports[0]`] },
    { name: 'paths', spec: operation({ paths: ['/a*', '*b', '/{*}/a', '/a/{**}', '/{*}/{**}'] }) },
    {
      name: 'an operator after the rest',
      spec: operation({ paths: ['/{**}/{*}'] }),
      want: [`error invalid_path ${R}.to[0].operation.paths[0]`],
    },
    { name: 'a brace in a path', spec: operation({ paths: ['/a{b'] }), want: [`error invalid_path ${R}.to[0].operation.paths[0]`] },
    {
      name: 'a star beside an operator',
      spec: operation({ paths: ['/{*}/a*'] }),
      want: [`error invalid_path ${R}.to[0].operation.paths[0]`],
    },
    { name: 'a header', spec: when('request.headers[x-user]') },
    { name: 'an unnamed header', spec: when('request.headers[]'), want: [`error invalid_key ${R}.when[0].key`] },
    { name: 'an old key', spec: when('destination.labels[app]'), want: [`error unsupported_field ${R}.when[0].key`] },
    { name: 'an unknown key', spec: when('source.name'), want: [`error invalid_key ${R}.when[0].key`] },
    { name: 'a key with nothing', spec: when('source.ip', []), want: [`error required_field ${R}.when[0]`] },
    { name: 'an address that is none', spec: when('source.ip', ['a']), want: [`error invalid_address ${R}.when[0].values[0]`] },
    { name: 'DENY by path', spec: operation({ paths: ['/a'] }, { action: 'DENY' }), want: [`warning http_only ${R}`] },
    { name: 'DENY by path and port', spec: operation({ paths: ['/a'], ports: ['80'] }, { action: 'DENY' }) },
    { name: 'DENY by token', spec: source({ requestPrincipals: ['*'] }, { action: 'DENY' }), want: [`warning http_only ${R}`] },
    { name: 'DENY by namespace', spec: source({ namespaces: ['a'] }, { action: 'DENY' }) },
    { name: 'a dry run', spec: rule({}), metadata: { annotations: { 'istio.io/dry-run': 'true' } } },
    {
      name: 'a dry run of maybe',
      spec: rule({}),
      metadata: { annotations: { 'istio.io/dry-run': 'maybe' } },
      want: ['error invalid_annotation metadata.annotations["istio.io/dry-run"]'],
    },
    {
      name: 'a dry run of AUDIT',
      spec: { action: 'AUDIT' },
      metadata: { annotations: { 'istio.io/dry-run': 'true' } },
      want: ['error invalid_annotation metadata.annotations["istio.io/dry-run"]'],
    },
  ],
  Telemetry: [
    { name: 'an empty one', spec: {} },
    {
      name: 'a filter',
      spec: filter('response.code >= 400 && !(request.headers["x"] in ["a", r"b"]) || has(a.b) ? x{y: 1} : [1, 2u, 0x1F, -1.5e3]'),
    },
    { name: 'an empty filter', spec: filter(''), want: ['error invalid_expression spec.accessLogging[0].filter.expression'] },
    { name: 'half a filter', spec: filter('response.code >='), want: ['error invalid_expression spec.accessLogging[0].filter.expression'] },
    { name: 'one equals sign', spec: filter('a = b'), want: ['error invalid_expression spec.accessLogging[0].filter.expression'] },
    { name: 'an open text', spec: filter('a == "b'), want: ['error invalid_expression spec.accessLogging[0].filter.expression'] },
    {
      name: 'a provider without a name',
      spec: { accessLogging: [{ providers: [{ name: '' }] }] },
      want: ['error required_field spec.accessLogging[0].providers[0].name'],
    },
    { name: 'tracing twice', spec: { tracing: [{}, {}] }, want: ['warning ineffective_field spec.tracing'] },
    {
      name: 'sampling 101 %',
      spec: { tracing: [{ randomSamplingPercentage: 101 }] },
      want: ['error out_of_range spec.tracing[0].randomSamplingPercentage'],
    },
    {
      name: 'a tag from a header without a name',
      spec: { tracing: [{ customTags: { a: { header: { name: '' } } } }] },
      want: ['error required_field spec.tracing[0].customTags.a.header.name'],
    },
    {
      name: 'a tag of two kinds',
      spec: { tracing: [{ customTags: { a: { header: { name: 'b' }, literal: { value: 'c' } } } }] },
      want: ['error exclusive_fields spec.tracing[0].customTags.a'],
    },
    { name: 'a tag without a value', spec: tag({}), want: ['error required_field spec.metrics[0].overrides[0].tagOverrides.x.value'] },
    { name: 'a tag removed', spec: tag({ operation: 'REMOVE' }) },
    {
      name: 'a tag removed with a value',
      spec: tag({ operation: 'REMOVE', value: 'a' }),
      want: ['error exclusive_fields spec.metrics[0].overrides[0].tagOverrides.x.value'],
    },
    {
      name: 'an empty metric',
      spec: { metrics: [{ overrides: [{ match: { customMetric: '' } }] }] },
      want: ['error required_field spec.metrics[0].overrides[0].match.customMetric'],
    },
  ],
  WasmPlugin: [
    ...['oci://a/b', 'docker.io/a:b', '1.2.3.4:5000/a', 'file:///a', 'https://a'].map((url) => ({ name: url, spec: wasm({ url }) })),
    ...['localhost:5000/a', 'docker.io:5000/a', 'ftp://a', 'a b', 'http://a/%zz'].map((url) => ({
      name: url,
      spec: wasm({ url }),
      want: ['error invalid_url spec.url'],
    })),
    { name: 'no URL', spec: {}, want: ['error required_field spec.url'] },
    { name: 'a checksum in upper case', spec: wasm({ sha256: 'A'.repeat(64) }), want: ['error invalid_value spec.sha256'] },
    { name: 'a long name', spec: wasm({ pluginName: 'a'.repeat(257) }), want: ['error out_of_range spec.pluginName'] },
    {
      name: 'a variable twice',
      spec: wasm({ vmConfig: { env: [{ name: 'A' }, { name: 'A' }] } }),
      want: ['error duplicate_name spec.vmConfig.env[1].name'],
    },
    {
      name: 'a value from the host',
      spec: wasm({ vmConfig: { env: [{ name: 'A', valueFrom: 'HOST', value: 'b' }] } }),
      want: ['error exclusive_fields spec.vmConfig.env[0].value'],
    },
    {
      name: 'port 0',
      spec: wasm({ match: [{ ports: [{ number: 0 }, { number: 0 }] }] }),
      want: ['error invalid_port spec.match[0].ports[0].number'],
    },
  ],
  TrafficExtension: [
    { name: 'Lua', spec: { lua: { inlineCode: 'x = 1' } } },
    { name: 'Wasm', spec: { wasm: { url: 'oci://a' } } },
    { name: 'neither', spec: {}, want: ['error required_field spec'] },
    { name: 'both', spec: { lua: { inlineCode: 'x' }, wasm: { url: 'oci://a' } }, want: ['error exclusive_fields spec'] },
    { name: 'empty Lua', spec: { lua: { inlineCode: '' } }, want: ['error out_of_range spec.lua.inlineCode'] },
  ],
};

describe.each(Object.entries(tables))('%s', (kind, cases) => {
  it.each([...cases])('$name', ({ spec, want = [], metadata }) => expect(findingsFor(kind, spec, { metadata })).toEqual(want));
});

describe('annotations of every kind', () => {
  it('a dry run of what cannot be', () => {
    expect(findingsFor('ProxyConfig', {}, { metadata: { annotations: { 'istio.io/dry-run': 'true' } } })).toEqual([
      'error invalid_annotation metadata.annotations["istio.io/dry-run"]',
    ]);
  });
  it("one of Istio's own hides the rest", () => {
    expect(findingsFor('ProxyConfig', { concurrency: -1 }, { metadata: { annotations: { 'internal.istio.io/parents': 'a' } } })).toEqual([
      'error invalid_annotation metadata.annotations["internal.istio.io/parents"]',
    ]);
  });
});
