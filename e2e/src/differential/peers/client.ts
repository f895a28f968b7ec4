import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { dataFrame, type ErrorName, type Field, frame, FRAME, H2Peer, headersFrame, resetFrame, word } from './h2';
import { readMessages } from './http1-messages';
import { printBody, printFields, printMessages } from './print';
import { after, type Pings } from './upstream';

/** Talks to a listener's port and returns what came, as lines. */
export type Client = (port: number) => Promise<string>;

/** How long a client waits for what it expects. Rows that wait for less are made to be done sooner. */
const PATIENCE_MS = 4000;
/** How long a client looks on after the last answer: does the connection stay? */
const SETTLE_MS = 120;
/** And when its end was announced. */
const LINGER_MS = 1000;

/** What a client of HTTP/1.1 or of bytes does next. Bytes alone are sent, and their answers waited for. */
export type Step =
  | string
  | {
      readonly send?: string;
      /** Waits until this has come in place of whole answers; `nothing`: does not wait. */
      readonly until?: string;
      readonly wait?: 'nothing' | 'close';
      readonly pauseMs?: number;
      /** Ends its half of the connection. */
      readonly end?: boolean;
      readonly reset?: boolean;
    };

/** A connection as a client sees it. */
class Wire {
  text = '';
  closed: 'open' | 'closed' | 'reset' = 'open';
  note = '';
  private wake: () => void = () => undefined;
  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes: Buffer) => {
      this.text += bytes.latin1Slice();
      this.wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.closed === 'open') this.closed = error.code === 'ECONNRESET' ? 'reset' : 'closed';
      this.wake();
    });
    const over = (): void => {
      if (this.closed === 'open') this.closed = 'closed';
      this.wake();
    };
    socket.on('end', over);
    socket.on('close', over);
  }

  static async open(port: number, tls?: ConnectionOptions): Promise<Wire> {
    const options = { port, host: '127.0.0.1', allowHalfOpen: true };
    const socket =
      tls === undefined ? connect({ ...options, noDelay: true }) : connectTls({ ...options, rejectUnauthorized: false, ...tls });
    const wire = new Wire(socket);
    await new Promise<void>((done) => {
      socket.once(tls === undefined ? 'connect' : 'secureConnect', () => done());
      socket.once('close', () => done());
    });
    if (tls !== undefined) {
      const { alpnProtocol } = socket as TLSSocket;
      const version = (socket as TLSSocket).getProtocol();
      const peer = (socket as TLSSocket).getPeerCertificate() as { readonly subjectaltname?: string } | null;
      wire.note =
        wire.closed === 'open' && version !== null
          ? `tls ${version} alpn=${alpnProtocol === false ? '-' : (alpnProtocol ?? '-')} certificate=${peer?.subjectaltname ?? '-'}\n`
          : 'tls refused\n';
    }
    return wire;
  }

  /** Resolves when `done` holds, the connection is over, or patience is. */
  async until(done: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    const late = Date.now() + patienceMs;
    while (!done() && this.closed === 'open' && Date.now() < late) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, late - Date.now());
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async run(step: Step, done: () => boolean): Promise<void> {
    const { send, until, wait, pauseMs, end, reset } = typeof step === 'string' ? { send: step } : { send: undefined, ...step };
    if (send !== undefined && !this.socket.destroyed) this.socket.write(send, 'latin1');
    if (end === true) this.socket.end();
    if (wait === 'close') await this.until(() => false);
    else if (until !== undefined) await this.until(() => this.text.includes(until));
    else if (send !== undefined && wait !== 'nothing') await this.until(done);
    if (pauseMs !== undefined) await after(pauseMs);
    if (reset === true) this.socket.resetAndDestroy();
  }

  async settle(announced = false): Promise<void> {
    if (this.closed === 'open') await this.until(() => false, announced ? LINGER_MS : SETTLE_MS);
  }
}

/** A request of HTTP/1.1: first the line without version, then fields; `host: a.example` unless there is one. */
export function request(line: string, ...fields: readonly string[]): string {
  const host = fields.some((field) => /^host:/i.test(field)) ? [] : ['host: a.example'];
  return [`${line} HTTP/1.1`, ...host, ...fields, '', ''].join('\r\n');
}

