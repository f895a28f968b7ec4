import { http2Cluster, route, typed } from '../bootstrap';
import { http1Client, http2Client, request, requestWith, type StreamRequest } from '../peers/client';
import { http1, http2, type StreamReply } from '../peers/upstream';
import { type Area, type Row } from '../row';

const CANCEL = 'a stream that nobody needs any more is cancelled (RFC 9113 §7); Envoy calls it an internal error';
const H2 = http2Cluster();
const httpFilters = [typed('envoy.filters.http.grpc_web', 'filters.http.grpc_web.v3.GrpcWeb')];
const BINARY = 'application/grpc-web';
const TEXT = 'application/grpc-web-text';
const message = '\0\0\0\0\x02hi';
const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const good: StreamReply = {
  fields: [['content-type', 'application/grpc']],
  body: [message, message],
  trailers: [
    ['grpc-status', '0'],
    ['grpc-message', 'fine'],
    ['x-t', 'b'],
  ],
};
const html = (status: string, length?: string): StreamReply => ({
  fields: [[':status', status], ['content-type', 'text/html'], ...(length === undefined ? [] : [['content-length', length] as const])],
  body: ['<p>nobody is here</p> 100% no messages.'],
});

/** A browser's call over HTTP/1.1 to a server of gRPC; then, on the same connection, what must still be answered. */
function call(name: string, type: string, body: string, reply: StreamReply, more: Partial<Row> = {}): Row {
  const one = requestWith(body, 'POST /pkg.Service/Method', `content-type: ${type}`, `accept: ${type}`);
  return { name, httpFilters, clusters: { backend: H2 }, upstreams: { backend: http2(reply) }, client: http1Client(one, one), ...more };
}

/** Where the first call ends the connection. */
function last(name: string, type: string, body: string, reply: StreamReply, more: Partial<Row> = {}): Row {
  const client = http1Client(requestWith(body, 'POST /pkg.Service/Method', `content-type: ${type}`, `accept: ${type}`));
  return call(name, type, body, reply, { client, ...more });
}

function stream(type: string, body: readonly string[], ...fields: NonNullable<StreamRequest['fields']>): StreamRequest {
  return { method: 'POST', path: '/pkg.Service/Method', fields: [['content-type', type], ['accept', type], ...fields], body };
}

/** The same over HTTP/2. */
function call2(name: string, one: StreamRequest, reply: StreamReply): Row {
  return { name, httpFilters, clusters: { backend: H2 }, upstreams: { backend: http2(reply) }, client: http2Client(one) };
}

const none = [{ match: { prefix: '/other' }, route: { cluster: 'backend' } }];
const alone: StreamReply = {
  fields: [
    ['content-type', 'application/grpc'],
    ['grpc-status', '5'],
    ['grpc-message', 'no'],
  ],
};

