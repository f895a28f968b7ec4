import { type Protocol } from './model';

/** What a declared port says about itself. */
export interface PortDeclaration {
  readonly port: number;
  readonly name?: string;
  readonly appProtocol?: string;
  /** The transport: TCP by default, UDP. */
  readonly transport?: string;
}

const BY_NAME: Readonly<Record<string, Protocol>> = {
  http: 'HTTP',
  http2: 'HTTP2',
  grpc: 'GRPC',
  'grpc-web': 'GRPC-Web',
  https: 'HTTPS',
  tls: 'TLS',
  tcp: 'TCP',
  mongo: 'Mongo',
  mysql: 'MySQL',
  redis: 'Redis',
  udp: 'UDP',
};

/** Names that Kubernetes defines for `appProtocol`. */
const BY_APP_PROTOCOL: Readonly<Record<string, Protocol>> = {
  'kubernetes.io/h2c': 'HTTP2',
  'kubernetes.io/ws': 'HTTP',
  'kubernetes.io/wss': 'HTTPS',
};

/** SMTP, DNS, MySQL and MongoDB: their servers speak first, so that waiting for the client's bytes would hang. */
const SERVER_FIRST = new Set([25, 53, 3306, 27_017]);

/** Spec: Istio protocol selection: `appProtocol`, then the port name up to its first `-`, else found out by sniffing. */
export function protocolOf({ port, name, appProtocol, transport }: PortDeclaration): Protocol {
  if (transport?.toUpperCase() === 'UDP') return 'UDP';
  if (appProtocol !== undefined) {
    const declared = BY_APP_PROTOCOL[appProtocol.toLowerCase()] ?? protocolNamed(appProtocol);
    if (declared !== undefined) return declared;
  }
  const declared = protocolOfName(name ?? '');
  if (declared !== undefined) return declared;
  return SERVER_FIRST.has(port) ? 'TCP' : 'auto';
}

/** A protocol by its name in any case: `HTTP`, `grpc-web`; undefined when there is no such protocol. */
export function protocolNamed(name: string): Protocol | undefined {
  return BY_NAME[name.toLowerCase()];
}

function protocolOfName(name: string): Protocol | undefined {
  const lower = name.toLowerCase();
  if (lower === 'grpc-web' || lower.startsWith('grpc-web-')) return 'GRPC-Web';
  return BY_NAME[lower.split('-', 1)[0] ?? ''];
}

/** Whether requests on the port are HTTP of any version, so that routes apply. Not for `auto`. */
export function isHttp(protocol: Protocol): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-Web';
}

/** Whether the port is declared to speak HTTP/2. */
export function isHttp2(protocol: Protocol): boolean {
  return protocol === 'HTTP2' || protocol === 'GRPC' || protocol === 'GRPC-Web';
}
