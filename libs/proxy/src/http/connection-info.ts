import cluster from 'node:cluster';
import { type TLSSocket } from 'node:tls';
import { flatText } from '@lateen/base';
import { type SocketAddress } from '@lateen/proxy-config';
import { ownFacts, peerFacts } from './certificate-facts';

/** What is known of a downstream connection; made once, read by every stream on it. */
export interface ConnectionInfo {
  /** Another for every connection of this proxy, all its workers' taken together. */
  readonly id: number;
  /** Who connected. */
  readonly remote: SocketAddress;
  /** Where the connection was accepted. */
  readonly local: SocketAddress;
  /** Where the client was going; undefined where that is not known: going to `local` would come back here for ever. */
  readonly destination: SocketAddress | undefined;
  /** `ADDRESS:PORT`. */
  readonly remoteText: string;
  /** The socket's other end: another than `remoteText` where that speaks for the client by the PROXY protocol. */
  readonly directText: string;
  readonly localText: string;
  /** SNI, empty without. */
  readonly serverName: string;
  readonly tls?: TlsInfo;
}

// A worker that is started anew has another id.
let lastConnectionId = (cluster.worker?.id ?? 0) * 2 ** 32;

/** The number of the next connection, from 1. */
export function nextConnectionId(): number {
  return ++lastConnectionId;
}

/** What a TLS handshake told. */
export interface TlsInfo {
  /** `TLSv1.3`. */
  readonly version: string;
  readonly alpn: string;
  /** The client presented a certificate, and it was verified. */
  readonly peerVerified: boolean;
  readonly peerSubject: string;
  readonly peerUris: readonly string[];
  readonly peerDnsNames: readonly string[];
  /** SHA-256 of the client's certificate, lower-case hexadecimal; empty without. */
  readonly peerHash: string;
  /** URL-encoded PEM. */
  readonly peerPem: string;
  readonly localUri: string;
}

/** Reads what a finished server handshake knows. */
export function readTlsInfo(socket: TLSSocket, verified: boolean): TlsInfo {
  const peer = peerFacts(socket);
  return {
    version: socket.getProtocol() ?? '',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '',
    peerVerified: peer !== undefined && verified,
    peerSubject: peer?.subject ?? '',
    peerUris: peer?.uris ?? [],
    peerDnsNames: peer?.dnsNames ?? [],
    peerHash: peer?.hash ?? '',
    peerPem: peer?.pem ?? '',
    localUri: ownFacts(socket)?.uris[0] ?? '',
  };
}

/** `ADDRESS:PORT`, IPv6 in brackets. */
export function addressText({ address, port }: SocketAddress): string {
  return flatText(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
}
