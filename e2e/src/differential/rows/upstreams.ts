import { type JsonObject } from '@bufbuild/protobuf';
import { http1Cluster, http2Cluster, route } from '../bootstrap';
import { atOnce, http1Client, http2Client, request, requestWith } from '../peers/client';
import { http1, http2, type Reply } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** An upstream that answers so, and a client that asks once. */
function answer(name: string, reply: Reply, expect: readonly string[] = [], client = http1Client(get)): Row {
  return { name, upstreams: { backend: http1(reply) }, client, expect };
}

function limited(name: string, thresholds: JsonObject, reply: Reply, clients: number): Row {
  return {
    name,
    clusters: { backend: { circuit_breakers: { thresholds: [thresholds] } } },
    upstreams: { backend: http1(reply) },
    client: atOnce(...Array.from({ length: clients }, () => http1Client(get))),
  };
}

function answerWith(fields: number, name: string): Row {
  return {
    ...answer(
      name,
      `HTTP/1.1 200 OK\r\n${Array.from({ length: fields - 1 }, (_, i) => `x-${i}: y\r\n`).join('')}content-length: 2\r\n\r\nok`,
    ),
    clusters: { backend: http1Cluster({ max_headers_count: 5 }) },
  };
}

/** Upstreams that are not there, break off, or answer what is no answer. */
export const upstreams: Area = {
  area: 'upstreams',
  rows: [
    { name: 'nobody listens', upstreams: { backend: { kind: 'absent' } }, client: http1Client(get), expect: ['503', 'flags=UF'] },
    {
      name: 'there is no endpoint',
      clusters: { backend: { load_assignment: { cluster_name: 'backend' } } },
      client: http1Client(get),
      expect: ['503', 'no healthy upstream', 'flags=UH'],
    },
    {
      name: 'the only endpoint is unhealthy, and nobody panics',
      clusters: {
        backend: {
          common_lb_config: { healthy_panic_threshold: { value: 0 } },
          load_assignment: {
            cluster_name: 'backend',
            endpoints: [
              {
                lb_endpoints: [
                  { health_status: 'UNHEALTHY', endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 1 } } } },
                ],
              },
            ],
          },
        },
      },
      client: http1Client(get),
      expect: ['flags=UH'],
    },
    answer('closes before the response', { then: 'end' }, ['503', 'flags=UC']),
    answer('resets before the response', { then: 'reset' }, ['503', 'flags=UC']),
    answer('closes within the head', { send: ['HTTP/1.1 200 OK\r\ncontent-le'], then: 'end' }, ['502', 'flags=UPE']),
    answer('closes within a body of known length', { send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'], then: 'end' }, [
      '200 OK',
      'flags=UPE',
    ]),
    answer('resets within a body of known length', { send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'], then: 'reset' }, [
      '200 OK',
      'flags=UPE',
    ]),
    answer(
      'closes within a body in chunks',
      { send: ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'], then: 'end' },
      ['200 OK', 'flags=UPE'],
    ),
    answer('ends a body of unknown length by closing', { send: ['HTTP/1.1 200 OK\r\n\r\nwhole'], then: 'end' }, ['200 OK', 'flags=-']),
    answer('answers in HTTP/1.0', { send: ['HTTP/1.0 200 OK\r\n\r\nwhole'], then: 'end' }, ['200 OK']),
    answer(
      'answers in HTTP/1.0 and keeps the connection',
      { send: ['HTTP/1.0 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok'] },
      [],
      http1Client(get, get),
    ),
    answer(
      'answers and says that it will close',
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok',
      ['200 OK'],
      http1Client(get, get),
    ),
    answer('answers in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3;ext=1\r\ncde\r\n0\r\n\r\n', ['"abcde"']),
    answer(
      'answers in chunks with trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n2\r\nab\r\n0\r\nx-t: 1\r\n\r\n',
      ['"ab"'],
    ),
    answer('answers a chunk that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nab\r\n'),
    answer('answers 204', 'HTTP/1.1 204 No Content\r\n\r\n', ['204']),
    answer('answers 204 with a length', 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', [], http1Client(get, get)),
    answer(
      'answers 304 with a length',
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\netag: "a"\r\n\r\n',
      ['304'],
      http1Client(get, get),
    ),
    answer(
      'answers HEAD with a length',
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n',
      ['200 OK'],
      http1Client(request('HEAD /'), request('HEAD /')),
    ),
    answer(
      'answers HEAD in chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      [],
      http1Client(request('HEAD /'), request('HEAD /')),
    ),
    answer('answers with a reason of its own', 'HTTP/1.1 200 Fine\r\ncontent-length: 0\r\n\r\n'),
    answer('answers without a reason', 'HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n'),
    answer('answers a status nobody knows', 'HTTP/1.1 299 Odd\r\ncontent-length: 0\r\n\r\n'),
    answer('answers 599', 'HTTP/1.1 599 Odd\r\ncontent-length: 0\r\n\r\n'),
    answer('answers no status line', 'hello world\r\n\r\n', ['502', 'flags=UPE']),
    {
      ...answer('answers a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'),
      differs: 'a status has three digits (RFC 9110 §15): it is not passed on, but a bad gateway',
    },
    {
      ...answer('answers HTTP/2.0 in HTTP/1.1', 'HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n', ['502']),
      differs: 'the version is not one that HTTP/1 has',
    },
    answer('answers with both framings', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
    answer('answers with two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok', ['502']),
    answer('answers with a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nok', ['502']),
    answer('answers a field name with a space', 'HTTP/1.1 200 OK\r\nx a: 1\r\ncontent-length: 2\r\n\r\nok', ['502']),
    {
      ...answer('answers a folded field', 'HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 2\r\n\r\nok'),
      differs:
        'a folded field is refused in requests and responses alike (RFC 9112 §5.2 lets us); whoever reads it otherwise cannot be made to',
    },
    {
      ...answer('answers with lines ended by LF', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok'),
      differs: 'a line ends in CRLF: what others read differently is refused in both directions',
    },
    answer('answers more than it announced', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more', ['"ok"'], http1Client(get, get)),
    {
      ...answer('answers 100, then 200', 'HTTP/1.1 100 Continue\r\n\r\n' + ok, ['200 OK']),
      differs: 'Envoy counts an interim response as a request that is completed',
      differsIn: /upstream_rq_(completed|1)/,
    },
    {
      ...answer('answers 103, then 200', 'HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n' + ok, ['200 OK']),
      differs: 'Envoy counts an interim response as a request that is completed',
      differsIn: /upstream_rq_(completed|1)/,
    },
    {
      ...answer(
        'answers 101 that nobody asked for',
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n',
      ),
      differs: 'nobody asked for another protocol, so that what follows would be nobody knows what',
    },
    {
      ...answer(
        'answers a head of 70 KB',
        `HTTP/1.1 200 OK\r\n${Array.from({ length: 70 }, (_, i) => `x-${i}: ${'y'.repeat(1000)}\r\n`).join('')}content-length: 0\r\n\r\n`,
      ),
      differs: 'we take a response head of 60 KB, the limit that Envoy documents',
    },
    answer(
      'answers a head with 101 fields',
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 101 }, (_, i) => `x-${i}: y\r\n`).join('')}content-length: 0\r\n\r\n`,
    ),
    answer(
      'answers before the request is whole',
      { early: true, send: [ok] },
      [],
      http1Client(
        { send: request('POST /', 'content-length: 4') + 'bo', wait: 'nothing', pauseMs: 200 },
        { send: 'dy', wait: 'nothing', pauseMs: 100 },
      ),
    ),
    answer(
      'closes while the request comes',
      { early: true, then: 'end' },
      [],
      http1Client({ send: request('POST /', 'content-length: 400') + 'bo', wait: 'nothing', pauseMs: 200 }),
    ),
    answer(
      'a client that leaves before the answer',
      { delayMs: 600, send: [ok] },
      ['flags=DC'],
      http1Client({ send: get, wait: 'nothing', pauseMs: 150, reset: true }),
    ),
    answer(
      'a client that leaves within the answer',
      { send: ['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n', 'a', 'b', 'c'], gapMs: 150 },
      ['flags=DC'],
      http1Client({ send: get, until: 'a', reset: true }),
    ),
    ...(['content-length: 100', 'content-type: text/event-stream\r\ntransfer-encoding: chunked'] as const).flatMap((framing): Row[] => {
      const events: Reply = { send: [`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n4\r\nhalf\r\n`] };
      return [
        answer(
          `a client that leaves an answer that goes on for ever: ${framing.slice(0, 14)}`,
          events,
          ['flags=DC'],
          http1Client({ send: get, until: 'half', reset: true }),
        ),
        {
          ...answer(`a client of HTTP/2 that leaves such an answer: ${framing.slice(0, 14)}`, events),
          client: http2Client({ reset: 'CANCEL', resetAfterMs: 200 }),
        },
        { ...answer(`such an answer and a timeout: ${framing.slice(0, 14)}`, events), routes: [route({ timeout: '0.2s' })] },
      ];
    }),
    answer(
      'a client that ends its half with a POST behind its request',
      { delayMs: 400, send: [ok] },
      ['flags=DC'],
      http1Client(
        { send: get + requestWith('ok', 'POST /pay'), wait: 'nothing', pauseMs: 150 },
        { wait: 'nothing', end: true },
        { wait: 'close' },
      ),
    ),
    answer(
      'a client that ends its half and waits',
      { delayMs: 500, send: [ok] },
      ['flags=DC'],
      http1Client({ send: get, wait: 'nothing', pauseMs: 150 }, { wait: 'nothing', end: true }, { wait: 'close' }),
    ),
    answer('a body goes on as it came, its length too', ok, ['200 OK'], http1Client(requestWith('body', 'PUT /a'))),
    {
      ...limited('no more requests at once', { max_requests: 1 }, { delayMs: 400, send: [ok] }, 2),
      differs: 'Envoy connects first and counts then; we refuse before a connection is made, and pick no endpoint',
      differsIn: /upstream_cx|upstream_rq_pending|flags=UO/,
    },
    limited('no more requests may wait', { max_connections: 1, max_pending_requests: 1 }, { delayMs: 400, send: [ok] }, 3),
    limited('requests wait for the one connection', { max_connections: 1 }, { delayMs: 200, send: [ok] }, 2),
    ...[1, 2].map((streams): Row => ({
      name: `four requests at once, ${streams} on a connection`,
      clusters: { backend: http2Cluster({ max_concurrent_streams: streams }) },
      routes: [route({ timeout: '2s' })],
      upstreams: { backend: http2({ delayMs: 300, fields: [], body: ['ok'] }) },
      client: atOnce(...Array.from({ length: 4 }, () => http1Client(get))),
      expect: ['200 OK'],
    })),
    {
      name: 'an idle connection that is old',
      clusters: { backend: http1Cluster({ max_connection_duration: '0.3s' }) },
      client: http1Client(get, { pauseMs: 800 }, get, { pauseMs: 800 }),
      expect: ['upstream_cx_total 2', 'upstream_cx_max_duration_reached 2'],
    },
    {
      name: 'a connection that grows old with a request',
      clusters: { backend: http1Cluster({ max_connection_duration: '0.2s' }) },
      upstreams: { backend: http1({ delayMs: 500, send: [ok] }) },
      client: http1Client(get, get),
    },
    {
      name: 'an idle connection of HTTP/2 that is old',
      clusters: { backend: http2Cluster({}, { max_connection_duration: '0.3s' }) },
      upstreams: { backend: http2({ fields: [], body: ['ok'] }) },
      client: http1Client(get, { pauseMs: 800 }, get, { pauseMs: 800 }),
      expect: ['upstream_cx_total 2', 'upstream_cx_max_duration_reached 2'],
    },
    answerWith(5, 'as many fields as are taken'),
    answerWith(6, 'more fields than are taken'),
    limited('no request may wait', { max_pending_requests: 0 }, ok, 1),
    {
      name: 'two endpoints in turn',
      upstreams: { backend: [http1(ok), http1(ok)] },
      client: http1Client(get, get, get, get),
      routes: [route({})],
    },
  ],
};
