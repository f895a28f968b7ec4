import { type ConnectionOptions, connect } from 'node:tls';
import { type Client, request } from './client';

/** How long one connection may take. */
const PATIENCE_MS = 2500;
/** How long a client waits between connections: what was said after an answer arrives. */
const GAP_MS = 30;

/** What a client does besides a handshake. */
export interface TlsClientOptions {
  /** Connections one after the other, each with the session of the last. Default 1. */
  readonly connections?: number;
  /** Something done before each but the first, by its number. */
  readonly between?: (connection: number) => Promise<void>;
  /** Hears of the last session of each. */
  readonly onSession?: (session: Buffer | undefined) => void;
  /** What to say of the certificate that was shown. Default: nothing. */
  readonly shown?: 'names' | 'key';
}

/** A client that makes one request a connection, and tells what TLS made of it: version, cipher, group, the session, alerts. */
export function tlsClient(tls: ConnectionOptions, options: TlsClientOptions = {}): Client {
  return async (port) => {
    let text = '';
    let session: Buffer | undefined;
    for (let i = 0; i < (options.connections ?? 1); i++) {
      if (i > 0) await options.between?.(i);
      const one = await connection({ port, ...tls, ...(session === undefined ? {} : { session }) }, options);
      session = one.session ?? session;
      options.onSession?.(session);
      text += one.text;
    }
    return text;
  };
}

interface Seen {
  readonly text: string;
  /** The last session that was given. */
  readonly session: Buffer | undefined;
}

async function connection(tls: ConnectionOptions, { shown }: TlsClientOptions): Promise<Seen> {
  return await new Promise((done) => {
    const lines: string[] = [];
    let session: Buffer | undefined;
    const socket = connect({ host: '127.0.0.1', rejectUnauthorized: false, ...tls });
    const late = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('session', (bytes: Buffer) => (session = bytes));
    socket.on('secureConnect', () => {
      const { name, type } = socket.getEphemeralKeyInfo() as { readonly name?: string; readonly type?: string };
      const group = name ?? type ?? '-';
      lines.push(`tls ${socket.getProtocol()} ${socket.getCipher().name} group=${group} resumed=${socket.isSessionReused()}`);
      if (shown === 'names') lines.push(`certificate ${socket.getPeerCertificate().subjectaltname}`);
      if (shown === 'key') lines.push(`key ${socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType}`);
      socket.write(request('GET /', 'connection: close'));
    });
    socket.on('data', (bytes: Buffer) => lines.push(bytes.toString('latin1').split('\r\n')[0]!));
    socket.on('error', (error: NodeJS.ErrnoException) => lines.push(`alert ${error.code}`));
    socket.on('close', () => {
      clearTimeout(late);
      lines.push(`session ${session === undefined ? 'none' : 'given'}`);
      setTimeout(() => done({ text: lines.map((line) => `${line}\n`).join(''), session }), GAP_MS);
    });
  });
}
