/** An input too large for a folder, made on the spot: what it is, and its text. */
export interface HeavyInput {
  readonly name: string;
  readonly text: () => string;
}

const head = (kind: string, apiVersion = 'networking.istio.io/v1'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n`;
const many = (n: number, item: (i: number) => string): string => Array.from({ length: n }, (_, i) => item(i)).join('');
const virtualService = (hosts: string, rules: string): string => `${head('VirtualService')}spec:\n  hosts: [${hosts}]\n${rules}`;
const ROUTE = 'route: [{destination: {host: a}}]';
const policy = (rules: string): string => `${head('AuthorizationPolicy', 'security.istio.io/v1')}spec:\n  rules:\n${rules}`;
const aliases = (depth: number, link: (i: number) => string): string =>
  `${head('ConfigMap', 'v1')}x0: &x0 {k: v}\n${many(depth, (i) => `x${i + 1}: &x${i + 1} ${link(i)}\n`)}`;

/**
 * Inputs of some hundred kilobytes, each the worst of its kind for some way of reading it: whoever compares all with all,
 * copies what was read so far, recurses, or expands, takes minutes or all the memory for one of them.
 */
export const HEAVY_INPUTS: readonly HeavyInput[] = [
  { name: 'lists in lists', text: () => `a: ${'['.repeat(125_000)}` },
  { name: 'blocks in blocks', text: () => many(1200, (i) => `${' '.repeat(i)}a:\n`) },
  { name: 'flow mappings in flow mappings', text: () => `${'{a: '.repeat(25_000)}${'}'.repeat(25_000)}` },
  { name: 'aliases that double', text: () => aliases(60, (i) => `[*x${i}, *x${i}]`) },
  { name: 'merge keys that double', text: () => aliases(60, (i) => `{<<: [*x${i}, *x${i}]}`) },
  {
    name: 'one mapping merged often',
    text: () => `${head('ConfigMap', 'v1')}d: &d {${many(5_000, (i) => `k${i}: v,`)}}\nm: {<<: [${many(900, () => '*d,')}]}\n`,
  },
  {
    name: 'an alias of everything before it',
    text: () => `${head('ConfigMap', 'v1')}a: &a [${many(10_000, (i) => `${i},`)}]\nb: [${many(900, () => '*a,')}]\n`,
  },
  { name: 'many anchors', text: () => `${head('ConfigMap', 'v1')}a: [${many(15_000, (i) => `&a${i} x,`)}]\n` },
  { name: 'many keys', text: () => `${head('ConfigMap', 'v1')}data:\n${many(15_000, (i) => `  k${i}: v\n`)}` },
  { name: 'one key many times', text: () => `${head('ConfigMap', 'v1')}data:\n${many(25_000, () => '  k: v\n')}` },
  {
    name: 'unknown fields',
    text: () =>
      virtualService(
        'a',
        many(15_000, (i) => `  k${i}: v\n`),
      ),
  },
  {
    name: 'unknown fields below a long name',
    text: () =>
      `${head('PeerAuthentication', 'security.istio.io/v1')}spec:\n  portLevelMtls:\n    ? ${'k'.repeat(100_000)}\n    : {${many(10_000, (i) => `u${i}: 1,`)}}\n`,
  },
  {
    name: 'a long regex',
    text: () => virtualService('a', `  http: [{match: [{uri: {regex: "${'(a|b)*'.repeat(37_500)}"}}], ${ROUTE}}]\n`),
  },
  {
    name: 'many regexes that grow',
    text: () => virtualService('a', `  http:\n${many(500, (i) => `  - {match: [{uri: {regex: "(((a{9}){9}){9})${i}"}}], ${ROUTE}}\n`)}`),
  },
  {
    name: 'long scalars',
    text: () =>
      `${head('ConfigMap', 'v1')}data:\n  a: ${'x'.repeat(175_000)}\n  b: "${'\\u0041'.repeat(25_000)}"\n  c: |\n${'    line\n'.repeat(12_500)}  d: >\n${'    line\n'.repeat(12_500)}`,
  },
  { name: 'a plain scalar of many lines', text: () => `a: b\n${' c\n'.repeat(75_000)}` },
  { name: 'a long key', text: () => `${'k'.repeat(175_000)}: v\n` },
  { name: 'comments', text: () => '# c\n'.repeat(62_500) },
  { name: 'documents', text: () => '---\n'.repeat(25_000) },
  { name: 'directives', text: () => '%YAML 1.2\n'.repeat(15_000) },
  { name: 'tags', text: () => `a: [${'!x y,'.repeat(25_000)}]` },
  { name: 'tabs', text: () => `a:\n${'\t'.repeat(125_000)}b: c` },
  { name: 'open quotes', text: () => `a: "${'\n  b: "c'.repeat(15_000)}` },
  { name: 'colons', text: () => 'a: '.repeat(50_000) },
  { name: 'question marks', text: () => '? '.repeat(25_000) },
  { name: 'dashes', text: () => '- '.repeat(25_000) },
  { name: 'bad indentation', text: () => many(15_000, (i) => `${' '.repeat(i % 7)}k${i}: v\n`) },
  { name: 'many resources', text: () => many(3000, (i) => `---\n${head('ServiceAccount', 'v1').replace('name: a', `name: a${i}`)}`) },
  { name: 'one resource many times', text: () => many(3000, () => `---\n${head('ServiceAccount', 'v1')}`) },
  {
    name: 'a list on one line',
    text: () =>
      `{"apiVersion": "v1", "kind": "List", "items": [${many(4000, (i) => `${i === 0 ? '' : ','}{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a${i}"}}`)}]}`,
  },
  {
    name: 'hosts and names of TLS',
    text: () =>
      virtualService(
        many(8000, (i) => `h${i}.com,`),
        `  tls:\n  - match: [{sniHosts: [${many(8000, (i) => `x${i}.com,`)}]}]\n    ${ROUTE}\n`,
      ),
  },
  {
    name: 'a long name of SNI',
    text: () =>
      `${virtualService(`outbound_1_a_${'a'.repeat(100_000)}, "*.a"`, `  tls: [{match: [{sniHosts: [b.a]}], ${ROUTE}}]\n`)}  gateways: [g]\n`,
  },
  {
    name: 'one host many times',
    text: () =>
      virtualService(
        many(10_000, () => 'h,'),
        `  http: [{${ROUTE}}]\n`,
      ),
  },
  {
    name: 'prefixes of prefixes',
    text: () =>
      virtualService('a', `  http:\n${many(1200, (i) => `  - {match: [{uri: {prefix: "/${'a'.repeat(i)}"}, port: ${i}}], ${ROUTE}}\n`)}`),
  },
  {
    name: 'one long prefix',
    text: () =>
      virtualService('a', `  http:\n${many(2, (i) => `  - {match: [{uri: {prefix: "/${'a'.repeat(75_000 + i)}"}}], ${ROUTE}}\n`)}`),
  },
  {
    name: 'one prefix many times',
    text: () =>
      virtualService(
        'a',
        `  http:\n${many(2000, (i) => `  - {match: [{uri: {prefix: "/${i < 1000 ? '' : 'b'}"}, port: ${i}}], ${ROUTE}}\n`)}`,
      ),
  },
  { name: 'slashes inside a path', text: () => policy(`  - to: [{operation: {paths: ["a${'/'.repeat(100_000)}b"]}}]\n`) },
  { name: 'rules that are all wrong', text: () => virtualService('a', `  http: [${'{},'.repeat(37_500)}]\n`) },
  {
    name: 'port settings that are all wrong',
    text: () =>
      `${head('DestinationRule')}spec:\n  host: a\n  subsets: [{name: a, trafficPolicy: {portLevelSettings: [${'{},'.repeat(37_500)}]}}]\n`,
  },
  {
    name: 'servers that are all wrong',
    text: () => `${head('Gateway')}spec:\n  servers:\n${many(3000, () => '  - {port: {number: 0, name: a, protocol: X}, hosts: []}\n')}`,
  },
  {
    name: 'endpoints with many ports',
    text: () =>
      `${head('ServiceEntry')}spec:\n  hosts: [a.b]\n  resolution: STATIC\n  ports: [${many(5000, (i) => `{number: ${i + 1}, name: p${i}, protocol: HTTP},`)}]\n  endpoints: [{address: 1.1.1.1, ports: {${many(5000, (i) => `p${i}: 1,`)}}}]\n`,
  },
  { name: 'an address of colons', text: () => `${head('ServiceEntry')}spec: {hosts: [a.b], addresses: ["${'a:'.repeat(50_000)}"]}\n` },
  {
    name: 'a filter that nests',
    text: () => `${head('Telemetry', 'telemetry.istio.io/v1')}spec: {accessLogging: [{filter: {expression: "${'('.repeat(75_000)}"}}]}\n`,
  },
  {
    name: 'a filter of many terms',
    text: () =>
      `${head('Telemetry', 'telemetry.istio.io/v1')}spec: {accessLogging: [{filter: {expression: '${'!a.b[0] && '.repeat(10_000)}true'}}]}\n`,
  },
  {
    name: 'keys of a token in great number',
    text: () =>
      `${head('RequestAuthentication', 'security.istio.io/v1')}spec: {jwtRules: [{issuer: a, jwks: '{"keys":[${many(5_000, (i) => `${i === 0 ? '' : ','}{"kty":"oct","k":"a"}`)}]}'}]}\n`,
  },
  {
    name: 'mesh configuration of many fields',
    text: () => `${head('ConfigMap', 'v1').replace('name: a', 'name: istio')}data:\n  mesh: |\n${many(7_500, (i) => `    u${i}: v\n`)}`,
  },
];
