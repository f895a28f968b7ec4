/** Protocol names of ports, in any case. Spec: validation.md §3.6. */

const NAMES = ['TCP', 'UDP', 'GRPC', 'GRPC-WEB', 'HTTP', 'HTTP_PROXY', 'HTTP2', 'HTTPS', 'TLS', 'MONGO', 'REDIS', 'MYSQL'];

/** What a port's protocol may be called. */
export const PROTOCOLS: ReadonlySet<string> = new Set(NAMES);
const HTTP = new Set(['HTTP', 'HTTP2', 'HTTP_PROXY', 'GRPC', 'GRPC-WEB']);
const TLS = new Set(['HTTPS', 'TLS']);
const TCP = new Set(['TCP', 'HTTPS', 'TLS', 'MONGO', 'REDIS', 'MYSQL']);

/** Whether a port speaks a protocol that Istio knows. */
export function isProtocol(name: string): boolean {
  return PROTOCOLS.has(name.toUpperCase());
}

/** Whether HTTP rules apply to the protocol; HTTPS is none of them. */
export function isHttp(name: string): boolean {
  return HTTP.has(name.toUpperCase());
}

/** Whether the port takes TLS: HTTPS or TLS. */
export function isTls(name: string): boolean {
  return TLS.has(name.toUpperCase());
}

/** Whether the protocol is routed as bytes. */
export function isTcp(name: string): boolean {
  return TCP.has(name.toUpperCase());
}