/** The same with a body, and its length. */
export function requestWith(body: string, line: string, ...fields: readonly string[]): string {
  return request(line, ...fields, `content-length: ${body.length}`) + body;
}

/** A client of HTTP/1.1 on one connection. */
export function http1Client(...steps: readonly Step[]): Client {
  return http1ClientOver(undefined, ...steps);
}

/** The same over TLS. */
export function http1ClientOver(tls: ConnectionOptions | undefined, ...steps: readonly Step[]): Client {
  return async (port) => {
    const wire = await Wire.open(port, tls);
    const sent: string[] = [];
    const methods = (): readonly string[] =>
      sent.flatMap((text) => [...text.matchAll(/^([A-Z]+) \S+ HTTP\/1\.[01]\r$/gm)].map(([, method]) => method!));
    const answered = (): boolean => {
      const { messages } = readMessages(wire.text, wire.closed !== 'open', methods());
      return messages.filter(({ startLine, complete }) => complete && !/^HTTP\/1\.. 1(?!01)/.test(startLine)).length >= methods().length;
    };
    for (const step of steps) {
      sent.push(typeof step === 'string' ? step : (step.send ?? ''));
      await wire.run(step, () => methods().length > 0 && answered());
    }
    await wire.settle(/^connection: close\r$/im.test(wire.text));
    wire.socket.destroy();
    return (
      wire.note +
      printMessages(readMessages(wire.text, wire.closed !== 'open', methods())) +
      `(${wire.closed === 'open' ? 'open' : 'closed'})\n`
    );
  };
}

/** A client of bytes. Every step says what it waits for. */
export function tcpClient(...steps: readonly Step[]): Client {
  return tcpClientOver(undefined, ...steps);
}

/** The same over TLS. */
export function tcpClientOver(tls: ConnectionOptions | undefined, ...steps: readonly Step[]): Client {
  return async (port) => {
    const wire = await Wire.open(port, tls);
    for (const step of steps) await wire.run(step, () => wire.text !== '');
    await wire.settle();
    wire.socket.destroy();
    return `${wire.note}bytes ${printBody(wire.text)}\n(${wire.closed})\n`;
  };
}

/** One stream of a client of HTTP/2. */
export interface StreamRequest {
  /** Fields after, or in place of, GET http://a.example/; a pseudo-header field that is given as undefined is left out. */
  readonly fields?: readonly Field[];
  readonly method?: string;
  readonly path?: string;
  readonly authority?: string;
  /** Exactly these fields. */
  readonly only?: readonly Field[];
  /** DATA frames, `gapMs` apart. */
  readonly body?: readonly string[];
  readonly gapMs?: number;
  readonly trailers?: readonly Field[];
  /** Resets the stream after so long in place of waiting. */
  readonly reset?: ErrorName;
  readonly resetAfterMs?: number;
  /** Does not end the stream. */
  readonly open?: boolean;
  /** Bytes in place of a request, `{id}` of this stream. */
  readonly raw?: (id: number) => Buffer;
  /** Does not wait for its end before the next. */
  readonly wait?: boolean;
}

/** How a client of HTTP/2 behaves. */
export interface Http2Options {
  readonly tls?: ConnectionOptions;
  /** Reads nothing beyond the windows everybody begins with. */
  readonly windows?: 'manual';
  readonly settings?: Buffer;
  /** Widens the connection's window, not the streams'. */
  readonly connectionWindow?: boolean;
  readonly pings?: Pings;
}

/** A client of HTTP/2 on one connection, each stream after the last unless it says otherwise. */
export function http2Client(...requests: readonly StreamRequest[]): Client {
  return http2ClientWith({}, ...requests);
}

