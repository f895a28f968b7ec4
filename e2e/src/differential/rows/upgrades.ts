import { http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, http2ClientWith, request } from '../peers/client';
import { http1, type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';

const HALF_CLOSED =
  'each half of a tunnel ends by itself, and both without failure is no failure; Envoy takes the first end for a disconnect';
const websocket = (...fields: readonly string[]): string =>
  request(
    'GET /chat',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-key: dGhlIHNhbXBsZQ==',
    'sec-websocket-version: 13',
    ...fields,
  );
const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n';
const manager = { upgrade_configs: [{ upgrade_type: 'websocket' }] };
const H2 = http2Cluster({ allow_connect: true });

const TO_NOTHING = 'a switch that does not say to what is none (RFC 9110 §7.8): a bad gateway; Envoy passes it on, and closes';
const echoes = (head: string): Upstream => http1({ send: [head], then: 'echo' });

/** A client that asks for a WebSocket in its own way. */
function asked(how: string, field: string): Row {
  return {
    name: `a WebSocket, and ${how}`,
    manager,
    upstreams: { backend: echoes(switching) },
    client: http1Client({ send: websocket().replace('upgrade: websocket', field), wait: 'nothing', pauseMs: 200, reset: true }),
  };
}

/** An upstream that switches in its own way. */
function switched(how: string, fields: string): Row {
  return {
    name: `an upstream that switches ${how}`,
    manager,
    upstreams: { backend: echoes(`HTTP/1.1 101 Switching Protocols\r\n${fields}\r\n\r\n`) },
    client: http1Client({ send: websocket(), until: '\r\n\r\n' }, { send: 'ping', until: 'ping', reset: true }),
  };
}

/** WebSocket and other protocols that begin as HTTP. */
export const upgrades: Area = {
  area: 'upgrades',
  rows: [
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
      name: 'a WebSocket, both ways',
      manager,
      upstreams: { backend: http1({ send: [switching], then: 'echo' }) },
      client: http1Client(
        { send: websocket(), until: '\r\n\r\n' },
        { send: 'ping', until: 'ping' },
        { send: 'pong', until: 'pong' },
        { pauseMs: 50, end: true },
      ),
      expect: ['101 Switching Protocols'],
    },
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
      name: 'a WebSocket whose upstream greets at once',
      manager,
      upstreams: { backend: http1({ send: [`${switching}hello`], then: 'echo' }) },
      client: http1Client({ send: websocket(), until: 'hello' }, { send: 'x', until: 'hellox' }),
    },
    {
      name: 'a WebSocket that the upstream refuses',
      manager,
      upstreams: { backend: http1('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno') },
      client: http1Client(websocket(), request('GET /')),
      expect: ['403'],
    },
    { name: 'a WebSocket that nobody allows', client: http1Client({ send: websocket(), until: '\r\n\r\n' }), expect: ['403'] },
    {
      name: 'a WebSocket that the upstream ends',
      manager,
      upstreams: { backend: http1({ send: [`${switching}bye`], then: 'end' }) },
      client: http1Client({ send: websocket(), wait: 'close' }),
    },
    {
      name: 'a WebSocket that the upstream resets',
      manager,
      upstreams: { backend: http1({ send: [`${switching}bye`], then: 'reset' }) },
      client: http1Client({ send: websocket(), wait: 'close' }),
    },
    {
      name: 'a WebSocket without an upstream',
      manager,
      upstreams: { backend: { kind: 'absent' } },
      client: http1Client({ send: websocket(), until: '\r\n\r\n' }),
      expect: ['503'],
    },
    {
      name: 'a WebSocket that the route does not allow',
      manager,
      routes: [route({ upgrade_configs: [{ upgrade_type: 'websocket', enabled: false }] })],
      client: http1Client({ send: websocket(), until: '\r\n\r\n' }),
    },
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
      name: 'a WebSocket that the route alone allows',
      routes: [route({ upgrade_configs: [{ upgrade_type: 'websocket' }] })],
      upstreams: { backend: http1({ send: [switching], then: 'echo' }) },
      client: http1Client({ send: websocket(), until: '\r\n\r\n' }, { send: 'ping', until: 'ping' }),
    },
    {
      name: 'another protocol than is allowed',
      manager,
      client: http1Client({ send: request('GET /', 'connection: upgrade', 'upgrade: foo'), until: '\r\n\r\n' }),
    },
    {
      name: 'an upgrade to h2c',
      manager,
      client: http1Client({
        send: request('GET /', 'connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__'),
        until: '\r\n\r\n',
      }),
    },
    asked('two protocols in one field', 'upgrade: websocket, foo'),
    asked('two protocols in two fields', 'upgrade: websocket\r\nupgrade: foo'),
    asked('the same protocol in two fields', 'upgrade: websocket\r\nupgrade: websocket'),
    switched('to two protocols', 'connection: upgrade\r\nupgrade: websocket\r\nupgrade: foo'),
    switched('to another protocol', 'connection: upgrade\r\nupgrade: foo'),
    switched('with a length of 0', 'connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 0'),
    switched('with a length', 'connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 3'),
    switched('with chunks', 'connection: upgrade\r\nupgrade: websocket\r\ntransfer-encoding: chunked'),
    { ...switched('to nothing', 'x-a: 1'), differs: TO_NOTHING },
    { ...switched('to what its connection does not name', 'upgrade: websocket'), differs: TO_NOTHING },
    { name: 'an upgrade field that the connection does not name', manager, client: http1Client(request('GET /', 'upgrade: websocket')) },
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
      name: 'bytes of a tunnel before it is agreed',
      manager,
      upstreams: { backend: http1({ delayMs: 150, send: [switching], then: 'echo' }) },
      client: http1Client({ send: `${websocket()}early`, until: 'early' }),
    },
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=|rx_reset|unfinished/,
      name: 'a WebSocket over HTTP/2',
      manager: { ...manager, http2_protocol_options: { allow_connect: true } },
      upstreams: { backend: http1({ send: [switching], then: 'echo' }) },
      client: http2Client(
        {
          only: [
            [':method', 'CONNECT'],
            [':protocol', 'websocket'],
            [':scheme', 'http'],
            [':path', '/chat'],
            [':authority', 'a.example'],
            ['sec-websocket-version', '13'],
          ],
          body: ['ping'],
          gapMs: 50,
          open: true,
        },
        {
          path: '/unrelated',
          method: 'HEAD',
          only: [
            [':method', 'CONNECT'],
            [':protocol', 'websocket'],
            [':scheme', 'http'],
            [':path', '/second'],
            [':authority', 'a.example'],
          ],
          body: ['x', 'y'],
          gapMs: 80,
        },
      ),
    },
    {
      differs: 'the connection stays for the other streams of its client',
      differsIn: /^goaway|^\((open|closed)\)|cx_destroy|tx_bytes/,
      name: 'a WebSocket over HTTP/2 that nobody allows',
      manager: { http2_protocol_options: { allow_connect: true } },
      client: http2Client({
        only: [
          [':method', 'CONNECT'],
          [':protocol', 'websocket'],
          [':scheme', 'http'],
          [':path', '/chat'],
          [':authority', 'a.example'],
        ],
        open: true,
      }),
    },
    {
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=|reset/,
      name: 'a WebSocket of HTTP/1 to an upstream of HTTP/2',
      manager,
      clusters: { backend: H2 },
      upstreams: {
        backend: { kind: 'http2', replies: [{ fields: [], echo: true, early: true }], settings: Buffer.from([0, 8, 0, 0, 0, 1]) },
      },
      client: http1Client({ send: websocket(), until: '\r\n\r\n' }, { send: 'ping', until: 'ping' }),
    },
    {
      name: 'CONNECT of HTTP/2 without a protocol',
      client: http2ClientWith(
        {},
        {
          only: [
            [':method', 'CONNECT'],
            [':authority', 'a.example:80'],
          ],
          open: true,
        },
      ),
    },
  ],
};
