import { testKind } from '../../testing/kind-table';

const group = (change: object): object => ({ template: { address: '10.0.0.1' }, ...change });
const probe = (method: object): object => group({ probe: method });
const httpGet = { port: 80, path: '/', host: 'a', scheme: 'HTTPS', httpHeaders: [{ name: 'x-a', value: 'b' }] };

testKind(
  'WorkloadGroup',
  {
    template: [
      {
        name: 'all fields, unchecked',
        spec: {
          metadata: { labels: { app: 'a' }, annotations: { 'a b': '*' } },
          template: {
            address: 'a_b',
            ports: { a_b: 0 },
            labels: { 'a b': '*' },
            network: '*',
            locality: '*',
            weight: 1,
            serviceAccount: '*',
          },
        },
      },
      { name: 'an empty one', spec: { template: {} } },
      { name: 'none', spec: {}, want: ['error required_field spec.template'] },
      {
        name: 'labels that are none hide the probe',
        spec: group({ metadata: { labels: { 'a b': 'c' } }, probe: {} }),
        want: ['error invalid_label spec.metadata.labels["a b"]'],
      },
    ],
    probe: [
      {
        name: 'by HTTP',
        spec: probe({ httpGet, initialDelaySeconds: 0, timeoutSeconds: 1, periodSeconds: 1, successThreshold: 1, failureThreshold: 1 }),
      },
      { name: 'by TCP', spec: probe({ tcpSocket: { port: 80, host: 'a' } }) },
      { name: 'by a command', spec: probe({ exec: { command: ['a'] } }) },
      { name: 'by nothing', spec: probe({}), want: ['error required_field spec.probe'] },
      { name: 'by gRPC', spec: probe({ grpc: { port: 80, service: 'a' } }), want: ['error required_field spec.probe'] },
      { name: 'by two', spec: probe({ tcpSocket: { port: 80 }, exec: { command: ['a'] } }), want: ['error exclusive_fields spec.probe'] },
      ...['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'].map((field) => ({
        name: `a negative ${field}`,
        spec: probe({ tcpSocket: { port: 80 }, [field]: -1 }),
        want: [`error out_of_range spec.probe.${field}`],
      })),
      { name: 'HTTP on port 0', spec: probe({ httpGet: { port: 0 } }), want: ['error invalid_port spec.probe.httpGet.port'] },
      { name: 'no scheme', spec: probe({ httpGet: { port: 80, scheme: '' } }) },
      {
        name: 'a scheme in lower case',
        spec: probe({ httpGet: { ...httpGet, scheme: 'http' } }),
        want: ['error invalid_value spec.probe.httpGet.scheme'],
      },
      {
        name: 'a header with an underscore',
        spec: probe({ httpGet: { port: 80, httpHeaders: [{ name: 'a_b', value: '' }] } }),
        want: ['error invalid_header spec.probe.httpGet.httpHeaders[0].name'],
      },
      {
        name: 'a header without a name',
        spec: probe({ httpGet: { port: 80, httpHeaders: [{}] } }),
        want: ['error invalid_header spec.probe.httpGet.httpHeaders[0].name'],
      },
      { name: 'TCP on port 65536', spec: probe({ tcpSocket: { port: 65_536 } }), want: ['error invalid_port spec.probe.tcpSocket.port'] },
      { name: 'an empty command', spec: probe({ exec: { command: [] } }), want: ['error required_field spec.probe.exec.command'] },
    ],
  },
  ['.probe.grpc'],
);
