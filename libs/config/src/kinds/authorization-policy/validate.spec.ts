import { testKind } from '../../testing/kind-table';
import { selectorCases, targetCases } from '../../testing/target-cases';

const rule = (change: object, spec: object = {}): object => ({ rules: [change], ...spec });
const source = (fields: object, spec: object = {}): object => rule({ from: [{ source: fields }] }, spec);
const operation = (fields: object, spec: object = {}): object => rule({ to: [{ operation: fields }] }, spec);
const when = (key: string, values: readonly string[] = ['a'], spec: object = {}): object => rule({ when: [{ key, values }] }, spec);
const custom = { action: 'CUSTOM', provider: { name: 'a' } };
const deny = { action: 'DENY' };
const dryRun = (value: string): Readonly<Record<string, unknown>> => ({ annotations: { 'istio.io/dry-run': value } });
const BAD_DRY_RUN = ['error invalid_annotation metadata.annotations["istio.io/dry-run"]'];
const R = 'spec.rules[0]';
const SOURCE = `${R}.from[0].source`;
const OPERATION = `${R}.to[0].operation`;
const HTTP_ONLY = [`warning http_only ${R}`];
const SOURCE_LISTS = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'serviceAccounts',
  'ipBlocks',
  'remoteIpBlocks',
  'trustDomains',
].flatMap((name) => [name, `not${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`]);
const OPERATION_LISTS = ['hosts', 'notHosts', 'ports', 'notPorts', 'methods', 'notMethods', 'paths', 'notPaths'];
/** An entry that each list takes. */
const entry = (field: string): string => (/ipblocks/i.test(field) ? '10.0.0.0/8' : /ports/i.test(field) ? '80' : 'a');

