import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { type ErrorName, type Field, frame, FRAME, goawayFrame, H2Peer, headersFrame, dataFrame, resetFrame } from './h2';
import { readMessages } from './http1-messages';
import { printBody, printFields, printMessages } from './print';

/** What a server does about one request of HTTP/1.1. Bytes alone are an answer. */
export type Reply =
  | string
  | {
      /** Waits so long before anything else. */
      readonly delayMs?: number;
      /** Bytes, in turn, `gapMs` apart. */
      readonly send?: readonly string[];
      readonly gapMs?: number;
      /** What becomes of the connection then: default it stays; `echo` sends everything back from now on. */
      readonly then?: 'end' | 'reset' | 'echo';
      /** Answers when the head is here, not the body. */
      readonly early?: boolean;
    };

/** What a server does about one stream of HTTP/2. */
export interface StreamReply {
  readonly delayMs?: number;
  /** Without `:status`: 200. Undefined: no head. */
  readonly fields?: readonly Field[];
  /** More heads before it. */
  readonly interim?: readonly (readonly Field[])[];
  /** DATA frames, `gapMs` apart. */
  readonly body?: readonly string[];
  readonly gapMs?: number;
  readonly trailers?: readonly Field[];
  /** Resets in place of the end. */
  readonly reset?: ErrorName;
  /** GOAWAY before the answer. */
  readonly goaway?: ErrorName;
  /** Does not count the stream among those GOAWAY lets finish. */
  readonly goawayRefuses?: boolean;
  /** Leaves the stream open. */
  readonly open?: boolean;
  /** Sends DATA back as it comes. */
  readonly echo?: boolean;
  /** Closes the connection in place of an answer. */
  readonly close?: boolean;
  /** Bytes as they are, in place of an answer. `{id}` cannot be known: made from the stream's. */
  readonly raw?: (id: number) => Buffer;
  /** Answers when the head is here, not the body. */
  readonly early?: boolean;
}

/** What becomes of PINGs; whether there were any is then printed. */
export type Pings = 'answered' | 'ignored';

/** A server of one endpoint. The last reply is given to all requests that follow. */
export type Upstream =
  | { readonly kind: 'http1'; readonly replies: readonly Reply[]; readonly tls?: TlsOptions }
  | {
      readonly kind: 'http2';
      readonly replies: readonly StreamReply[];
      readonly settings?: Buffer;
      readonly tls?: TlsOptions;
      readonly pings?: Pings;
    }
  | { readonly kind: 'tcp'; readonly on: (socket: Socket) => void; readonly tls?: TlsOptions }
  /** Nobody listens there. */
  | { readonly kind: 'absent' };

/** A server that answers requests of HTTP/1.1, in turn. */
export function http1(...replies: readonly Reply[]): Upstream {
  return { kind: 'http1', replies };
}

/** A server that answers streams of HTTP/2, in turn. */
export function http2(...replies: readonly StreamReply[]): Upstream {
  return { kind: 'http2', replies };
}

/** A server of bytes. */
export function tcp(on: (socket: Socket) => void): Upstream {
  return { kind: 'tcp', on };
}

/** A server that runs, and what it saw. */
export interface RunningUpstream {
  readonly port: number;
  /** What came, in order, as lines. */
  print(): string;
  stop(): void;
}

interface Seen {
  print(): string;
}

/** Starts a server on a port of its own. */
export async function startUpstream(upstream: Upstream): Promise<RunningUpstream> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let index = 0;
  const next = <T>(replies: readonly T[]): T => replies[Math.min(index++, replies.length - 1)]!;
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    switch (upstream.kind) {
      case 'http1':
        seen.push(serveHttp1(socket, () => next(upstream.replies)));
        return;
      case 'http2':
        seen.push(serveHttp2(socket, () => next(upstream.replies), upstream));
        return;
      case 'tcp': {
        let text = '';
        socket.on('data', (bytes) => (text += bytes.latin1Slice()));
        socket.on('end', () => (text += '(end)'));
        seen.push({ print: () => (text === '' ? '' : `bytes ${JSON.stringify(text)}\n`) });
        upstream.on(socket);
        return;
      }
      case 'absent':
        socket.destroy();
    }
  };
  const options = { allowHalfOpen: true };
  const server =
    upstream.kind !== 'absent' && upstream.tls !== undefined
      ? createTlsServer({ ...options, ...upstream.tls }, accept)
      : createServer(options, accept);
  server.on('tlsClientError', () => undefined);
  // A port that was free a moment ago may be anybody's soon; this one is nobody's.
  if (upstream.kind === 'absent') return { port: 1, print: () => '', stop: () => undefined };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    print: () => seen.map((one) => one.print()).join(''),
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function serveHttp1(socket: Socket, next: () => Reply): Seen {
  let text = '';
  let answered = 0;
  let echoing = false;
  let ended = false;
  const look = (): void => {
    const { messages } = readMessages(text, ended);
    while (answered < messages.length && !echoing) {
      const reply = peeked ?? next();
      peeked = reply;
      if (!messages[answered]!.complete && !(typeof reply === 'object' && reply.early === true)) return;
      peeked = undefined;
      answered++;
      if (typeof reply === 'object' && reply.then === 'echo') echoing = true;
      void give(socket, reply);
    }
  };
  let peeked: Reply | undefined;
  socket.on('data', (bytes) => {
    text += bytes.latin1Slice();
    if (echoing) socket.write(bytes);
    else look();
  });
  socket.on('end', () => {
    ended = true;
    socket.end();
  });
  return { print: () => printMessages(readMessages(text, false)) };
}

