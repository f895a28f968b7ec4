import { connect, type Socket } from 'node:net';

/** What a load has seen so far. */
export interface LoadResult {
  readonly requests: number;
  /** Anything but a 200: status lines and socket errors, with how often each came. */
  readonly failures: Readonly<Record<string, number>>;
}

/** A load that runs until it is stopped. */
export interface Load {
  /** How many answers have come. */
  count(): number;
  /** Lets what is under way finish and tells what came. */
  stop(): Promise<LoadResult>;
}

/**
 * Keeps `connections` keep-alive connections busy, one request after the other, without ever retrying: what a client
 * with no mesh in mind would feel. A connection that the server closes between two answers, having said so with
 * `connection: close`, is opened again; any other close is a failure.
 */
export function startLoad(target: { readonly host: string; readonly port: number; readonly path: string }, connections: number): Load {
  let requests = 0;
  let stopping = false;
  const failures: Record<string, number> = {};
  const fail = (what: string): void => {
    failures[what] = (failures[what] ?? 0) + 1;
  };
  const request = `GET ${target.path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\nuser-agent: load\r\n\r\n`;
  const runConnection = (): Promise<void> =>
    new Promise((done) => {
      const open = (): void => {
        const socket: Socket = connect(target.port, target.host, () => socket.write(request));
        let held = Buffer.alloc(0);
        let waiting = true;
        socket.on('data', (bytes) => {
          held = Buffer.concat([held, bytes]);
          const answer = takeResponse(held);
          if (answer === undefined) return;
          held = held.subarray(answer.length);
          requests += 1;
          waiting = false;
          if (answer.status !== 200) fail(`status ${answer.status}`);
          if (stopping) return void socket.end();
          if (answer.close) return;
          waiting = true;
          socket.write(request);
        });
        socket.on('error', (error) => fail(error.message));
        socket.on('close', () => {
          if (waiting) fail('closed without an answer');
          if (stopping) done();
          else setTimeout(open, waiting ? 50 : 0);
        });
      };
      open();
    });
  const running = Promise.all(Array.from({ length: connections }, runConnection));
  return {
    count: () => requests,
    stop: async () => {
      stopping = true;
      await running;
      return { requests, failures };
    },
  };
}

/** The first whole response in `bytes`, content-length or chunked; undefined while it is not whole. */
function takeResponse(bytes: Buffer): { status: number; length: number; close: boolean } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const close = /\r\nconnection: close/i.test(head);
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const total = end + 4 + Number(length);
    return bytes.length < total ? undefined : { status, length: total, close };
  }
  if (/\r\ntransfer-encoding: chunked/i.test(head)) {
    const last = bytes.indexOf('\r\n0\r\n\r\n', end);
    return last === -1 ? undefined : { status, length: last + 7, close };
  }
  return { status, length: end + 4, close };
}
