import { type SecureContext } from 'node:tls';
import { type TlsSession } from '../net/sockets';

/** Ways of talking to one endpoint whose sessions are remembered. */
const MAX_SESSIONS = 32;

/**
 * The newest TLS session with one endpoint for each way of talking to it, so that the next connection need not prove
 * everything again. One that was made with another context, before a certificate rotated, is not used. Spec: RFC 8446 §2.2.
 */
export class TlsSessions {
  private readonly sessions = new Map<string, { readonly context: SecureContext; readonly session: TlsSession }>();

  /** The session to offer; undefined: none. */
  get(way: string, context: SecureContext): TlsSession | undefined {
    const known = this.sessions.get(way);
    return known?.context === context ? known.session : undefined;
  }

  /** Remembers a session the endpoint gave. */
  put(way: string, context: SecureContext, session: TlsSession): void {
    this.sessions.delete(way);
    this.sessions.set(way, { context, session });
    if (this.sessions.size > MAX_SESSIONS) for (const oldest of this.sessions.keys()) return void this.sessions.delete(oldest);
  }

  /** A connection failed: what it offered may be why. */
  forget(way: string): void {
    this.sessions.delete(way);
  }
}
