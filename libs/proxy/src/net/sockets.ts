import { connect as connectPlain, type Server, Socket, createServer } from 'node:net';
import { connect as connectTls, type ConnectionOptions, TLSSocket, type SecureContext, type PeerCertificate } from 'node:tls';
import { checkNotExpired } from '../upstream/judge-peer';
import { Transport, type TransportHolder, WRITE_HIGH_WATER } from './transport';

/** Connections the kernel may hold before they are accepted. */
export const BACKLOG = 4096;

/** What an accepted connection is before it is wrapped: the runtime's handle. */
interface Handle {
  readonly fd?: number;
  receive?(bytes: Buffer): void;
  verifyError?(): Error | null;
}

interface WithHandle {
  _handle: Handle | null;
}

/** A listening server whose connections arrive as transports with the shared read buffer. */
export function createListener(onConnection: (transport: Transport) => void): Server {
  return createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => takeOver(accepted, onConnection));
}

/** `net.Server` has no `onread`: the handle it accepted moves to a socket that has. */
function takeOver(accepted: Socket, onConnection: (transport: Transport) => void): void {
  const handle = (accepted as unknown as WithHandle)._handle;
  if (handle === null) return;
  (accepted as unknown as WithHandle)._handle = null;
  onConnection(adopt(handle));
}

/** The file descriptor of a transport's socket; undefined when it has none. */
export function descriptorOf(transport: Transport): number | undefined {
  return (transport.socket as unknown as WithHandle)._handle?.fd;
}

function adopt(handle: Handle): Transport {
  const holder: TransportHolder = { transport: undefined };
  const options = {
    handle,
    allowHalfOpen: true,
    readable: true,
    writable: true,
    writableHighWaterMark: WRITE_HIGH_WATER,
    onread: Transport.readInto(holder),
  };
  const socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
  socket.setNoDelay(true);
  return Transport.attach(socket, holder, false);
}

/** The handle that the TLS socket under construction runs on. */
let adopted: Handle | undefined;

interface WrapsHandle {
  _wrapHandle(wrap: unknown, handle: Handle | undefined, hasActiveWrite: boolean): unknown;
}

/** A TLS socket straight on an accepted handle, which the public constructor offers only for sockets. */
const HandleTlsSocket = class extends TLSSocket {
  _wrapHandle(wrap: unknown, handle: Handle | undefined, hasActiveWrite: boolean): unknown {
    return (TLSSocket.prototype as unknown as WrapsHandle)._wrapHandle.call(this, wrap, handle ?? adopted, hasActiveWrite);
  }
};

/** How an accepted connection becomes TLS. */
export interface ServerTlsOptions {
  readonly context: SecureContext;
  readonly alpnProtocols: readonly string[];
  readonly requestCert: boolean;
  /** End the handshake of a client that shows none, with an alert that says so. What it shows is judged after the handshake. */
  readonly requireCert: boolean;
  /** The certificates by the name that the client asks for, one for each kind of key; absent: the context's. */
  readonly contextsFor?: (serverName: string) => readonly SecureContext[];
}

/** What is known once a handshake is over. */
export interface Handshake {
  readonly transport: Transport;
  readonly socket: TLSSocket;
  /** Why the peer's certificate is not trusted; undefined when it is, or none was asked for or sent. */
  readonly verifyError: Error | undefined;
}

/**
 * Continues a plain connection as TLS, with the bytes already read from it first.
 *
 * TLS runs straight on the accepted handle, which keeps the shared read buffer; where the runtime no longer lets
 * bytes be put back that way, it runs on the socket, which costs a few microseconds a read.
 * `done` is called once, with the failure or the handshake.
 */
export function acceptTls(
  plain: Transport,
  peeked: Buffer,
  options: ServerTlsOptions,
  done: (error: Error | undefined, handshake: Handshake | undefined) => void,
): () => void {
  const holder: TransportHolder = { transport: undefined };
  const common = {
    isServer: true,
    secureContext: options.context,
    requestCert: options.requestCert,
    rejectUnauthorized: options.requireCert,
    ALPNProtocols: options.alpnProtocols.length === 0 ? undefined : [...options.alpnProtocols],
    SNICallback:
      options.contextsFor === undefined
        ? undefined
        : (name: string, callback: (error: Error | null, context?: SecureContext) => void) =>
            callback(null, showCertificates(socket, options.contextsFor!(name))),
    allowHalfOpen: true,
    highWaterMark: WRITE_HIGH_WATER,
  };
  const raw = plain.socket as unknown as WithHandle;
  const handle = raw._handle;
  plain.releaseReads();
  plain.owner = { onBytes: () => undefined, onEnd: () => undefined, onDrain: () => undefined, onClose: () => undefined };
  let socket: TLSSocket;
  if (handle !== null && typeof handle === 'object' && fastTls) {
    raw._handle = null;
    adopted = handle;
    socket = new HandleTlsSocket(
      undefined as unknown as Socket,
      { ...common, onread: Transport.readInto(holder) } as unknown as ConstructorParameters<typeof TLSSocket>[1],
    );
    adopted = undefined;
    // It takes a socket it was not given for one that is still to be connected.
    (socket as unknown as { connecting: boolean }).connecting = false;
    const tlsHandle = (socket as unknown as WithHandle)._handle;
    if (peeked.length > 0) tlsHandle?.receive?.(peeked);
    socket.read(0);
  } else {
    if (peeked.length > 0) plain.socket.unshift(peeked);
    socket = new TLSSocket(plain.socket, common as unknown as ConstructorParameters<typeof TLSSocket>[1]);
    socket.on('data', (chunk: Buffer) => holder.transport?.readChunk(chunk));
  }
  const transport = Transport.attach(socket, holder, true);
  let finished = false;
  transport.owner = {
    onBytes: () => undefined,
    onEnd: () => transport.destroy(),
    onDrain: () => undefined,
    onClose: (error) => {
      if (finished) return;
      finished = true;
      done(error ?? new Error('Cannot finish the TLS handshake: connection closed by the peer'), undefined);
    },
  };
  socket.once('secure', () => {
    if (finished) return;
    finished = true;
    const verifyError = (socket as unknown as WithHandle)._handle?.verifyError?.() ?? undefined;
    done(undefined, { transport, socket, verifyError });
  });
  return () => transport.destroy();
}