/** Browsers that speak gRPC by the filter of gRPC-Web, in binary and in text. */
export const grpcWebRows: Area = {
  area: 'gRPC-Web',
  rows: [
    { ...call('binary', BINARY, message, good), expect: ['grpc-status:0'] },
    call('binary, by its whole name', `${BINARY}+proto`, message, good),
    call('binary, trailers alone', BINARY, message, alone),
    { ...call('text', TEXT, base64(message), good), expect: [base64(message)] },
    call('text, by its whole name', `${TEXT}+proto`, base64(message), good),
    call('text, trailers alone', TEXT, base64(message), alone),
    call('binary to a server that says a length', BINARY, message, {
      ...good,
      fields: [
        ['content-type', 'application/grpc'],
        ['content-length', '14'],
      ],
    }),
    call('text to a server that says a length', TEXT, base64(message), {
      ...good,
      fields: [
        ['content-type', 'application/grpc+proto'],
        ['content-length', '14'],
      ],
    }),
    ...[
      { name: 'binary', type: BINARY, body: message },
      { name: 'text', type: TEXT, body: base64(message) },
    ].flatMap(({ name, type, body }): Row[] => [
      {
        ...call(`${name}, answered in HTML of known length`, type, body, html('200', '39')),
        expect: ['grpc-status: 2', 'content-length: 0'],
      },
      call(`${name}, answered in HTML`, type, body, html('200')),
      call(`${name}, answered 503 in HTML`, type, body, html('503', '39')),
      call(`${name}, answered 404 in HTML`, type, body, html('404')),
      call(`${name}, answered 404 without content`, type, body, { fields: [[':status', '404']] }),
      call(`${name}, answered in JSON in parts`, type, body, {
        fields: [['content-type', 'application/json']],
        body: ['{"a":', '1', '}'],
      }),
      last(`${name}, without a route`, type, body, good, { routes: none }),
      call(`${name}, where nobody listens`, type, body, good, { upstreams: { backend: { kind: 'absent' } } }),
      call(`${name}, reset by the server`, type, body, { reset: 'CANCEL' }),
      last(`${name}, reset by the server in its content`, type, body, {
        fields: [['content-type', 'application/grpc']],
        body: [message],
        reset: 'CANCEL',
      }),
    ]),
    call('binary, answered with more HTML than a message takes', BINARY, message, {
      fields: [['content-type', 'text/html']],
      body: Array.from({ length: 5 }, (_, i) => String(i).repeat(8000)),
    }),
    {
      ...call('binary, not answered in time', BINARY, message, { open: true }, { routes: [route({ timeout: '0.2s' })] }),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    call('binary, answered directly', BINARY, message, good, {
      routes: [{ match: { prefix: '/' }, direct_response: { status: 403, body: { inline_string: 'no "way" %' } } }],
      client: http1Client(request('POST /p.S/M', `content-type: ${BINARY}`)),
    }),
    last('text that is no base64', TEXT, '!!!!', good),
    last('text that is cut short', TEXT, 'AAA', good),
    {
      ...last('text with padding in its middle', TEXT, base64('\0\0\0\0') + base64('\x02hi'), good),
      differs: 'padding may end any part of a text; Envoy takes it where it happens to end what came at once',
    },
    call('answered in gRPC-Web', BINARY, message, { fields: [['content-type', 'application/grpc-web; charset=utf-8']], body: [message] }),
    call('a type with a parameter is not gRPC-Web', `${BINARY}; charset=utf-8`, message, good),
    call('a type of JSON is not gRPC-Web', `${BINARY}+json`, message, good),
    { name: 'GET', httpFilters, client: http1Client(request('GET /', `content-type: ${BINARY}`)) },
    { name: 'HEAD', httpFilters, client: http1Client(request('HEAD /', `content-type: ${BINARY}`)) },
    { name: 'OPTIONS', httpFilters, client: http1Client(request('OPTIONS /', `content-type: ${TEXT}`)) },
    {
      name: 'an upstream of HTTP/1',
      httpFilters,
      upstreams: {
        backend: http1(
          'HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ntransfer-encoding: chunked\r\n\r\n7\r\n\0\0\0\0\x02hi\r\n0\r\n\r\n',
        ),
      },
      client: http1Client(requestWith(message, 'POST /p.S/M', `content-type: ${BINARY}`)),
    },
    call2('binary over HTTP/2', stream(BINARY, [message]), good),
    call2('text over HTTP/2, in two parts', stream(TEXT, [base64(message).slice(0, 5), base64(message).slice(5)]), good),
    call2('text over HTTP/2, answered in HTML', stream(TEXT, [base64(message)]), html('200', '39')),
    call2('te and the encodings of messages', stream(BINARY, [message], ['te', 'trailers'], ['grpc-accept-encoding', 'gzip']), good),
    call2('a trailer without a value', stream(BINARY, [message]), {
      ...good,
      trailers: [
        ['grpc-status', '0'],
        ['grpc-message', ''],
      ],
    }),
    call2('a large message in text', stream(TEXT, [base64('x'.repeat(9000)), base64('y'.repeat(9000))]), {
      ...good,
      body: [`\0\0\0\x27\x10${'q'.repeat(10_000)}`],
    }),
  ],
};