/** The same, other than usual. */
export function http2ClientWith(options: Http2Options, ...requests: readonly StreamRequest[]): Client {
  return async (port) => {
    const wire = await Wire.open(port, options.tls);
    let pinged = false;
    const onPing = (): boolean => {
      pinged = true;
      return options.pings !== 'ignored';
    };
    const peer = new H2Peer(wire.socket, 'client', { onPing }, options.windows ?? 'wide', options.settings);
    if (options.connectionWindow === true) wire.socket.write(frame(FRAME.windowUpdate, 0, 0, word(1 << 30)));
    if (wire.text !== '') peer.receive(Buffer.from(wire.text, 'latin1'));
    wire.socket.prependListener('data', (bytes: Buffer) => peer.receive(bytes));
    const ids: number[] = [];
    for (const [i, one] of requests.entries()) {
      const id = i * 2 + 1;
      ids.push(id);
      await sendStream(wire, id, one);
      if (one.wait !== false && one.reset === undefined && one.open !== true)
        await wire.until(() => peer.streams.get(id)?.ended === true || peer.goaway !== undefined);
    }
    const settled = (): boolean =>
      ids.every((id, i) => requests[i]!.open === true || requests[i]!.reset !== undefined || peer.streams.get(id)?.ended === true);
    await wire.until(() => settled() || peer.goaway !== undefined);
    await wire.settle(peer.goaway !== undefined);
    wire.socket.destroy();
    const streams = ids.map((id) => {
      const seen = peer.streams.get(id);
      if (seen === undefined) return `stream ${id} (nothing)\n`;
      const blocks = seen.blocks.map(
        (block, i) => `  ${i === 0 ? 'head' : block.some(([name]) => name === ':status') ? 'head' : 'trailers'}\n${printFields(block)}`,
      );
      const body = seen.body === '' ? '' : `  | ${printBody(seen.body)}\n`;
      return `stream ${id}\n${blocks.slice(0, 1).join('')}${body}${blocks.slice(1).join('')}${seen.reset === undefined ? (seen.ended ? '' : '  (unfinished)\n') : `  reset ${seen.reset}\n`}`;
    });
    const pings = options.pings !== undefined && pinged ? 'PING\n' : '';
    return `${wire.note}${streams.join('')}${pings}${peer.goaway === undefined ? '' : `goaway ${peer.goaway}\n`}(${wire.closed === 'open' ? 'open' : 'closed'})\n`;
  };
}

async function sendStream({ socket }: Wire, id: number, one: StreamRequest): Promise<void> {
  if (one.raw !== undefined) socket.write(one.raw(id));
  else if (!(await sendRequest(socket, id, one))) return;
  if (one.reset === undefined) return;
  await after(one.resetAfterMs ?? 100);
  socket.write(resetFrame(id, one.reset));
}

/** Whether the connection was still there at the end. */
async function sendRequest(socket: Socket, id: number, one: StreamRequest): Promise<boolean> {
  const pseudo: readonly Field[] = [
    [':method', one.method ?? 'GET'],
    [':scheme', 'http'],
    [':authority', one.authority ?? 'a.example'],
    [':path', one.path ?? '/'],
  ];
  const fields = one.only ?? [...pseudo, ...(one.fields ?? [])];
  const body = one.body ?? [];
  const stays = one.open === true || one.reset !== undefined;
  socket.write(headersFrame(id, fields, body.length === 0 && one.trailers === undefined && !stays));
  for (const [i, part] of body.entries()) {
    if (i > 0) await after(one.gapMs ?? 30);
    if (socket.destroyed) return false;
    socket.write(dataFrame(id, part, i === body.length - 1 && one.trailers === undefined && !stays));
  }
  if (one.trailers !== undefined) socket.write(headersFrame(id, one.trailers, true));
  return true;
}

/** Several clients, one after the other: `client 1`, `client 2`. */
export function inTurn(...clients: readonly Client[]): Client {
  return async (port) => {
    let text = '';
    for (const [i, client] of clients.entries()) text += `client ${i + 1}\n${await client(port)}`;
    return text;
  };
}

/** Several clients at once, each begun a little after the last. */
export function atOnce(...clients: readonly Client[]): Client {
  return async (port) => {
    const texts = await Promise.all(
      clients.map(async (client, i) => {
        await after(i * 80);
        return await client(port);
      }),
    );
    return texts.map((text, i) => `client ${i + 1}\n${text}`).join('');
  };
}
