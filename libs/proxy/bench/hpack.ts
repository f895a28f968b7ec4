// CPU nanoseconds to read and to write HTTP/2 heads in the steady state of a connection.
// npx esbuild libs/proxy/bench/hpack.ts --bundle --platform=node --format=esm --outfile=/tmp/lateen-bench/hpack.mjs && node /tmp/lateen-bench/hpack.mjs
import { RequestHead, ResponseHead } from '../src/codec/head';
import { DEFAULT_HEAD_LIMITS } from '../src/codec/http1/parse-fields';
import { parseRequestHead } from '../src/codec/http1/parse-request';
import { HpackDecoder } from '../src/codec/http2/hpack/decoder';
import { HpackEncoder } from '../src/codec/http2/hpack/encoder';
import { readRequestHead } from '../src/codec/http2/read-request-head';
import { readResponseHead } from '../src/codec/http2/read-response-head';
import { writeRequestHead, writeResponseHead } from '../src/codec/http2/write-head';
import { hpackLiteral } from '../src/testing/header-block';
import { Output } from '../src/net/output';

const ROUNDS = 200_000;
const limits = DEFAULT_HEAD_LIMITS;

const steady = [
  'host: reviews.default.svc.cluster.local:9080',
  'user-agent: grpc-node-js/1.14.1 (linux; x64)',
  'accept: application/json, text/plain, */*',
  'accept-encoding: gzip, deflate, br',
  'accept-language: en-GB,en;q=0.9,de;q=0.8',
  'cookie: session=eyJ1c2VyIjoiamFzb24ifQ.c2lnbmF0dXJl; theme=dark',
  'end-user: jason',
  'x-forwarded-proto: http',
  'x-envoy-attempt-count: 1',
  'x-envoy-decorator-operation: reviews.default.svc.cluster.local:9080/*',
  'x-envoy-peer-metadata-id: sidecar~10.0.0.7~productpage-v1-7d6f-x9.default~default.svc.cluster.local',
  'content-type: application/json; charset=utf-8',
];
const fresh = (i: number): readonly string[] => [
  `x-request-id: ${i.toString(16).padStart(8, '0')}-8a5b-4c11-9d11-0f7c8a5b4c11`,
  `traceparent: 00-0af7651916cd43dd8448eb211c80${i.toString(16).padStart(4, '0')}-b7ad6b7169203331-01`,
];
const answer = [
  'content-type: application/json; charset=utf-8',
  'server: istio-envoy',
  'date: Sat, 21 Nov 2026 09:31:10 GMT',
  'x-envoy-upstream-service-time: 4',
  'cache-control: private, max-age=0, must-revalidate',
  'vary: accept-encoding, origin',
  'x-content-type-options: nosniff',
  'x-frame-options: DENY',
  'strict-transport-security: max-age=63072000; includeSubDomains',
  'x-envoy-decorator-operation: reviews.default.svc.cluster.local:9080/*',
  'access-control-allow-origin: *',
  'referrer-policy: no-referrer',
];

function request(fields: readonly string[]): RequestHead {
  const head = new RequestHead();
  const bytes = Buffer.from(['GET /api/v1/reviews/0 HTTP/1.1', ...fields, '', ''].join('\r\n'), 'latin1');
  if (parseRequestHead(head, bytes, 0, bytes.length, limits) <= 0) throw new Error('Cannot measure: the head is refused');
  head.scheme = 'http';
  return head;
}

function blockOf(write: (output: Output) => void): Buffer {
  const output = new Output();
  write(output);
  return Buffer.from(output.view());
}

/** Best of five, in CPU nanoseconds a call: others may be using the machine. */
function measure(name: string, step: (i: number) => number): void {
  let best = Infinity;
  let sum = 0;
  for (let run = 0; run < 5; run++) {
    const start = process.cpuUsage().user;
    for (let i = 0; i < ROUNDS; i++) sum += step(i);
    best = Math.min(best, ((process.cpuUsage().user - start) * 1000) / ROUNDS);
  }
  console.log(`${name.padEnd(64)} ${best.toFixed(0).padStart(6)} ns  (${sum % 7})`);
}

const output = new Output();
const written = (write: () => void): number => {
  output.length = 0;
  write();
  return output.length;
};

for (const literal of [false, true]) {
  const what = `request, ${steady.length} fields${literal ? ' and 2 that are new each time' : ''}`;
  const sender = new HpackEncoder();
  const heads = Array.from({ length: literal ? 64 : 1 }, (_, i) => request(literal ? [...steady, ...fresh(i)] : steady));
  for (let i = 0; i < 4; i++) blockOf((out) => writeRequestHead(sender, out, heads[0]!, -1));
  // A block that brings the reader's table to where the sender's is, then blocks that no longer change it.
  const filler = new HpackEncoder();
  const decoder = new HpackDecoder(4096);
  const head = new RequestHead();
  for (let i = 0; i < 4; i++) {
    const block = blockOf((out) => writeRequestHead(filler, out, heads[0]!, -1));
    if (readRequestHead(decoder, head, block, 0, block.length, limits) !== 0) throw new Error('Cannot measure: the block is refused');
  }
  const blocks = heads.map((one) => blockOf((out) => writeRequestHead(sender, out, one, -1)));
  measure(`read ${what}, ${blocks[0]!.length} bytes`, (i) => {
    const block = blocks[i & (blocks.length - 1)]!;
    return readRequestHead(decoder, head, block, 0, block.length, limits) + head.count;
  });
  if (!literal) {
    const coded = Array.from({ length: 64 }, (_, i) =>
      Buffer.concat([
        blocks[0]!,
        ...fresh(i).map((line) => hpackLiteral([line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)], 0, true)),
      ]),
    );
    const name = `read ${what} and 2 in Huffman code, ${coded[0]!.length} bytes`;
    measure(name, (i) => readRequestHead(decoder, head, coded[i & 63]!, 0, coded[i & 63]!.length, limits));
    readRequestHead(decoder, head, blocks[0]!, 0, blocks[0]!.length, limits);
  }
  const forwarder = new HpackEncoder();
  measure(`write ${what}, as it was read`, () => written(() => writeRequestHead(forwarder, output, head, -1)));
  measure(`read and write ${what}`, (i) => {
    const block = blocks[i & (blocks.length - 1)]!;
    readRequestHead(decoder, head, block, 0, block.length, limits);
    return written(() => writeRequestHead(forwarder, output, head, -1));
  });
  const upgrader = new HpackEncoder();
  measure(`write ${what}, from HTTP/1.1`, (i) => written(() => writeRequestHead(upgrader, output, heads[i & (heads.length - 1)]!, -1)));
}

const responder = new HpackEncoder();
const responses = new HpackDecoder(4096);
const original = new ResponseHead();
original.status = 200;
for (const line of answer) original.add(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2));
const response = new ResponseHead();
let block: Buffer = Buffer.alloc(0);
for (let i = 0; i < 4; i++) {
  block = blockOf((out) => writeResponseHead(responder, out, original, 1024, '', ''));
  if (readResponseHead(responses, response, block, 0, block.length, limits) !== 0) throw new Error('Cannot measure: the block is refused');
}
measure(`read response, ${answer.length} fields, ${block.length} bytes`, () =>
  readResponseHead(responses, response, block, 0, block.length, limits),
);
const relay = new HpackEncoder();
measure('write response, as it was read', () => written(() => writeResponseHead(relay, output, response, 1024, '', '')));
measure('write response, with server and date added', () =>
  written(() => writeResponseHead(relay, output, response, 1024, 'istio-envoy', 'Sat, 21 Nov 2026 09:31:10 GMT')),
);
