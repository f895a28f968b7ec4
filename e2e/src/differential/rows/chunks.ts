import { http1Client, request } from '../peers/client';
import { http1 } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const STRICT = 'what one reader takes for the end of a line or a chunk and another does not is refused (RFC 9112 §11.2, request smuggling)';
const IDLE = 'what comes with the sizes of chunks is at most 64 KB more than their content; Envoy reads on for ever';
const LAST = '0\r\n\r\n';

const LARGE = `2\r\nok\r\n0\r\nt: ${'v'.repeat(70_000)}\r\n\r\n`;

/** A request whose body comes so, and another one behind it. */
function of(name: string, body: string): Row {
  return {
    name: `a request: ${name}`,
    client: http1Client(
      { send: request('POST /', 'transfer-encoding: chunked') + body, wait: 'nothing', pauseMs: 250 },
      { send: get, wait: 'nothing', pauseMs: 150 },
    ),
  };
}

/** An answer whose body comes so. */
function answer(name: string, body: string): Row {
  return {
    name: `an answer: ${name}`,
    upstreams: { backend: http1(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`) },
    routes: [{ match: { prefix: '/' }, route: { cluster: 'backend', timeout: '0.6s' } }],
    client: http1Client(get, get),
  };
}

/** The same of both. */
function both(name: string, body: string, differs?: string): readonly Row[] {
  return [of(name, body), answer(name, body)].map((row) => (differs === undefined ? row : { ...row, differs }));
}

/** Bodies in chunks, byte by byte. */
export const chunks: Area = {
  area: 'chunks',
  rows: [
    ...both('zeroes before a size', `0002\r\nok\r\n00\r\n\r\n`),
    ...both('a blank behind a size', `2 \r\nok\r\n${LAST}`),
    ...both('blanks and tabs behind a size', `2 \t \r\nok\r\n0  \r\n\r\n`),
    ...both('a blank before a size', ` 2\r\nok\r\n${LAST}`),
    ...both('a blank within a size', `1 0\r\nok\r\n${LAST}`, STRICT),
    ...both('a blank before an extension', `2 ;a=b\r\nok\r\n0 ;a\r\n\r\n`),
    ...both('a blank within an extension', `2; a = b \r\nok\r\n${LAST}`),
    ...both('an extension without a value', `2;a\r\nok\r\n${LAST}`),
    ...both('two extensions', `2;a=b;c\r\nok\r\n${LAST}`),
    ...both('an empty extension', `2;\r\nok\r\n${LAST}`),
    ...both('a quoted extension', `2;a="b;c\\" d"\r\nok\r\n${LAST}`),
    ...both('a quote that does not end', `2;a="b\r\nok\r\n${LAST}`, STRICT),
    ...both('a line end within quotes', `2;a="\r\n"\r\nok\r\n${LAST}`),
    ...both('a bare LF within an extension', `2;a\nok\r\n${LAST}`),
    ...both('a bare CR within an extension', `2;a\rb\r\nok\r\n${LAST}`),
    ...both('a bare CR behind a size', `2\rok\r\n${LAST}`),
    ...both('a bare CR behind a blank', `2 \rb\r\nok\r\n${LAST}`),
    ...both('a NUL within an extension', `2;a\0\r\nok\r\n${LAST}`, STRICT),
    ...both('a DEL within an extension', `2;a\x7f\r\nok\r\n${LAST}`, STRICT),
    ...both('a control character within an extension', `2;a\x01\r\nok\r\n${LAST}`, STRICT),
    ...both('a byte above ASCII within an extension', `2;\xe9\r\nok\r\n${LAST}`),
    ...both('an extension of 4 KB', `2;${'e'.repeat(4096)}\r\nok\r\n${LAST}`),
    ...both('an extension of 16 KB', `2;${'e'.repeat(16_000)}\r\nok\r\n${LAST}`),
    ...both('an extension of 20 KB', `2;${'e'.repeat(20_000)}\r\nok\r\n${LAST}`),
    ...both('an extension of 200 KB', `2;${'e'.repeat(200_000)}\r\nok\r\n${LAST}`, IDLE),
    ...both('100 extensions of 1 KB', `${`2;${'e'.repeat(1000)}\r\nok\r\n`.repeat(100)}${LAST}`, IDLE),
    ...both('20 KB of blanks', `2${' '.repeat(20_000)}\r\nok\r\n${LAST}`),
    ...both('a size by hand', `+2\r\nok\r\n${LAST}`),
    ...both('a size by prefix', `0x2\r\nok\r\n${LAST}`),
    ...both('no size', `\r\nok\r\n${LAST}`),
    ...both('an extension without a size', `;a\r\nok\r\n${LAST}`),
    ...both('lines ended by LF', `2\nok\n0\n\n`),
    ...both('a size ended by LF', `2\nok\r\n${LAST}`),
    ...both('content ended by LF', `2\r\nok\n${LAST}`, STRICT),
    ...both('content longer than its size', `2\r\nokX\r\n${LAST}`, STRICT),
    ...both('a size of 17 digits', `10000000000000002\r\nok\r\n${LAST}`),
    ...both('a size of 16 digits', `1000000000000002\r\nok\r\n${LAST}`, 'a size beyond counting is refused'),
    ...both('many zeroes', `${'0'.repeat(30)}2\r\nok\r\n${LAST}`),
    ...both('a trailer', `2\r\nok\r\n0\r\nx-t: 1\r\n\r\n`),
    ...both('a trailer of no name', `2\r\nok\r\n0\r\n: 1\r\n\r\n`),
    ...both('200 trailers', `2\r\nok\r\n0\r\n${'t: 1\r\n'.repeat(200)}\r\n`),
    ...both('a trailer of 20 KB', `2\r\nok\r\n0\r\nt: ${'v'.repeat(20_000)}\r\n\r\n`),
    of('a trailer of 70 KB', LARGE),
    { ...answer('a trailer of 70 KB', LARGE), differs: 'trailers of an answer may come to what its head may' },
    ...both('a trailer ended by LF', `2\r\nok\r\n0\r\nt: v\n\r\n`, STRICT),
    ...both('the last chunk, and LF', `2\r\nok\r\n0\r\n\n`, STRICT),
  ],
};
