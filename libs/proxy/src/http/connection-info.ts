import cluster from 'node:cluster';
import { type TLSSocket } from 'node:tls';
import { flatText } from '@lateen/base';
import { type SocketAddress } from '@lateen/proxy-config';
import { subjectAltNames } from '../upstream/judge-peer';

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
  const peer = socket.getPeerCertificate();
  const present = Object.keys(peer).length > 0;
  const names = subjectAltNames(peer);
  const own = socket.getCertificate();
  const ownUris = own !== null && 'subjectaltname' in own ? subjectAltNames(own as typeof peer).uri : [];
  return {
    version: socket.getProtocol() ?? '',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : '',
    peerVerified: present && verified,
    peerSubject: present ? subjectText(peer.subject as unknown as Readonly<Record<string, string | string[]>>) : '',
    peerUris: names.uri,
    peerDnsNames: names.dns,
    peerHash: present ? peer.fingerprint256.replaceAll(':', '').toLowerCase() : '',
    peerPem: present
      ? encodeURIComponent(
          `-----BEGIN CERTIFICATE-----\n${peer.raw
            .toString('base64')
            .replace(/(.{64})/g, '$1\n')
            .trimEnd()}\n-----END CERTIFICATE-----\n`,
        )
      : '',
    localUri: ownUris[0] ?? '',
  };
}

/** `ADDRESS:PORT`, IPv6 in brackets. */
export function addressText({ address, port }: SocketAddress): string {
  return flatText(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`);
}

/** RFC 2253 order: the most specific part first. */
function subjectText(subject: Readonly<Record<string, string | string[]>> | undefined): string {
  return Object.entries(subject ?? {})
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((v) => `${key}=${v}`))
    .reverse()
    .join(',');
}
