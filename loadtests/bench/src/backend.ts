import { createServer } from 'node:net';

/**
 * The least an HTTP/1.1 server can do: one fixed answer per request head, keep-alive, pipelining, no parsing beyond the
 * blank line. `node backend.mjs PORT BODY-BYTES`; requests must have no body.
 */
const [port, bodyBytes] = process.argv.slice(2).map(Number);
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${bodyBytes}\r\n\r\n${'x'.repeat(bodyBytes ?? 0)}`,
);
const server = createServer({ noDelay: true }, (socket) => {
  // How much of CR LF CR LF the bytes so far end with.
  let matched = 0;
  socket.on('error', () => socket.destroy());
  socket.on('data', (bytes) => {
    let heads = 0;
    for (const byte of bytes) {
      matched = byte === (matched % 2 === 0 ? 13 : 10) ? matched + 1 : byte === 13 ? 1 : 0;
      if (matched === 4) {
        heads += 1;
        matched = 0;
      }
    }
    if (heads === 1) socket.write(answer);
    else if (heads > 1) socket.write(Buffer.concat(Array.from({ length: heads }, () => answer)));
  });
});
server.listen({ port, host: '127.0.0.1', backlog: 4096 }, () => process.send?.('ready'));
