import { addressText } from '../http/connection-info';
import { type Transport } from '../net/transport';
import { subjectAltNames } from './judge-peer';

/** `ADDRESS:PORT` of our end of a connection. */
export function localTextOf({ socket: { localAddress, localPort } }: Transport): string {
  return localAddress === undefined ? '' : addressText({ address: localAddress, port: localPort ?? 0 });
}

/** SPIFFE URI of the endpoint, empty without TLS. */
export function peerUriOf({ peerCertificate }: Transport): string {
  return peerCertificate === undefined ? '' : (subjectAltNames(peerCertificate).uri[0] ?? '');
}
