import { type JsonObject } from '@bufbuild/protobuf';
import { clusterWith } from '../bootstrap';
import { http1Client, http2Client, request } from '../peers/client';
import { http1, http2, type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const options = (config: JsonObject): JsonObject => clusterWith({ explicit_http_config: config });
const PASSED = { http_protocol_options: { enable_trailers: true } };
const chunked = (trailers: string): string => `${request('POST /', 'transfer-encoding: chunked')}1\r\na\r\n0\r\n${trailers}\r\n`;
const answer = (trailers: string): Upstream =>
  http1(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${trailers}\r\n`);
const answer2: Upstream = http2({ fields: [], body: ['ok'], trailers: [['x-t', '1']] });

/** A client of HTTP/1.1, an upstream of HTTP/1.1, both with trailers. */
function both(name: string, sent: string, backend: Upstream, more: Partial<Row> = {}): Row {
  return { name, manager: PASSED, clusters: { backend: options(PASSED) }, upstreams: { backend }, client: http1Client(sent, get), ...more };
}

/** Fields after a body. */
export const trailers: Area = {
  area: 'trailers',
  rows: [
    both('of both, in HTTP/1.1', chunked('x-q: 1\r\n'), answer('x-t: 1\r\nx-u: 2\r\n'), { expect: ['x-q: 1', 'x-t: 1', 'x-u: 2'] }),
    both('that nobody sends', chunked(''), answer('')),
    both('nobody passes on', chunked('x-q: 1\r\n'), answer('x-t: 1\r\n'), { manager: {}, clusters: {} }),
    both('only the client has', chunked('x-q: 1\r\n'), answer('x-t: 1\r\n'), { clusters: {} }),
    both('only the upstream has', chunked('x-q: 1\r\n'), answer('x-t: 1\r\n'), { manager: {} }),
    both('of HTTP/1.1 to an upstream of HTTP/2', chunked('x-q: 1\r\n'), answer2, {
      clusters: { backend: options({ http2_protocol_options: {} }) },
      expect: ['x-q: 1', 'x-t: 1'],
    }),
    both('of HTTP/2 to an upstream of HTTP/1.1', '', answer('x-t: 1\r\n'), {
      client: http2Client({ method: 'POST', body: ['a'], trailers: [['x-q', '1']] }),
      expect: ['x-q: 1', 'x-t: 1'],
    }),
    both('of HTTP/2 after a length, to an upstream of HTTP/1.1', '', answer('x-t: 1\r\n'), {
      client: http2Client({ method: 'POST', fields: [['content-length', '1']], body: ['a'], trailers: [['x-q', '1']] }),
    }),
    {
      ...both('of HTTP/2 that frame, to an upstream of HTTP/1.1', '', answer(''), {
        client: http2Client({
          method: 'POST',
          body: ['a', ''],
          gapMs: 150,
          trailers: [
            ['content-length', '5'],
            ['x-q', '1'],
          ],
        }),
      }),
      differs: "a malformed request ends its own stream (RFC 9113 §8.1.1); Envoy ends the connection, with everybody else's streams",
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    both('a client of HTTP/1.0 is sent none', 'GET / HTTP/1.0\r\nhost: a.example\r\n\r\n', answer('x-t: 1\r\n'), {
      manager: { http_protocol_options: { enable_trailers: true, accept_http_10: true } },
      client: http1Client({ send: 'GET / HTTP/1.0\r\nhost: a.example\r\n\r\n', wait: 'close' }),
    }),
    both('after a length there are none', chunked(''), http1('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')),
    both('of a name in capitals', chunked('X-Q: 1\r\n'), answer('X-T: 1\r\n'), { expect: ['x-q: 1', 'x-t: 1'] }),
    {
      ...both('that frame', chunked('content-length: 5\r\nx-q: 1\r\n'), answer('')),
      differs: 'what frames a message cannot come after it (RFC 9110 §6.5.1)',
    },
    both('that cannot be read', chunked('x q: 1\r\n'), answer('')),
    both('of an upstream that cannot be read', get, answer('x t: 1\r\n')),
    both('more than fields may be', chunked('x-q: 1\r\n'.repeat(150)), answer('')),
  ],
};
