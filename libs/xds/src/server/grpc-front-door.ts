import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { constants } from 'node:crypto';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { type Metadata, type Server, ServerCredentials } from '@grpc/grpc-js';
import { type Logger } from '@lateen/base';

/** What a TLS port shows, and the roots it verifies client certificates with. PEM. */
export interface TlsMaterial {
  readonly certChainPem: string;
  readonly privateKeyPem: string;
  readonly clientRootsPem: string;
}

/** A client certificate that was verified against the roots. */
export interface PeerCertificate {
  /** DER. */
  readonly raw: Buffer;
}

/** What a call brought along to prove who makes it. */
export interface CallEvidence {
  readonly bearerToken?: string;
  readonly certificate?: PeerCertificate;
  /** `ADDRESS:PORT` of the other end. */
  readonly peer: string;
}

/** The parts of a grpc-js call that evidence is read from. */
interface EvidentCall {
  readonly metadata: Metadata;
  getPeer(): string;
  getAuthContext(): { readonly sslPeerCertificate?: { readonly raw?: Buffer } };
}

/** Reads a call's evidence. A certificate that does not verify counts as none. */
export function evidenceOf(call: EvidentCall): CallEvidence {
  const authorization = call.metadata.get('authorization')[0];
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  const raw = call.getAuthContext().sslPeerCertificate?.raw;
  return {
    peer: call.getPeer(),
    ...(bearer === undefined ? {} : { bearerToken: bearer }),
    ...(raw === undefined ? {} : { certificate: { raw } }),
  };
}

/** One listening socket of a front door. */
export interface GrpcListener {
  readonly host: string;
  readonly port: number;
}

/**
 * Brings connections to a grpc-js server from sockets it listens on itself and from listening sockets that a parent
 * process hands over; with TLS, the certificate can change while it serves.
 */
export class GrpcFrontDoor {
  readonly #injector: ReturnType<Server['createConnectionInjector']>;
  readonly #servers = new Set<NetServer>();
  readonly #sockets = new Set<Socket>();
  readonly #tls: TlsServer | undefined;

  /** Without `tls` it is plaintext. */
  constructor(server: Server, logger: Logger, tls?: TlsMaterial) {
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
    if (tls === undefined) return;
    this.#tls = createTlsServer({
      ...contextOf(tls),
      requestCert: true,
      rejectUnauthorized: false, // a token will do; an unverified certificate counts as none
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['h2'],
      secureOptions: constants.SSL_OP_NO_TICKET, // a resumed session would outlive its client certificate
    });
    this.#tls.on('secureConnection', (socket) => {
      socket.on('error', (error) => logger.debug('A TLS connection failed', { error: error.message }));
      this.#injector.injectConnection(socket);
    });
    this.#tls.on('tlsClientError', (error, socket) =>
      logger.info('A TLS handshake failed', { peer: socket.remoteAddress, error: error.message }),
    );
  }

  /** Listens; port 0 picks one. Rejects with the system's error when the address is taken. */
  async listen(host: string, port: number): Promise<GrpcListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    });
    this.adopt(server);
    const address = server.address() as AddressInfo;
    return { host: address.address, port: address.port };
  }

  /** Serves what arrives at a socket that listens already, and closes it with the rest. */
  adopt(server: NetServer): void {
    this.#servers.add(server);
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      if (this.#tls === undefined) this.#injector.injectConnection(socket);
      else this.#tls.emit('connection', socket);
    });
  }

  /** Shows another certificate to whoever connects from now on. */
  replaceTls(tls: TlsMaterial): void {
    this.#tls?.setSecureContext(contextOf(tls));
  }

  /** Stops listening and drops every connection. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#injector.destroy();
  }
}

function contextOf(tls: TlsMaterial): { readonly cert: string; readonly key: string; readonly ca: string } {
  return { cert: tls.certChainPem, key: tls.privateKeyPem, ca: tls.clientRootsPem };
}
