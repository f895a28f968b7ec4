import { route, typed } from '../bootstrap';
import { http1Client, inTurn, request, type Step, tcpClient } from '../peers/client';
import { http1, tcp } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const echo = tcp((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
/** Answers whatever ends as a request does, after a header or not. */
const answers = tcp((socket) => socket.on('data', (bytes: Buffer) => bytes.latin1Slice().endsWith('\r\n\r\n') && socket.write(OK)));

const inspects = (config = {}) =>
  typed('envoy.filters.listener.proxy_protocol', 'filters.listener.proxy_protocol.v3.ProxyProtocol', config);
const line = (text = 'TCP4 1.2.3.4 5.6.7.8 1000 2000'): string => `PROXY ${text}\r\n`;

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const V4 = '01020304' + '05060708' + '03e8' + '07d0';
const V6 = '20010db8000000000000000000000001' + '20010db8000000000000000000000002' + '03e8' + '07d0';
/** A header of version 2 from hexadecimal: version and command, family and transport, addresses, extensions. */
const v2 = (kind: string, ...parts: readonly string[]): string => {
  const rest = Buffer.from(parts.join(''), 'hex');
  const length = rest.length.toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(SIGNATURE + kind + length, 'hex'), rest]).latin1Slice();
};
const extension = (type: string, value: string): string =>
  type + value.length.toString(16).padStart(4, '0') + Buffer.from(value, 'latin1').toString('hex');

/** What the upstream is told of who connected to whom. */
const TELLS = route(
  {},
  {
    request_headers_to_add: [
      { header: { key: 'x-remote', value: '%DOWNSTREAM_REMOTE_ADDRESS%' } },
      { header: { key: 'x-direct', value: '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%' } },
      { header: { key: 'x-local', value: '%DOWNSTREAM_LOCAL_ADDRESS%' } },
    ],
  },
);

function begins(name: string, first: string, config = {}, more: Partial<Row> = {}): Row {
  return {
    name,
    listener: { listener_filters: [inspects(config)] },
    manager: { use_remote_address: true },
    routes: [TELLS],
    client: http1Client({ send: first + get, wait: 'nothing', pauseMs: 250 }),
    ...more,
  };
}

const takes = (name: string, first: string, expect: string, config = {}): Row =>
  begins(name, first, config, { expect: ['200 OK', expect] });
const refuses = (name: string, first: string, config = {}): Row => begins(name, first, config, { expect: ['(closed)', '(nothing)'] });

function tells(name: string, version: 'V1' | 'V2', first: string, more: Partial<Row> = {}): Row {
  const inner = typed('envoy.transport_sockets.raw_buffer', 'transport_sockets.raw_buffer.v3.RawBuffer');
  return {
    name,
    tcp: {},
    listener: { listener_filters: [inspects({ pass_through_tlvs: { match_type: 'INCLUDE_ALL' } })] },
    clusters: {
      backend: {
        transport_socket: typed(
          'envoy.transport_sockets.upstream_proxy_protocol',
          'transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
          {
            config: { version, ...(name.includes('extension') ? { pass_through_tlvs: { match_type: 'INCLUDE_ALL' } } : {}) },
            transport_socket: inner,
          },
        ),
      },
    },
    upstreams: { backend: echo },
    client: tcpClient({ send: `${first}ping`, until: 'ping' }),
    ...more,
  };
}

const HALF: readonly Step[] = [{ send: 'PROXY TC', wait: 'nothing', pauseMs: 600 }];
const overHttp = (client: Row['client']): Partial<Row> => ({ tcp: undefined, upstreams: { backend: answers }, client });

