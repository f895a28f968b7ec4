import { http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, request, type StreamRequest } from '../peers/client';
import { http1, http2, type StreamReply } from '../peers/upstream';
import { type Area, type Row } from '../row';

const CANCEL = 'a stream that nobody needs any more is cancelled (RFC 9113 §7); Envoy calls it an internal error';
const H2 = http2Cluster();
const message = '\0\0\0\0\x02hi';

/** A call that asks nothing more: what is answered here does not cut it short. */
const bare: StreamRequest = {
  method: 'POST',
  path: '/pkg.Service/Method',
  fields: [
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ],
};

/** A call with one message. */
const call: StreamRequest = {
  method: 'POST',
  path: '/pkg.Service/Method',
  fields: [
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
  ],
  body: [message],
};

function grpc(name: string, reply: StreamReply, more: Partial<Row> = {}): Row {
  return { name, clusters: { backend: H2 }, upstreams: { backend: http2(reply) }, client: http2Client(call), ...more };
}

const head: StreamReply['fields'] = [['content-type', 'application/grpc']];

/** Calls of gRPC: unary, streams, and failures in its own words. */
export const grpcRows: Area = {
  area: 'gRPC',
  rows: [
    { ...grpc('a unary call', { fields: head, body: [message], trailers: [['grpc-status', '0']] }), expect: ['grpc-status: 0'] },
    grpc('a call that fails with a message', {
      fields: head,
      body: [message],
      trailers: [
        ['grpc-status', '5'],
        ['grpc-message', 'not%20found'],
      ],
    }),
    grpc('a call that fails in trailers alone', {
      fields: [
        ['content-type', 'application/grpc'],
        ['grpc-status', '12'],
      ],
    }),
    grpc('a stream of answers', { fields: head, body: [message, message, message], trailers: [['grpc-status', '0']] }),
    grpc(
      'a stream of questions and answers',
      { fields: head, echo: true, early: true },
      { client: http2Client({ ...call, body: [message, message], gapMs: 60 }) },
    ),
    {
      ...grpc('a call that nobody answers in time', { open: true }, { routes: [route({ timeout: '0.2s' })] }),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    {
      ...grpc(
        'a call with its own deadline',
        { open: true },
        {
          routes: [route({ timeout: '1s', max_stream_duration: { grpc_timeout_header_max: '0s' } })],
          client: http2Client({ ...call, fields: [...call.fields!, ['grpc-timeout', '200m']] }),
        },
      ),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    {
      ...grpc(
        'a call whose deadline is capped',
        { open: true },
        {
          routes: [route({ max_stream_duration: { grpc_timeout_header_max: '0.2s' } })],
          client: http2Client({ ...call, fields: [...call.fields!, ['grpc-timeout', '9S']] }),
        },
      ),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    ...(
      [
        ['200m', '0s', {}],
        ['200000u', '0s', {}],
        ['200M', '0.2s', {}],
        ['400m', '0s', { grpc_timeout_offset: '0.1s' }],
        ['100m', '0s', { grpc_timeout_offset: '0.1s' }],
        ['9S', '0.2s', {}],
        ['none', '0.2s', {}],
      ] as const
    ).map(([wanted, most, more]): Row => ({
      ...grpc(
        `a deadline of ${wanted} that is the timeout, at most ${most}${'grpc_timeout_offset' in more ? ', less 0.1s' : ''}`,
        { open: true },
        {
          routes: [route({ timeout: '3s', max_grpc_timeout: most, ...more })],
          client: http2Client({ ...call, fields: [...call.fields!, ...(wanted === 'none' ? [] : [['grpc-timeout', wanted] as const])] }),
        },
      ),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    })),
    ...(
      [
        ['200000u', '0s', {}],
        ['400m', '0s', { grpc_timeout_header_offset: '0.1s' }],
        ['100m', '0s', { grpc_timeout_header_offset: '0.1s' }],
        ['none', '0.2s', {}],
      ] as const
    ).map(([wanted, most, more]): Row => ({
      ...grpc(
        `a deadline of ${wanted} that bounds the stream, at most ${most}${'grpc_timeout_header_offset' in more ? ', less 0.1s' : ''}`,
        { open: true },
        {
          routes: [route({ timeout: '3s', max_stream_duration: { grpc_timeout_header_max: most, ...more } })],
          client: http2Client({ ...call, fields: [...call.fields!, ...(wanted === 'none' ? [] : [['grpc-timeout', wanted] as const])] }),
        },
      ),
      ...(wanted === '100m'
        ? {
            differs: `${CANCEL}; and where the offset leaves nothing it tells the endpoint of 0 ms`,
            differsIn: /^ {2}(reset|grpc-timeout)/,
          }
        : { differs: CANCEL, differsIn: /^ {2}reset/ }),
    })),
    grpc('a call that the upstream resets', { reset: 'INTERNAL_ERROR' }),
    grpc('a call that the upstream resets after its head', { fields: head, reset: 'CANCEL' }),
    {
      name: 'a call without a route',
      routes: [{ match: { prefix: '/other' }, route: { cluster: 'backend' } }],
      client: http2Client(bare),
      expect: ['grpc-status: 12'],
    },
    { name: 'a call without a cluster', routes: [route({ cluster: 'nowhere' })], client: http2Client(bare), expect: ['grpc-status: 14'] },
    {
      name: 'a call where nobody listens',
      clusters: { backend: H2 },
      upstreams: { backend: { kind: 'absent' } },
      client: http2Client(bare),
      expect: ['grpc-status: 14'],
    },
    {
      name: 'a call that is answered directly',
      routes: [{ match: { prefix: '/' }, direct_response: { status: 403, body: { inline_string: 'no <way> 100%' } } }],
      client: http2Client(bare),
    },
    {
      name: 'a call that is answered 429',
      routes: [{ match: { prefix: '/' }, direct_response: { status: 429 } }],
      client: http2Client(bare),
    },
    {
      name: 'a call that is redirected',
      routes: [{ match: { prefix: '/' }, redirect: { host_redirect: 'b.example' } }],
      client: http2Client(bare),
    },
    {
      name: 'a call that is answered 302',
      routes: [{ match: { prefix: '/' }, direct_response: { status: 302, body: { inline_string: 'there' } } }],
      client: http2Client(bare),
      expect: ['location: http://a.example/'],
    },
    grpc('a call that is answered in HTML', {
      fields: [
        [':status', '502'],
        ['content-type', 'text/html'],
      ],
      body: ['<p>'],
    }),
    grpc(
      'a call of gRPC-Web without the filter',
      { fields: [['content-type', 'application/grpc-web']], body: ['x'] },
      { client: http2Client({ ...call, fields: [['content-type', 'application/grpc-web']] }) },
    ),
    {
      name: 'answers of ours to HTTP/1 that says it is gRPC, or nearly',
      routes: [{ match: { prefix: '/' }, direct_response: { status: 503, body: { inline_string: 'x' } } }],
      client: http1Client(
        ...['grpc', 'grpc+proto', 'grpcx', 'grpc;x', 'grpc-web'].map((type) => request('POST /', `content-type: application/${type}`)),
      ),
      expect: ['grpc-status: 14', '503 Service Unavailable'],
    },
    {
      name: 'a call to HTTP/1 that is reset',
      upstreams: { backend: http1({ then: 'reset' }) },
      client: http2Client(bare),
      expect: ['grpc-status: 14'],
    },
    grpc('a status of a call that is no number', { fields: head, trailers: [['grpc-status', 'x']] }),
  ],
};
