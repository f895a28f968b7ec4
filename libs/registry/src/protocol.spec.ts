import { describe, expect, it } from '@jest/globals';
import { type Protocol } from './model';
import { type PortDeclaration, protocolOf } from './protocol';

const cases: readonly { readonly name: string; readonly port?: Partial<PortDeclaration>; readonly want: Protocol }[] = [
  { name: 'nothing said: sniffed', want: 'auto' },
  { name: 'the name itself', port: { name: 'http' }, want: 'HTTP' },
  { name: 'the name up to its first dash', port: { name: 'http2-web' }, want: 'HTTP2' },
  { name: 'grpc-web keeps its dash', port: { name: 'grpc-web-a' }, want: 'GRPC-Web' },
  { name: 'a name that only starts like one', port: { name: 'httpish' }, want: 'auto' },
  { name: 'any case', port: { name: 'TCP-x' }, want: 'TCP' },
  { name: 'appProtocol before the name', port: { name: 'http', appProtocol: 'grpc' }, want: 'GRPC' },
  { name: "Kubernetes' h2c", port: { appProtocol: 'kubernetes.io/h2c' }, want: 'HTTP2' },
  { name: "Kubernetes' ws", port: { appProtocol: 'kubernetes.io/ws' }, want: 'HTTP' },
  { name: 'an unknown appProtocol says nothing', port: { name: 'http', appProtocol: 'example.com/x' }, want: 'HTTP' },
  { name: 'the server speaks first: never sniffed', port: { port: 3306 }, want: 'TCP' },
  { name: 'a name before that', port: { port: 27_017, name: 'mongo' }, want: 'Mongo' },
  { name: 'UDP whatever the name', port: { name: 'http', transport: 'UDP' }, want: 'UDP' },
];

describe('protocolOf', () => {
  it.each(cases)('$name', ({ port, want }) => expect(protocolOf({ port: 8080, ...port })).toBe(want));
});