/** The PROXY protocol, as clients begin with it and as upstreams are told. */
export const proxyProtocol: Area = {
  area: 'PROXY protocol',
  rows: [
    takes('version 1, IPv4', line(), 'x-direct: 127.0.0.1'),
    takes('version 1, IPv6', line('TCP6 2001:db8::1 2001:db8::2 1000 2000'), 'x-remote: [2001:db8::1]:1000'),
    takes('version 1, unknown', line('UNKNOWN'), 'x-direct: 127.0.0.1'),
    takes('version 1, ports 0', line('TCP4 1.2.3.4 5.6.7.8 0 0'), 'x-remote: 1.2.3.4:0'),
    takes('version 1 where none is needed', line(), 'x-remote: 1.2.3.4:1000', { allow_requests_without_proxy_protocol: true }),
    refuses('version 1 of another family', line('UDP4 1.2.3.4 5.6.7.8 1000 2000')),
    refuses('version 1 with half an address', line('TCP4 1.2.3 5.6.7.8 1000 2000')),
    refuses('version 1 with a port beyond all', line('TCP4 1.2.3.4 5.6.7.8 99999 2000')),
    refuses('version 1 from a group', line('TCP4 224.0.0.1 5.6.7.8 1000 2000')),
    refuses('version 1 to any address', line('TCP4 1.2.3.4 0.0.0.0 1000 2000')),
    refuses('version 1 where it is not allowed', line(), { disallowed_versions: ['V1'] }),
    {
      ...begins('version 1 in pieces', ''),
      client: http1Client(
        { send: 'PROXY TC', wait: 'nothing', pauseMs: 50 },
        { send: 'P4 1.2.3.4 5.6.7.8 1000 2000\r', wait: 'nothing', pauseMs: 50 },
        { send: '\nGET / HT', wait: 'nothing', pauseMs: 50 },
        { send: 'TP/1.1\r\nhost: a\r\n\r\n', until: '\r\n\r\nok' },
      ),
      expect: ['x-remote: 1.2.3.4:1000'],
    },
    takes('version 2, IPv4', v2('2111', V4), 'x-direct: 127.0.0.1'),
    takes('version 2, IPv6', v2('2121', V6), 'x-remote: [2001:db8::1]:1000'),
    takes('version 2, datagrams', v2('2112', V4), 'x-remote: 1.2.3.4:1000'),
    takes('version 2, local', v2('2000'), 'x-direct: 127.0.0.1'),
    takes('version 2, local with addresses', v2('2011', V4), 'x-direct: 127.0.0.1'),
    takes('version 2 with extensions', v2('2111', V4, extension('01', 'h2'), extension('ea', 'aws')), 'x-remote: 1.2.3.4:1000'),
    takes('version 2 with a long extension', v2('2111', V4, extension('04', 'x'.repeat(3000))), 'x-remote: 1.2.3.4:1000'),
    refuses('version 2 of nobody', v2('2100')),
    refuses('version 2 of nobody with bytes', v2('2100', '616263')),
    refuses('version 2 of a unix socket', v2('2131', '00'.repeat(216))),
    refuses('version 2, no transport', v2('2110', V4)),
    refuses('version 2, too short for its addresses', v2('2111', V4.slice(0, 16))),
    refuses('version 2, another command', v2('2211', V4)),
    refuses('version 2 from a group', v2('2111', 'e0000001', V4.slice(8))),
    refuses('version 2 with half an extension', v2('2111', V4, '0100')),
    refuses('version 2 with an extension longer than it', v2('2111', V4, '01003201')),
    refuses('version 2 where it is not allowed', v2('2111', V4), { disallowed_versions: ['V2'] }),
    refuses('no header', ''),
    begins('no header where none is needed', '', { allow_requests_without_proxy_protocol: true }, { expect: ['200 OK'] }),
    {
      ...begins('half a header in all the time there is', ''),
      listener: { listener_filters: [inspects()], listener_filters_timeout: '0.3s' },
      client: http1Client(...HALF),
      expect: ['(closed)'],
    },
    {
      ...begins('half a header in all the time there is, and then go on', ''),
      listener: { listener_filters: [inspects()], listener_filters_timeout: '0.3s', continue_on_listener_filters_timeout: true },
      client: http1Client(...HALF),
      differs: 'half a header is not what the application is to read',
    },
    tells('told in version 2 what came in version 1', 'V2', line()),
    tells('told in version 1 what came in version 2', 'V1', v2('2111', V4)),
    tells('told in version 1 of IPv6', 'V1', v2('2121', V6)),
    tells('told in version 2 of IPv6', 'V2', v2('2121', V6)),
    {
      ...tells('told in version 2 with an extension that came', 'V2', v2('2111', V4, extension('ea', 'aws'))),
      differs: 'extensions of the PROXY protocol are not kept; a note says so',
      differsIn: /bytes|sent=/,
    },
    tells('a server that speaks first is told first', 'V1', line(), {
      upstreams: { backend: tcp((socket) => socket.once('data', (bytes: Buffer) => socket.write(`220 ${bytes.latin1Slice()}`))) },
      client: tcpClient({ send: line(), until: '220' }),
      expect: ['220 PROXY TCP4 1.2.3.4'],
    }),
    tells('told once for two requests', 'V1', '', overHttp(http1Client(line() + get, get))),
    tells(
      'two clients do not share a connection',
      'V1',
      '',
      overHttp(inTurn(http1Client(line() + get), http1Client(line('TCP4 9.9.9.9 5.6.7.8 1 2') + get))),
    ),
    { ...begins('an upstream that is told nothing', line()), upstreams: { backend: http1(OK) } },
  ],
};