/** Gives a handshake all its certificates but the last, which it takes itself. Each replaces the one with its kind of key. */
function showCertificates(socket: TLSSocket, contexts: readonly SecureContext[]): SecureContext | undefined {
  for (const context of contexts.slice(0, -1)) (socket as unknown as Partial<SetsKeyCert>).setKeyCert?.(context);
  return contexts.at(-1);
}

/** Since Node.js 20.17; the declarations are older. */
interface SetsKeyCert {
  setKeyCert(context: SecureContext): void;
}

/** Whether TLS can take over a handle and be fed bytes; the tests cover both answers. */
export let fastTls = typeof (TLSSocket.prototype as unknown as Partial<WrapsHandle>)._wrapHandle === 'function';

/** For the test of the way around. */
export function setFastTls(value: boolean): void {
  fastTls = value;
}

/** Where a new connection goes and how. */
export interface DialOptions {
  /** IP address; with port 0 the path of a unix socket. */
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  /** Bytes read at once, and bytes queued before writers wait, where that is less than usual. */
  readonly bufferLimitBytes?: number;
  /** Sent before anything else, before TLS too. */
  readonly first?: Buffer;
  readonly tls?: DialTls;
}

/** TLS of a new connection. */
export interface DialTls {
  readonly context: SecureContext;
  readonly serverName?: string;
  readonly alpnProtocols: readonly string[];
  /** Verify the chain; then `checkPeer` decides about the certificate itself. */
  readonly verify: boolean;
  /** Give it with its chain, as `issuerCertificate`. */
  readonly wholeChain: boolean;
  readonly checkPeer: (certificate: PeerCertificate) => Error | undefined;
  /** An earlier session to go on with. */
  readonly session?: TlsSession;
  /** Hears of sessions the peer gives for later; absent: none are asked for. */
  readonly onSession?: (session: TlsSession) => void;
}

/** What a later connection can go on with. */
export interface TlsSession {
  readonly bytes: Buffer;
  /** What the peer proved itself with when the session began: it does not say so again. */
  readonly certificate: PeerCertificate;
}

/** Dials; `connected` is called once when bytes can flow. Failures arrive at the transport's owner as `onClose`. */
export function dial(options: DialOptions, connected: (transport: Transport) => void): Transport {
  const holder: TransportHolder = { transport: undefined };
  const target = options.port === 0 ? { path: options.address } : { host: options.address, port: options.port };
  const base = {
    ...target,
    localAddress: options.localAddress,
    allowHalfOpen: true,
    writableHighWaterMark: WRITE_HIGH_WATER,
    onread: Transport.readInto(holder, options.bufferLimitBytes),
  };
  const { tls, first } = options;
  let socket: Socket;
  if (tls === undefined) {
    socket = connectPlain({ ...base, noDelay: true });
    socket.once('connect', () => {
      if (first !== undefined) transport.output().bytes(first, 0, first.length);
      connected(transport);
    });
  } else {
    const secure = connectTls({
      ...(first === undefined ? base : { socket: afterFirst(base, first), allowHalfOpen: true }),
      secureContext: tls.context,
      servername: tls.serverName ?? '',
      ALPNProtocols: tls.alpnProtocols.length === 0 ? undefined : [...tls.alpnProtocols],
      rejectUnauthorized: tls.verify,
      // Judged below, where a resumed session is judged too.
      checkServerIdentity: () => undefined,
      session: tls.session?.bytes,
    } as unknown as ConnectionOptions);
    const { onSession } = tls;
    if (onSession !== undefined) {
      secure.on('session', (bytes: Buffer) => {
        const certificate = secure.isSessionReused() ? tls.session?.certificate : secure.getPeerCertificate();
        if (certificate !== undefined) onSession({ bytes, certificate });
      });
    }
    secure.setNoDelay(true);
    if (first !== undefined) secure.on('data', (chunk: Buffer) => holder.transport?.readChunk(chunk));
    secure.once('secureConnect', () => {
      const resumed = secure.isSessionReused() ? tls.session : undefined;
      const certificate = resumed?.certificate ?? secure.getPeerCertificate(tls.wholeChain);
      transport.peerCertificate = certificate;
      const refusal = tls.checkPeer(certificate) ?? (tls.verify && resumed !== undefined ? checkNotExpired(certificate) : undefined);
      if (refusal === undefined) connected(transport);
      else secure.destroy(refusal);
    });
    socket = secure;
  }
  const transport = Transport.attach(socket, holder, tls !== undefined);
  if (options.bufferLimitBytes !== undefined) transport.limitWrites(options.bufferLimitBytes);
  return transport;
}

/** A plain connection that has said `first` by the time TLS begins on it. It brings its own read buffers. */
function afterFirst(base: Record<string, unknown>, first: Buffer): Socket {
  const socket = connectPlain({ ...base, onread: undefined, noDelay: true } as unknown as Parameters<typeof connectPlain>[0] & object);
  socket.write(first);
  return socket;
}