async function give(socket: Socket, reply: Reply): Promise<void> {
  if (typeof reply === 'string') {
    socket.write(reply, 'latin1');
    return;
  }
  if (reply.delayMs !== undefined) await after(reply.delayMs);
  for (const [i, part] of (reply.send ?? []).entries()) {
    if (i > 0) await after(reply.gapMs ?? 30);
    if (socket.destroyed) return;
    await new Promise((done) => socket.write(part, 'latin1', done));
  }
  if (reply.then === 'end') socket.end();
  // What was sent must be read before a reset makes it void.
  else if (reply.then === 'reset') {
    if (reply.send !== undefined) await after(60);
    socket.resetAndDestroy();
  }
}

function serveHttp2(
  socket: Socket,
  next: () => StreamReply,
  { settings, pings }: { readonly settings?: Buffer; readonly pings?: Pings },
): Seen {
  let pinged = false;
  const replies = new Map<number, StreamReply>();
  const given = new Set<number>();
  const echoed = new Map<number, number>();
  const peer = new H2Peer(
    socket,
    'server',
    {
      onPing: () => {
        pinged = true;
        return pings !== 'ignored';
      },
      onStream: (id, seen) => {
        if (seen.reset !== undefined) return;
        let reply = replies.get(id);
        if (reply === undefined) replies.set(id, (reply = next()));
        if (reply.echo === true && given.has(id)) {
          const from = echoed.get(id) ?? 0;
          echoed.set(id, seen.body.length);
          if (seen.body.length > from || seen.ended) socket.write(dataFrame(id, seen.body.slice(from), seen.ended));
        }
        if (given.has(id) || (!seen.ended && reply.early !== true && reply.echo !== true)) return;
        given.add(id);
        void giveStream(socket, id, reply);
      },
    },
    'wide',
    settings,
  );
  socket.on('data', (bytes) => peer.receive(bytes));
  socket.on('end', () => socket.end());
  return {
    print: () =>
      [...peer.streams.values()]
        .map(({ blocks, body, ended, reset }) => {
          const [head = [], ...more] = blocks;
          return `request\n${printFields(head)}${body === '' ? '' : `  | ${printBody(body)}\n`}${more.map((block) => `  trailers\n${printFields(block)}`).join('')}${reset !== undefined ? `  reset ${reset}\n` : ended ? '' : '  (unfinished)\n'}`;
        })
        .join('') + (pings !== undefined && pinged ? 'PING\n' : ''),
  };
}

async function giveStream(socket: Socket, id: number, reply: StreamReply): Promise<void> {
  if (reply.delayMs !== undefined) await after(reply.delayMs);
  if (socket.destroyed) return;
  if (reply.goaway !== undefined) socket.write(goawayFrame(reply.goawayRefuses === true ? 0 : id, reply.goaway));
  if (reply.goawayRefuses === true) return;
  if (reply.close === true) {
    socket.destroy();
    return;
  }
  if (reply.raw !== undefined) {
    socket.write(reply.raw(id));
    return;
  }
  for (const interim of reply.interim ?? []) socket.write(headersFrame(id, interim, false));
  const body = reply.body ?? [];
  const stays = reply.open === true || reply.reset !== undefined || reply.echo === true;
  if (reply.fields !== undefined) {
    const fields: readonly Field[] = reply.fields.some(([name]) => name === ':status')
      ? reply.fields
      : [[':status', '200'], ...reply.fields];
    socket.write(headersFrame(id, fields, body.length === 0 && reply.trailers === undefined && !stays));
  }
  for (const [i, part] of body.entries()) {
    if (i > 0) await after(reply.gapMs ?? 30);
    if (socket.destroyed) return;
    socket.write(dataFrame(id, part, i === body.length - 1 && reply.trailers === undefined && !stays));
  }
  if (reply.trailers !== undefined) socket.write(headersFrame(id, reply.trailers, true));
  if (reply.reset !== undefined) {
    if (reply.fields !== undefined) await after(60);
    if (!socket.destroyed) socket.write(resetFrame(id, reply.reset));
  }
}

/** A while. */
export function after(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** SETTINGS that allow only so many streams at once. */
export function maxStreams(count: number): Buffer {
  return Buffer.from([0, 3, 0, 0, 0, count]);
}

/** A frame of a type nobody knows, which must be ignored. */
export const UNKNOWN_FRAME = frame(FRAME.continuation + 40, 0, 0, 'x');
