import { type KindTables, testKind } from '../../testing/kind-table';
import { workloadSelectorCases } from '../../testing/target-cases';

const http = { number: 80, name: 'http', protocol: 'HTTP' };
const tcp = { number: 443, name: 'tcp', protocol: 'TCP' };
/** An external host with one HTTP port, but for what the case says. */
const entry = (change: object = {}): object => ({ hosts: ['api.example.com'], ports: [http], resolution: 'DNS', ...change });
const port = (change: object): object => entry({ ports: [{ ...http, ...change }] });
const fixed = (...endpoints: object[]): object => entry({ resolution: 'STATIC', endpoints });
const dynamic = (change: object = {}): object => entry({ hosts: ['*.example.com'], resolution: 'DYNAMIC_DNS', ...change });

const tables: KindTables = {
  'all fields': [
    {
      name: 'with endpoints',
      spec: {
        hosts: ['a.b', '*.c'],
        addresses: ['10.0.0.0/8', '::1'],
        ports: [{ number: 80, name: 'http', protocol: 'http', targetPort: 8080 }],
        location: 'MESH_INTERNAL',
        resolution: 'STATIC',
        endpoints: [
          {
            address: '10.0.0.1',
            ports: { http: 80 },
            labels: { app: 'a' },
            network: 'n',
            locality: 'any text?',
            weight: 1,
            serviceAccount: 'any text?',
          },
        ],
        exportTo: ['~'],
        subjectAltNames: ['any text?'],
      },
    },
    ...workloadSelectorCases({ hosts: ['a.b'], resolution: 'STATIC' }, { hosts: [] }),
  ],

  'hosts, addresses, ports': [
    { name: 'an external host', spec: entry() },
    { name: 'no ports', spec: entry({ ports: [] }) },
    { name: 'no hosts', spec: entry({ hosts: [] }), want: ['error required_field spec.hosts'] },
    { name: 'every host', spec: entry({ hosts: ['*'], resolution: 'NONE' }), want: ['error invalid_host spec.hosts[0]'] },
    { name: 'a host with an underscore', spec: entry({ hosts: ['a_b'], resolution: 'NONE' }), want: ['error invalid_host spec.hosts[0]'] },
    {
      name: 'half a wildcard',
      spec: entry({ hosts: ['*example.com'], resolution: 'NONE' }),
      want: ['warning partial_wildcard spec.hosts[0]'],
    },
    { name: 'an address', spec: entry({ addresses: ['10.0.0.1', '2001:db8::1'] }) },
    { name: 'a name as address', spec: entry({ addresses: ['a'] }), want: ['error invalid_address spec.addresses[0]'] },
    { name: 'a range with DNS', spec: entry({ addresses: ['10.0.0.0/8'] }), want: ['error invalid_address spec.addresses[0]'] },
    { name: 'a range without DNS', spec: entry({ addresses: ['10.0.0.0/8'], resolution: 'NONE' }) },
    {
      name: 'a port name twice',
      spec: entry({ ports: [http, { ...http, number: 81 }] }),
      want: ['error duplicate_name spec.ports[1].name'],
    },
    {
      name: 'a port number twice',
      spec: entry({ ports: [http, { ...http, name: 'b' }] }),
      want: ['error duplicate_port spec.ports[1].number'],
    },
    { name: 'a port name with a dot', spec: port({ name: 'a.b' }), want: ['error invalid_name spec.ports[0].name'] },
    { name: 'port 0', spec: port({ number: 0 }), want: ['error invalid_port spec.ports[0].number'] },
    { name: 'target port 70000', spec: port({ targetPort: 70_000 }), want: ['error invalid_port spec.ports[0].targetPort'] },
    { name: 'an unknown protocol', spec: port({ protocol: 'SMTP' }), want: ['error unsupported_protocol spec.ports[0].protocol'] },
    { name: 'TCP with an address given', spec: entry({ ports: [tcp] }) },
    { name: 'TCP without an address', spec: entry({ ports: [tcp], resolution: 'NONE' }), want: ['warning missing_address spec.addresses'] },
    {
      name: 'TCP with allocation turned off',
      spec: entry({ ports: [tcp] }),
      metadata: { labels: { 'networking.istio.io/enable-autoallocate-ip': 'False' } },
      want: ['warning missing_address spec.addresses'],
    },
    {
      name: 'two hosts on a port that says nothing',
      spec: entry({ hosts: ['a.b', 'c.d'], ports: [{ ...http, protocol: '' }] }),
      want: ['error unsupported_protocol spec.ports[0].protocol'],
    },
    { name: 'exported to nobody', spec: entry({ exportTo: ['~'] }) },
    { name: 'exported to nobody and one', spec: entry({ exportTo: ['~', 'a'] }), want: ['error invalid_export_to spec.exportTo'] },
  ],
  'NONE and STATIC': [
    {
      name: 'NONE with endpoints',
      spec: entry({ resolution: 'NONE', endpoints: [{ address: '10.0.0.1' }] }),
      want: ['error exclusive_fields spec.endpoints'],
    },
    {
      name: 'NONE with a selector',
      spec: entry({ resolution: 'NONE', workloadSelector: { labels: { app: 'a' } } }),
      want: ['warning ineffective_field spec.workloadSelector'],
    },
    {
      name: 'a selector and endpoints',
      spec: entry({ resolution: 'STATIC', endpoints: [{ address: '10.0.0.1' }], workloadSelector: { labels: { app: 'a' } } }),
      want: ['error exclusive_fields spec.endpoints'],
    },
    {
      name: 'a selector with a star hides the rest',
      spec: entry({ hosts: ['*'], workloadSelector: { labels: { app: '*' } } }),
      want: ['error invalid_selector spec.workloadSelector.labels.app'],
    },
    { name: 'addresses', spec: fixed({ address: '10.0.0.1', ports: { http: 8080 }, labels: { app: 'a' } }) },
    { name: 'a name', spec: fixed({ address: 'a.b' }), want: ['error invalid_address spec.endpoints[0].address'] },
    { name: 'nothing', spec: fixed({}), want: ['error required_field spec.endpoints[0].address'] },
    { name: 'a network only', spec: fixed({ network: 'n' }), want: ['warning missing_address spec.endpoints[0].address'] },
    {
      name: "a port that is not the service's",
      spec: fixed({ address: '10.0.0.1', ports: { grpc: 80 } }),
      want: ['error unknown_port spec.endpoints[0].ports.grpc'],
    },
    {
      name: 'a port out of range',
      spec: fixed({ address: '10.0.0.1', ports: { http: 70_000 } }),
      want: ['error invalid_port spec.endpoints[0].ports.http'],
    },
    { name: 'a unix socket', spec: fixed({ address: 'unix:///run/s' }) },
    {
      name: 'a unix socket with ports',
      spec: fixed({ address: 'unix:///run/s', ports: { http: 80 } }),
      want: ['error exclusive_fields spec.endpoints[0].ports'],
    },
    {
      name: 'a unix socket for two ports',
      spec: entry({ resolution: 'STATIC', ports: [http, tcp], endpoints: [{ address: 'unix:///run/s' }] }),
      want: ['error invalid_address spec.endpoints[0].address'],
    },
  ],
  DNS: [
    { name: 'a wildcard', spec: entry({ hosts: ['*.example.com'] }), want: ['error invalid_host spec.hosts[0]'] },
    { name: 'a wildcard with endpoints', spec: entry({ hosts: ['*.example.com'], endpoints: [{ address: 'a.example.com' }] }) },
    {
      name: 'an endpoint without an address',
      spec: entry({ endpoints: [{ network: 'n' }] }),
      want: ['error invalid_address spec.endpoints[0].address'],
    },
    {
      name: 'a unix socket',
      spec: entry({ endpoints: [{ address: 'unix:///run/s' }] }),
      want: ['error invalid_address spec.endpoints[0].address'],
    },
    {
      name: 'two endpoints in turn',
      spec: entry({ resolution: 'DNS_ROUND_ROBIN', endpoints: [{ address: 'a.b' }, { address: 'c.d' }] }),
      want: ['error invalid_endpoints spec.endpoints'],
    },
    {
      name: 'two hosts of TLS on one address',
      spec: entry({ hosts: ['a.b', 'c.d'], ports: [{ ...tcp, protocol: 'TLS' }], addresses: ['10.0.0.1'] }),
      want: ['warning ambiguous_addresses spec.addresses'],
    },
  ],
  DYNAMIC_DNS: [
    { name: 'a wildcard', spec: dynamic() },
    { name: 'a name', spec: dynamic({ hosts: ['a.b'] }), want: ['error invalid_host spec.hosts[0]'] },
    { name: 'addresses', spec: dynamic({ addresses: ['10.0.0.1'] }), want: ['error exclusive_fields spec.addresses'] },
    { name: 'endpoints', spec: dynamic({ endpoints: [{ address: 'a.b' }] }), want: ['error exclusive_fields spec.endpoints'] },
    {
      name: 'HTTPS',
      spec: dynamic({ ports: [{ ...http, protocol: 'HTTPS' }] }),
      want: ['error unsupported_protocol spec.ports[0].protocol'],
    },
    {
      name: 'internal behind a waypoint',
      spec: dynamic({ location: 'MESH_INTERNAL' }),
      metadata: { labels: { 'istio.io/use-waypoint': 'w' } },
      want: ['error invalid_label metadata.labels["istio.io/use-waypoint"]'],
    },
  ],
  'rules that remain': [
    { name: 'an underscore in a port name', spec: port({ name: 'a_b' }), want: ['error invalid_name spec.ports[0].name'] },
    { name: 'no protocol', spec: port({ protocol: '' }) },
    {
      name: 'two hosts of plain TCP',
      spec: entry({ hosts: ['a.b', 'c.d'], ports: [http, tcp], addresses: ['10.0.0.1'] }),
      want: ['error unsupported_protocol spec.ports[1].protocol', 'warning ambiguous_addresses spec.addresses'],
    },
    {
      name: 'two hosts of plain TCP, unresolved',
      spec: entry({ hosts: ['a.b', 'c.d'], ports: [tcp], addresses: ['10.0.0.1'], resolution: 'NONE' }),
    },
    { name: 'half a wildcard, dynamic', spec: dynamic({ hosts: ['*example.com'] }) },
    ...['TCP', 'HTTPS', '', 'GRPC-WEB'].map((protocol) => ({
      name: `a dynamic port of "${protocol}"`,
      spec: dynamic({ ports: [{ ...http, protocol }] }),
      want: ['error unsupported_protocol spec.ports[0].protocol'],
    })),
    ...['http', 'HTTP2', 'GRPC', 'TLS'].map((protocol) => ({
      name: `a dynamic port of ${protocol}`,
      spec: dynamic({ ports: [{ ...http, protocol }] }),
    })),
    {
      name: 'internal behind no waypoint',
      spec: dynamic({ location: 'MESH_INTERNAL' }),
      metadata: { labels: { 'istio.io/use-waypoint': 'none' } },
    },
    {
      name: 'external behind a waypoint',
      spec: dynamic({ location: 'MESH_EXTERNAL' }),
      metadata: { labels: { 'istio.io/use-waypoint': 'w' } },
    },
    {
      name: 'a range for one name of DNS, in turn',
      spec: entry({ resolution: 'DNS_ROUND_ROBIN', addresses: ['10.0.0.0/8'] }),
      want: ['error invalid_address spec.addresses[0]'],
    },
    {
      name: 'an endpoint on a port that is not there',
      spec: fixed({ address: '10.0.0.1', ports: { other: 80 } }),
      want: ['error unknown_port spec.endpoints[0].ports.other'],
    },
    {
      name: 'an endpoint of DNS on a port that is not there, and a bad label',
      spec: entry({ endpoints: [{ address: 'a.b', ports: { other: 0 }, labels: { a: '*' } }] }),
      want: [
        'error invalid_label spec.endpoints[0].labels.a',
        'error unknown_port spec.endpoints[0].ports.other',
        'error invalid_port spec.endpoints[0].ports.other',
      ],
    },
    {
      name: 'an endpoint of DNS by network',
      spec: entry({ endpoints: [{ network: 'n' }] }),
      want: ['error invalid_address spec.endpoints[0].address'],
    },
    { name: 'no such resolution', spec: entry({ resolution: 7 }), want: ['error unknown_value spec.resolution'] },
    { name: 'exported to all and one', spec: entry({ exportTo: ['*', '.'] }), want: ['error invalid_export_to spec.exportTo'] },
    {
      name: 'allocation turned off in any case',
      spec: entry({ ports: [{ ...tcp, protocol: '' }] }),
      metadata: { labels: { 'networking.istio.io/enable-autoallocate-ip': 'FALSE' } },
      want: ['warning missing_address spec.addresses'],
    },
  ],
};

testKind('ServiceEntry', tables);
