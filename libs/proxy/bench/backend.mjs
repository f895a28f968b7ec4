// A responder on raw sockets: 1 KB bodies, keep-alive, as little work as Node can do. `node backend.mjs PORT`.
import { createServer } from 'node:net';

const body = 'x'.repeat(1024);
const answer = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    let at = -1;
    while ((at = bytes.indexOf('\r\n\r\n', at + 1)) !== -1) socket.write(answer);
  });
}).listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 });
