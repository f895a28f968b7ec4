import { connect as connectTls } from 'node:tls';
import { connect, type Socket } from 'node:net';
import { type Target } from './attack';
import { frame, FRAME, PREFACE } from '../differential/peers/h2';
import { GET, GET_BIG, literal, request, settingsFrame, streamId } from './h2-bytes';

const HEAD = `GET / HTTP/1.1\r\nhost: a\r\nuser-agent: somebody/1.0\r\nx-request-id: 8a5b4c11-9d11-4f7c-8a5b-4c110f7c8a5b\r\n\r\n`;
const BLOCK = Buffer.concat([GET, literal('x-request-id', '8a5b4c11-9d11-4f7c-8a5b-4c110f7c8a5b')]);
const LINE = 'PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n';
/** Requests that an HTTP/2 connection has under way. */
const AT_ONCE = 10;
const SEGMENT = 40;
/** What the server has to say at /big. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** What honest clients would do with as many bytes on as many connections: plain requests, each answered. */
export async function benign(target: Target, port: number, bytes: number, connections: number): Promise<void> {
  let left = bytes;
  const take = (size: number): boolean => (left -= size + SEGMENT) > 0;
  const width = Math.max(8, connections);
  await Promise.all(Array.from({ length: width }, () => (target === 'h2' ? http2(port, take) : http1(target, port, take))));
}

async function http1(target: Target, port: number, take: (size: number) => boolean): Promise<void> {
  const socket: Socket =
    target === 'tls' ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect({ port, host: '127.0.0.1' });
  await new Promise<void>((done) => {
    socket.on('error', () => done()).on('close', () => done());
    let text = '';
    const next = (): void => {
      if (take(HEAD.length)) socket.write(HEAD);
      else done();
    };
    socket.once(target === 'tls' ? 'secureConnect' : 'connect', () => {
      take(target === 'tls' ? 700 : 120);
      if (target === 'proxied') socket.write(LINE);
      next();
    });
    socket.on('data', (bytes: Buffer) => {
      text += bytes.latin1Slice();
      const head = text.indexOf('\r\n\r\n');
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
      if (head < 0 || text.length < head + 4 + length) return;
      text = '';
      next();
    });
  });
  socket.destroy();
}

async function http2(port: number, take: (size: number) => boolean): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  await new Promise<void>((done) => {
    let opened = 0;
    let open = 0;
    const next = (): void => {
      if (take(BLOCK.length + 9)) {
        open++;
        socket.write(request(streamId(opened++), BLOCK));
      } else if (open === 0) done();
    };
    socket.on('error', () => done()).on('close', () => done());
    socket.once('connect', () => {
      take(200);
      socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame([]), frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x3f, 0, 0, 0]))]));
      for (let i = 0; i < AT_ONCE; i++) next();
    });
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      while (held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3)) {
        const [type, flags] = [held[3]!, held[4]!];
        held = held.subarray(9 + held.readUIntBE(0, 3));
        if (type === FRAME.settings && (flags & 1) === 0) socket.write(frame(FRAME.settings, 1, 0));
        if (type > FRAME.headers || (flags & 1) === 0) continue;
        open--;
        next();
      }
    });
  });
  socket.destroy();
}

/** What honest clients would do with as many requests for what is large: each reads its own to the end. */
export async function benignLarge(target: Target, port: number, connections: number): Promise<void> {
  await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<void>((done) => {
          const socket = connect({ port, host: '127.0.0.1' });
          let left = LARGE_BYTES;
          socket.on('data', (bytes: Buffer) => {
            left -= bytes.length;
            if (left <= 0) socket.destroy();
          });
          socket.on('error', () => undefined).on('close', () => done());
          socket.once('connect', () => {
            const windows = [settingsFrame([4, 0x7fff_ffff]), frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0]))];
            if (target === 'h2') socket.write(Buffer.concat([Buffer.from(PREFACE), ...windows, request(1, GET_BIG)]));
            else socket.write('GET /big HTTP/1.1\r\nhost: a\r\n\r\n');
          });
        }),
    ),
  );
}