testKind('AuthorizationPolicy', {
  targets: [{ name: 'an empty one', spec: {} }, ...selectorCases({}), ...targetCases({}, true)],
  actions: [
    ...['ALLOW', 'AUDIT'].map((action) => ({ name: `${action} without rules`, spec: { action, rules: [] } })),
    { name: 'a rule for everybody', spec: rule({}) },
    { name: 'lists of nothing', spec: rule({ from: [], to: [], when: [] }) },
    { name: 'DENY of everything', spec: rule({}, deny) },
    { name: 'DENY without rules', spec: deny, want: ['error required_field spec.rules'] },
    { name: 'CUSTOM', spec: rule({}, custom) },
    { name: 'CUSTOM without rules', spec: { ...custom, rules: [] }, want: ['error required_field spec.rules'] },
    { name: 'CUSTOM without a provider', spec: rule({}, { action: 'CUSTOM' }), want: ['error required_field spec.provider.name'] },
    {
      name: 'CUSTOM by nobody',
      spec: rule({}, { action: 'CUSTOM', provider: { name: '' } }),
      want: ['error required_field spec.provider.name'],
    },
    ...['ALLOW', 'DENY', 'AUDIT'].map((action) => ({
      name: `${action} with a provider`,
      spec: rule({}, { action, provider: { name: 'a' } }),
      want: ['error exclusive_fields spec.provider'],
    })),
    { name: 'another action', spec: { action: 'FORBID' }, want: ['error unknown_value spec.action'] },
  ],
  'dry runs': [
    ...['1', 't', 'True', '0', 'f', 'FALSE'].map((value) => ({ name: value, spec: rule({}), metadata: dryRun(value) })),
    { name: 'of DENY', spec: rule({}, deny), metadata: dryRun('true') },
    { name: 'maybe', spec: rule({}), metadata: dryRun('maybe'), want: BAD_DRY_RUN },
    { name: 'yes, in no form of Go', spec: rule({}), metadata: dryRun('tRUE'), want: BAD_DRY_RUN },
    { name: 'of AUDIT', spec: { action: 'AUDIT' }, metadata: dryRun('true'), want: BAD_DRY_RUN },
    { name: 'of CUSTOM', spec: rule({}, custom), metadata: dryRun('true'), want: BAD_DRY_RUN },
    { name: 'hides the rest', spec: { action: 'CUSTOM' }, metadata: dryRun('maybe'), want: BAD_DRY_RUN },
  ],
  sources: [
    ...SOURCE_LISTS.flatMap((field) => [
      { name: `by ${field}`, spec: source({ [field]: [entry(field)] }) },
      {
        name: `an empty entry of ${field}`,
        spec: source({ [field]: [entry(field), ''] }),
        want: /serviceaccounts|trustdomains/i.test(field)
          ? [`error required_field ${SOURCE}.${field}[1]`, `error invalid_name ${SOURCE}.${field}[1]`]
          : /ipblocks/i.test(field)
            ? [`error required_field ${SOURCE}.${field}[1]`, `error invalid_address ${SOURCE}.${field}[1]`]
            : [`error required_field ${SOURCE}.${field}[1]`],
      },
    ]),
    { name: 'none', spec: rule({ from: [{}] }), want: [`error required_field ${SOURCE}`] },
    { name: 'by nothing', spec: source({}), want: [`error required_field ${SOURCE}`] },
    { name: 'by empty lists', spec: source({ principals: [] }), want: [`error required_field ${SOURCE}`] },
    ...['principals', 'notPrincipals', 'namespaces', 'notNamespaces'].map((field) => ({
      name: `by accounts and ${field}`,
      spec: source({ notServiceAccounts: ['a'], [field]: ['b'] }),
      want: [`error exclusive_fields ${SOURCE}`],
    })),
    { name: 'patterns where none are judged', spec: source({ principals: ['*a*b*'], namespaces: ['a*b'], requestPrincipals: ['**'] }) },
    { name: 'an account by namespace', spec: source({ serviceAccounts: ['ns/a'] }) },
    ...['ns/*', '*', 'a/b/c', '/a', 'a/', 'a'.repeat(321)].map((account) => ({
      name: `account ${account.slice(0, 10)}`,
      spec: source({ serviceAccounts: [account] }),
      want: [`error invalid_name ${SOURCE}.serviceAccounts[0]`],
    })),
    { name: '16 accounts', spec: source({ serviceAccounts: Array(16).fill('a') }) },
    { name: '17 accounts', spec: source({ serviceAccounts: Array(17).fill('a') }), want: [`error too_many ${SOURCE}.serviceAccounts`] },
    { name: 'trust domains', spec: source({ trustDomains: ['*.local', 'td*', '*'] }) },
    ...['a*b', '*a*', 'a/b'].map((domain) => ({
      name: `trust domain ${domain}`,
      spec: source({ trustDomains: [domain] }),
      want: [`error invalid_name ${SOURCE}.trustDomains[0]`],
    })),
    { name: 'addresses', spec: source({ ipBlocks: ['1.2.3.4', '::1', '10.1.2.3/8', '::/0'] }) },
    ...['10.0.0.0/40', '10.0.0', 'a.b', '10.0.0.0/08', '::/129', '1.2.3.4/'].map((block) => ({
      name: `address ${block}`,
      spec: source({ notRemoteIpBlocks: [block] }),
      want: [`error invalid_address ${SOURCE}.notRemoteIpBlocks[0]`],
    })),
  ],
  operations: [
    ...OPERATION_LISTS.flatMap((field) => [
      { name: `by ${field}`, spec: operation({ [field]: [entry(field)] }) },
      {
        name: `an empty entry of ${field}`,
        spec: operation({ [field]: [entry(field), ''] }),
        want: [
          `error required_field ${OPERATION}.${field}[1]`,
          ...(/ports/i.test(field) ? [`error invalid_port ${OPERATION}.${field}[1]`] : []),
        ],
      },
    ]),
    { name: 'none', spec: rule({ to: [{}] }), want: [`error required_field ${OPERATION}`] },
    { name: 'by empty lists', spec: operation({ paths: [] }), want: [`error required_field ${OPERATION}`] },
    { name: 'ports', spec: operation({ ports: ['0', '080', '65535'] }) },
    ...['80-90', '*', '65536', '-1', '80.0', 'http'].map((port) => ({
      name: `port ${port}`,
      spec: operation({ ports: [port] }),
      want: [`error invalid_port ${OPERATION}.ports[0]`],
    })),
    { name: 'hosts and methods as they come', spec: operation({ hosts: ['*a*'], methods: ['get', '*'] }) },
    { name: 'paths', spec: operation({ paths: ['/a*', '*b', '/a//b*', '/{*}/a', '/a/{**}', '/{*}/{**}', '/{**}/a', '//{*}//', '{*}'] }) },
    ...['/{**}/{*}', '/{**}/{**}', '/a{b', '/{a}', '/a{*}', '/{*}/a*', '/{*}//a', '/{*}/a b', '/}'].map((path) => ({
      name: `path ${path}`,
      spec: operation({ notPaths: [path] }),
      want: [`error invalid_path ${OPERATION}.notPaths[0]`],
    })),
  ],
  conditions: [
    ...[
      'source.namespace',
      'source.principal',
      'request.auth.principal',
      'request.auth.audiences',
      'request.auth.presenter',
      'connection.sni',
    ].map((key) => ({
      name: key,
      spec: when(key, ['*any* text']),
    })),
    ...['request.headers[x-user]', 'request.auth.claims[a][b]', 'experimental.envoy.filters.a[b]', 'request.headersx[a]'].map((key) => ({
      name: key,
      spec: when(key),
    })),
    { name: 'values that are not', spec: rule({ when: [{ key: 'source.principal', notValues: ['a'] }] }) },
    { name: 'no key', spec: rule({ when: [{ values: ['a'] }] }), want: [`error required_field ${R}.when[0].key`] },
    { name: 'an empty key', spec: when(''), want: [`error required_field ${R}.when[0].key`] },
    { name: 'nothing to compare with', spec: when('source.ip', []), want: [`error required_field ${R}.when[0]`] },
    { name: 'an empty value', spec: when('source.principal', ['a', '']), want: [`error required_field ${R}.when[0].values[1]`] },
    ...['request.headers', 'request.headers[]', 'request.headers[a', '[a]', 'source.name', 'Source.ip'].map((key) => ({
      name: `key ${key}`,
      spec: when(key),
      want: [`error invalid_key ${R}.when[0].key`],
    })),
    ...['destination.namespace', 'destination.labels[app]', 'destination.name', 'destination.user'].map((key) => ({
      name: `old key ${key}`,
      spec: when(key),
      want: [`error unsupported_field ${R}.when[0].key`],
    })),
    ...(
      [
        ['source.ip', '10.0.0.0/8', 'a', 'invalid_address'],
        ['remote.ip', '::1', '::/200', 'invalid_address'],
        ['destination.ip', '1.2.3.4', '1.2.3', 'invalid_address'],
        ['destination.port', '80', '80-90', 'invalid_port'],
        ['source.serviceAccount', 'ns/a', 'ns/*', 'invalid_name'],
        ['source.trustDomain', 'a/b*', 'a*b', 'invalid_name'],
      ] as const
    ).flatMap(([key, good, bad, code]) => [
      { name: `${key} ${good}`, spec: when(key, [good]) },
      {
        name: `${key} ${bad}`,
        spec: rule({ when: [{ key, values: [bad], notValues: [good, bad] }] }),
        want: [`error ${code} ${R}.when[0].values[0]`, `error ${code} ${R}.when[0].notValues[1]`],
      },
    ]),
  ],
  'what CUSTOM cannot use': [
    ...SOURCE_LISTS.map((field) => ({
      name: field,
      spec: source({ [field]: [entry(field)] }, custom),
      ...(/ipblocks/i.test(field) ? {} : { want: [`error unsupported_field ${SOURCE}.${field}`] }),
    })),
    ...[
      'source.namespace',
      'source.serviceAccount',
      'source.trustDomain',
      'source.principal',
      'request.auth.claims[a]',
      'request.auth.principal',
    ].map((key) => ({
      name: key,
      spec: when(key, ['b'], custom),
      want: [`error unsupported_field ${R}.when[0].key`],
    })),
    {
      name: 'operations and other keys, which it can',
      spec: rule({ to: [{ operation: { paths: ['/a'] } }], when: [{ key: 'request.headers[a]', values: ['b'] }] }, custom),
    },
  ],
  'DENY by what only HTTP has': [
    { name: 'a path', spec: operation({ paths: ['/a'] }, deny), want: HTTP_ONLY },
    { name: 'a path and a port', spec: operation({ paths: ['/a'], ports: ['80'] }, deny) },
    {
      name: 'a path, and elsewhere not a port',
      spec: rule({ to: [{ operation: { paths: ['/a'] } }, { operation: { notPorts: ['80'] } }] }, deny),
    },
    { name: 'a token', spec: source({ requestPrincipals: ['*'] }, deny), want: HTTP_ONLY },
    { name: 'a trust domain', spec: source({ trustDomains: ['a'] }, deny), want: HTTP_ONLY },
    ...SOURCE_LISTS.filter((field) => !/request|trust/i.test(field)).map((field) => ({
      name: `${field}, which others have`,
      spec: source({ [field]: [entry(field)] }, deny),
    })),
    {
      name: 'a path for a namespace',
      spec: rule({ from: [{ source: { namespaces: ['a'] } }], to: [{ operation: { paths: ['/a'] } }] }, deny),
      want: HTTP_ONLY,
    },
    { name: 'a condition alone', spec: when('request.headers[a]', ['b'], deny) },
  ],
});
