import { TLSSocket } from 'node:tls';
import { type UpstreamTls } from '@lateen/proxy-config';
import { type DialTls } from '../net/sockets';
import { type Transport } from '../net/transport';
import { type Host } from './host';
import { checkPeer, PeerRefusal } from './judge-peer';

/** What one connection's TLS adds to its cluster's. */
export interface DialTlsOptions {
  /** Connections of the same way may resume each other's sessions. */
  readonly way: string;
  readonly serverName: string | undefined;
  readonly alpnProtocols: readonly string[];
  /** The one name to verify in place of the configured ones. */
  readonly exactDnsName?: string;
}

/** TLS of a new connection to `host`, with the session of the last one. Throws when a secret is missing or is no PEM. */
export function dialTlsFor(host: Host, tls: UpstreamTls, options: DialTlsOptions): DialTls {
  const { tlsContexts } = host.cluster;
  const context = tlsContexts.contextFor(tls);
  const { way, serverName, alpnProtocols, exactDnsName } = options;
  const rules = tlsContexts.rulesFor(tls);
  return {
    context,
    serverName,
    alpnProtocols,
    verify: tls.validation?.trustedCa !== undefined,
    wholeChain: rules?.maxIntermediates !== undefined,
    // Nobody vouches for names in a certificate that is not verified.
    checkPeer: (certificate) => checkPeer(certificate, rules, tls.validation?.trustedCa === undefined ? undefined : exactDnsName),
    ...(tls.resumption === false
      ? {}
      : { session: host.sessions.get(way, context), onSession: (session) => host.sessions.put(way, context, session) }),
  };
}

/** Counts a connection that is ready, if it has TLS. */
export function countTlsHandshake(host: Host, { socket }: Transport): void {
  if (!(socket instanceof TLSSocket)) return;
  const { stats } = host.cluster;
  stats['ssl.handshake']++;
  if (socket.isSessionReused()) stats['ssl.session_reused']++;
}

/** Counts a handshake that failed, by its reason, and forgets the session it may have failed over. */
export function countTlsFailure(host: Host, way: string, error: Error | undefined): void {
  const { stats } = host.cluster;
  host.sessions.forget(way);
  // The endpoint said nothing of TLS: it was gone.
  if (error === undefined || (error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
  if (error instanceof PeerRefusal) stats[`ssl.${error.counter}`]++;
  else if (VERIFICATION.test((error as NodeJS.ErrnoException | undefined)?.code ?? '')) stats['ssl.fail_verify_error']++;
  else stats['ssl.connection_error']++;
}

/** How the library's names for chains it does not trust begin: `CERT_HAS_EXPIRED`. */
const VERIFICATION = /^(CERT|UNABLE|SELF|DEPTH|CRL|INVALID|ERROR_IN|PATH|HOSTNAME)_/;
