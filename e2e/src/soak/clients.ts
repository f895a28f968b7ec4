import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { frame, FRAME, PREFACE, word } from '../differential/peers/h2';
import { GET, literal, opened, POST, request, reset, settingsFrame, streamId } from '../attacks/h2-bytes';
import { type PemPair } from '../stand/resources';
import { type Dice } from './dice';
import { type Tally } from './tally';

/** How a client connects. */
export interface Way {
  /** The listener it leads to. */
  readonly name: string;
  readonly port: number;
  readonly tls?: PemPair & { readonly ca: string };
}

const PATHS = ['/a', '/b', '/split', '/split', '/retry', '/gone'];
/** Between an answer and the next request, at most. */
const THINK_MS = 10;
/** Whoever waits so long waits for ever. */
const PATIENCE_MS = 20_000;

function open({ port, tls }: Way): Socket {
  const socket =
    tls === undefined
      ? connect({ port, host: '127.0.0.1' })
      : connectTls({
          port,
          host: '127.0.0.1',
          ca: tls.ca,
          cert: tls.certificate,
          key: tls.privateKey,
          checkServerIdentity: () => undefined,
        });
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  return socket;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Asks over HTTP/1.1, one request after the other, connection after connection, until told to stop. */
export async function runHttp1(way: Way, tally: Tally, dice: Dice): Promise<void> {
  while (!tally.stopping) {
    await http1Connection(way, tally, dice);
    if (!tally.stopping) await pause(dice.below(20));
  }
}

function http1Connection(way: Way, tally: Tally, dice: Dice): Promise<void> {
  return new Promise((done) => {
    const socket = open(way);
    let text = '';
    let waiting = false;
    let cancelled = false;
    let late: NodeJS.Timeout | undefined;
    const ask = (): void => {
      // It ended while the client was thinking.
      if (!socket.writable) return;
      if (tally.stopping || dice.below(500) === 0) return void socket.end();
      const body = dice.below(8) === 0 ? 'x'.repeat(dice.below(5000)) : '';
      const path = dice.pick(PATHS);
      const framing =
        dice.below(2) === 0 ? `content-length: ${body.length}\r\n\r\n${body}` : `transfer-encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`;
      tally.sent++;
      waiting = true;
      socket.write(body === '' ? `GET ${path} HTTP/1.1\r\nhost: soak\r\n\r\n` : `POST ${path} HTTP/1.1\r\nhost: soak\r\n${framing}`);
      if (dice.below(300) === 0) {
        cancelled = true;
        socket.destroy();
      }
      late = setTimeout(() => socket.destroy(), PATIENCE_MS);
    };
    socket.once(way.tls === undefined ? 'connect' : 'secureConnect', ask);
    socket.on('data', (bytes: Buffer) => {
      text += bytes.latin1Slice();
      const length = responseLength(text);
      if (length === 0) return;
      if (!waiting) {
        tally.doubled++;
        socket.destroy();
        return;
      }
      clearTimeout(late);
      waiting = false;
      tally.answer(text.slice(9, 12));
      const close = /\r\nconnection: close\r\n/.test(text.slice(0, text.indexOf('\r\n\r\n') + 2));
      text = text.slice(length);
      if (text !== '') tally.doubled++;
      if (close) socket.end();
      else setTimeout(ask, dice.below(THINK_MS));
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(late);
      if (cancelled) tally.cancelled++;
      else if (waiting && text.startsWith('HTTP/1.1 ')) tally.answer('cut');
      else if (waiting) tally.lose(`${way.name}, HTTP/1.1: closed without an answer${text === '' ? '' : ' but after some bytes'}`);
      done();
    });
  });
}

function chunk(body: string): string {
  return body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n`;
}

function responseLength(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4;
  if (head === 3) return 0;
  const fields = text.slice(0, head);
  const length = /\r\ncontent-length: (\d+)/.exec(fields)?.[1];
  if (length !== undefined) return text.length >= head + Number(length) ? head + Number(length) : 0;
  if (!/\r\ntransfer-encoding: chunked/.test(fields)) return /^HTTP\/1.1 (204|304)/.test(fields) ? head : 0;
  const end = text.startsWith('0\r\n\r\n', head) ? head : text.indexOf('\r\n0\r\n\r\n', head) + 2;
  return end === 1 ? 0 : end + 5;
}

const GRPC = [literal('content-type', 'application/grpc'), literal('te', 'trailers')];
const MESSAGE = Buffer.from([0, 0, 0, 0, 3, 10, 1, 97]);

/** Asks over HTTP/2, many requests at once, plain ones and gRPC, connection after connection, until told to stop. */
export async function runHttp2(way: Way, atOnce: number, tally: Tally, dice: Dice): Promise<void> {
  while (!tally.stopping) {
    await http2Connection(way, atOnce, tally, dice);
    if (!tally.stopping) await pause(dice.below(20));
  }
}

function http2Connection(way: Way, atOnce: number, tally: Tally, dice: Dice): Promise<void> {
  return new Promise((done) => {
    const socket = open(way);
    const streams = new Map<number, boolean>();
    let next = 0;
    let last = Infinity;
    let ending = false;
    let held: Buffer = Buffer.alloc(0);
    let late: NodeJS.Timeout | undefined;
    const ask = (): void => {
      if (!socket.writable) return;
      if (tally.stopping || next > 2000) ending = true;
      if (ending) {
        if (streams.size === 0) socket.end();
        return;
      }
      const id = streamId(next++);
      tally.sent++;
      streams.set(id, false);
      const path = dice.pick(PATHS);
      const field = Buffer.concat([Buffer.from([0x04, path.length]), Buffer.from(path)]);
      const head = (method: Buffer): Buffer => Buffer.concat([method.subarray(0, 1), field, method.subarray(2)]);
      if (dice.below(3) > 0) socket.write(request(id, head(GET)));
      else socket.write(Buffer.concat([opened(id, Buffer.concat([head(POST), ...GRPC])), frame(FRAME.data, 1, id, MESSAGE)]));
      if (dice.below(200) === 0) {
        streams.delete(id);
        tally.cancelled++;
        socket.write(reset(id));
        setTimeout(ask, 1);
      }
      clearTimeout(late);
      late = setTimeout(() => socket.destroy(), PATIENCE_MS);
    };
    const over = (id: number, how: string): void => {
      if (!streams.delete(id)) return;
      tally.answer(how);
      setTimeout(ask, dice.below(THINK_MS));
    };
    socket.once(way.tls === undefined ? 'connect' : 'secureConnect', () => {
      socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame([]), frame(FRAME.windowUpdate, 0, 0, word(1 << 30))]));
      for (let i = 0; i < atOnce; i++) ask();
    });
    const onFrame = (type: number, flags: number, id: number, payload: Buffer): void => {
      if (type === FRAME.settings && (flags & 1) === 0) socket.write(frame(FRAME.settings, 1, 0));
      else if (type === FRAME.ping && (flags & 1) === 0) socket.write(frame(FRAME.ping, 1, 0, payload));
      else if (type === FRAME.goaway) {
        last = payload.readUInt32BE(0);
        ending = true;
        for (const stream of [...streams.keys()])
          if (stream > last) {
            streams.delete(stream);
            tally.refused++;
          }
        if (streams.size === 0) socket.end();
      } else if (type === FRAME.rstStream) over(id, `reset ${payload.readUInt32BE(0)}`);
      else if ((type === FRAME.headers || type === FRAME.data) && (flags & 1) !== 0) over(id, 'h2 end');
    };
    socket.on('data', (bytes: Buffer) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      while (held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3)) {
        const size = 9 + held.readUIntBE(0, 3);
        onFrame(held[3]!, held[4]!, held.readUInt32BE(5), held.subarray(9, size));
        held = held.subarray(size);
      }
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(late);
      if (streams.size > 0) tally.lose(`${way.name}, HTTP/2: streams without an answer`, streams.size);
      done();
    });
  });
}

/** Sends a little over TCP and waits for it to come back, or for the end, until told to stop. */
export async function runTcp(way: Way, tally: Tally, dice: Dice): Promise<void> {
  while (!tally.stopping) {
    await new Promise<void>((done) => {
      const socket = open(way);
      const message = 'm'.repeat(1 + dice.below(3000));
      let got = 0;
      let began = false;
      socket.on('connect', () => {
        began = true;
        tally.sent++;
        socket.write(message);
      });
      const late = setTimeout(() => socket.destroy(), PATIENCE_MS);
      socket.on('data', (bytes: Buffer) => {
        got += bytes.length;
        if (got >= message.length) socket.end();
      });
      socket.on('end', () => socket.end());
      socket.on('close', () => {
        clearTimeout(late);
        if (began) tally.answer(got === message.length ? 'tcp' : 'tcp cut');
        if (got > message.length) tally.doubled++;
        done();
      });
    });
    await pause(dice.below(THINK_MS * 2));
  }
}
