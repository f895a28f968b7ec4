import { testKind } from '../../testing/kind-table';

testKind('WorkloadEntry', {
  address: [
    {
      name: 'all fields',
      spec: {
        address: '10.0.0.1',
        ports: { http: 80 },
        labels: { 'a.b/c': 'D_e.f', g: '' },
        network: 'n',
        locality: 'any text',
        weight: 0,
        serviceAccount: '?',
      },
    },
    { name: 'of version 6', spec: { address: 'fe80::1%eth0' } },
    { name: 'a name', spec: { address: 'a.b.' } },
    { name: 'a short name', spec: { address: 'a' } },
    { name: 'a socket', spec: { address: 'unix:///s' } },
    { name: 'an abstract socket', spec: { address: 'unix://@s' } },
    { name: 'a network only', spec: { network: 'a' }, want: ['warning missing_address spec.address'] },
    { name: 'nothing hides the rest', spec: { ports: { '': 0 } }, want: ['error required_field spec.address'] },
    ...['a_b', '*.a', '10', '010.0.0.1', '10.0.0.0/8', '::1::', 'unix://', 'unix://s', 'unix:///s/', 'a:80'].map((address) => ({
      name: `refused: ${address}`,
      spec: { address },
      want: ['error invalid_address spec.address'],
    })),
  ],
  'ports and labels': [
    { name: 'a socket with ports', spec: { address: 'unix:///s', ports: { http: 80 } }, want: ['error exclusive_fields spec.ports'] },
    { name: 'a port name that is none', spec: { address: 'a', ports: { a_b: 80 } }, want: ['error invalid_name spec.ports.a_b'] },
    { name: 'port 0', spec: { address: 'a', ports: { http: 0 } }, want: ['error invalid_port spec.ports.http'] },
    { name: 'port 65536', spec: { address: 'a', ports: { http: 65_536 } }, want: ['error invalid_port spec.ports.http'] },
    { name: 'a label name with a space', spec: { address: 'a', labels: { 'a b': 'c' } }, want: ['error invalid_label spec.labels["a b"]'] },
    {
      name: 'a label name of 64 characters',
      spec: { address: 'a', labels: { ['a'.repeat(64)]: 'c' } },
      want: [`error invalid_label spec.labels.${'a'.repeat(64)}`],
    },
    { name: 'a label value with a star', spec: { address: 'a', labels: { a: '*' } }, want: ['error invalid_label spec.labels.a'] },
    { name: 'a label value that ends in a dot', spec: { address: 'a', labels: { a: 'b.' } }, want: ['error invalid_label spec.labels.a'] },
    { name: 'a long label value', spec: { address: 'a', labels: { a: 'b'.repeat(100) } } },
    { name: 'a negative weight', spec: { address: 'a', weight: -1 }, want: ['error out_of_range spec.weight'] },
  ],
});
