import { createServer, type Server, type Socket } from 'node:net';
import { dataFrame, goawayFrame, H2Peer, headersFrame, resetFrame } from '../differential/peers/h2';
import { type Dice } from './dice';

/** How long an answer may be that nobody asks the windows about: the proxy's are wider than all that can be under way. */
const LONGEST_ANSWER = 3000;

/**
 * Speaks HTTP/2 as an endpoint that mostly answers: sometimes late or not at all, and that resets streams and ends
 * connections. In frames of its own: `node:http2` of Node 20 corrupts its memory under this within minutes.
 */
export function createHttp2Upstream(dice: Dice): Server {
  return createServer((socket) => serve(socket, dice));
}

function serve(socket: Socket, dice: Dice): void {
  const write = (bytes: Buffer): void => {
    if (socket.writable) socket.write(bytes);
  };
  const answered = new Set<number>();
  let leaving = false;
  const peer = new H2Peer(socket, 'server', {
    onStream: (id, { ended, reset, blocks }) => {
      if (!ended || answered.has(id)) return;
      answered.add(id);
      if (reset === undefined)
        respond(id, blocks[0]?.some(([name, value]) => name === 'content-type' && value === 'application/grpc') ?? false);
      else forget(id);
    },
  });
  const forget = (id: number): void => {
    peer.streams.delete(id);
    answered.delete(id);
    if (leaving && peer.streams.size === 0) socket.end();
  };
  const respond = (id: number, grpc: boolean): void => {
    const fate = dice.below(300);
    // It took the request and is never heard of again.
    if (fate === 0) return;
    if (fate === 1) {
      write(resetFrame(id, 'INTERNAL_ERROR'));
      forget(id);
      return;
    }
    if (fate === 2) return void setTimeout(() => socket.destroy(), 5);
    if (fate === 3) {
      // This one too is still answered.
      leaving = true;
      write(goawayFrame(id, 'NO_ERROR'));
    }
    const answer = (): void => {
      write(headersFrame(id, [[':status', '200'], ...(grpc ? ([['content-type', 'application/grpc']] as const) : [])], false));
      write(dataFrame(id, fate < 60 ? 'y'.repeat((fate * LONGEST_ANSWER) / 60) : 'an answer', !grpc));
      if (grpc) write(headersFrame(id, [['grpc-status', '0']], true));
      forget(id);
    };
    if (fate < 12) setTimeout(answer, 50);
    else answer();
  };
  socket.on('data', (bytes) => peer.receive(bytes));
}
