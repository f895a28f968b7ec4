import { type KindCase, testKind } from '../../testing/kind-table';
import { workloadSelectorCases } from '../../testing/target-cases';

const internals = 'warning exposes_internals kind';
/** One patch of HTTP filters, but for what the case says. */
const patch = (change: object): object => ({
  configPatches: [{ applyTo: 'HTTP_FILTER', patch: { operation: 'MERGE', value: {} }, ...change }],
});
const filters = (filter: object, applyTo = 'HTTP_FILTER'): object => patch({ applyTo, match: { listener: { filterChain: { filter } } } });
const manager = 'envoy.filters.network.http_connection_manager';
const AT = 'spec.configPatches[0]';
const FILTER = `${AT}.match.listener.filterChain.filter`;
const found = (...more: readonly string[]): readonly string[] => [internals, ...more];

const everything: readonly KindCase[] = [
  {
    name: 'listeners',
    spec: {
      targetRefs: [{ group: 'unchecked', kind: 'Any', name: 'a', namespace: '' }],
      priority: -1,
      configPatches: [
        {
          applyTo: 'HTTP_FILTER',
          match: {
            context: 'SIDECAR_INBOUND',
            proxy: { proxyVersion: '^1\\.2.*', metadata: { a: 'b' } },
            listener: {
              portNumber: 80,
              portName: 'a',
              name: 'a',
              listenerFilter: 'a',
              filterChain: {
                name: 'a',
                sni: 'a',
                transportProtocol: 'tls',
                applicationProtocols: 'h2',
                destinationPort: 80,
                transportSocket: 'a',
                filter: { name: manager, subFilter: { name: 'a' } },
              },
            },
          },
          patch: { operation: 'INSERT_BEFORE', filterClass: 'AUTHN', value: { name: 'a' } },
        },
      ],
    },
    want: found(),
  },
  {
    name: 'routes',
    spec: patch({
      applyTo: 'HTTP_ROUTE',
      match: {
        routeConfiguration: {
          portNumber: 80,
          portName: 'a',
          gateway: 'a',
          name: 'a',
          vhost: { name: 'a', domainName: 'a', route: { name: 'a', action: 'ROUTE' } },
        },
      },
    }),
    want: found(),
  },
  {
    name: 'clusters',
    spec: patch({ applyTo: 'CLUSTER', match: { cluster: { portNumber: 80, service: 'a', subset: 'a', name: 'a' } } }),
    want: found(),
  },
  {
    name: 'waypoints, unchecked',
    spec: {
      configPatches: [
        {
          match: {
            context: 'WAYPOINT',
            proxy: { proxyVersion: '(' },
            waypoint: { portNumber: 80, filter: { name: 'a', subFilter: { name: 'a' } }, route: { name: 'a' } },
          },
        },
      ],
    },
    want: found(),
  },
];

testKind('EnvoyFilter', {
  'the whole': [
    { name: 'no patches', spec: {}, want: found() },
    ...everything,
    ...workloadSelectorCases({}, { configPatches: [{}] }, [internals]),
  ],
  patches: [
    { name: 'to nothing', spec: patch({ applyTo: undefined }), want: found(`error required_field ${AT}.applyTo`) },
    { name: 'to INVALID', spec: patch({ applyTo: 'INVALID' }), want: found(`error required_field ${AT}.applyTo`) },
    { name: 'to what is none', spec: patch({ applyTo: 'HTTP' }), want: ['error unknown_value ' + `${AT}.applyTo`] },
    { name: 'without a patch', spec: patch({ patch: undefined }), want: found(`error required_field ${AT}.patch`) },
    { name: 'without an operation', spec: patch({ patch: { value: {} } }), want: found(`error required_field ${AT}.patch.operation`) },
    {
      name: 'of operation INVALID',
      spec: patch({ patch: { operation: 'INVALID', value: {} } }),
      want: found(`error required_field ${AT}.patch.operation`),
    },
    { name: 'without a value', spec: patch({ patch: { operation: 'ADD' } }), want: found(`error required_field ${AT}.patch.value`) },
    { name: 'removal without a value', spec: patch({ patch: { operation: 'REMOVE' } }), want: found() },
    ...['LISTENER_FILTER', 'EXTENSION_CONFIG', 'BOOTSTRAP'].map((applyTo) => ({
      name: `to a ${applyTo}, whatever the match`,
      spec: patch({ applyTo, match: { cluster: {} } }),
      want: found(),
    })),
    {
      name: 'for a version that is no regex',
      spec: patch({ match: { proxy: { proxyVersion: '(' } } }),
      want: found(`error invalid_regex ${AT}.match.proxy.proxyVersion`),
    },
    {
      name: 'a bad version hides a bad match',
      spec: patch({ match: { proxy: { proxyVersion: '(?=a)' }, cluster: {} } }),
      want: found(`error invalid_regex ${AT}.match.proxy.proxyVersion`),
    },
    {
      name: 'for a version of 1025 bytes',
      spec: patch({ match: { proxy: { proxyVersion: '('.repeat(1025) } } }),
      want: found(`warning ineffective_field ${AT}.match.proxy.proxyVersion`),
    },
  ],
  matches: [
    ...['LISTENER', 'FILTER_CHAIN', 'NETWORK_FILTER', 'HTTP_FILTER'].map((applyTo) => ({
      name: `a ${applyTo} by cluster`,
      spec: patch({ applyTo, match: { cluster: {} } }),
      want: found(`error invalid_match ${AT}.match.cluster`),
    })),
    ...['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE', 'CLUSTER'].map((applyTo) => ({
      name: `a ${applyTo} by listener`,
      spec: patch({ applyTo, match: { listener: {} } }),
      want: found(`error invalid_match ${AT}.match.listener`),
    })),
    { name: 'by two objects', spec: patch({ match: { listener: {}, cluster: {} } }), want: [`error exclusive_fields ${AT}.match`] },
    { name: 'a filter of a network', spec: filters({ name: 'a' }, 'NETWORK_FILTER'), want: found() },
    ...['LISTENER', 'FILTER_CHAIN'].map((applyTo) => ({
      name: `a filter of a ${applyTo}`,
      spec: filters({ name: 'a' }, applyTo),
      want: found(`warning ineffective_field ${FILTER}`),
    })),
    { name: 'a filter without a name', spec: filters({ subFilter: {} }), want: found(`error required_field ${FILTER}.name`) },
    {
      name: 'a filter inside a network filter',
      spec: filters({ name: manager, subFilter: { name: 'b' } }, 'NETWORK_FILTER'),
      want: found(`error invalid_match ${FILTER}.subFilter`),
    },
    {
      name: 'a filter inside another',
      spec: filters({ name: 'a', subFilter: { name: 'b' } }),
      want: found(`error invalid_match ${FILTER}.subFilter`),
    },
    {
      name: 'a nameless filter inside',
      spec: filters({ name: manager, subFilter: {} }),
      want: found(`error required_field ${FILTER}.subFilter.name`),
    },
  ],
  'old names': [
    ...[
      'envoy.router',
      'envoy.http_dynamo_filter',
      'envoy.rate_limit',
      'envoy.listener.tls_inspector',
      'envoy.tcp_proxy',
      'envoy.ext_authz',
    ].map((name) => ({
      name,
      spec: filters({ name }),
      want: found(`warning deprecated_form ${FILTER}.name`),
    })),
    {
      name: 'of both',
      spec: filters({ name: 'envoy.http_connection_manager', subFilter: { name: 'envoy.lua' } }),
      want: found(`warning deprecated_form ${FILTER}.name`, `warning deprecated_form ${FILTER}.subFilter.name`),
    },
  ],
});
