import { FIELD_WORDS, FRAME_WORDS, HEAD_WORDS, HPACK_WORDS, PROTO_WORDS } from './words';
import { type Grammar } from './mutate';
import { fuzzChunks, fuzzHttp1Request, fuzzHttp1Response } from '../src/testing/fuzz/http1';
import { fuzzHpack } from '../src/testing/fuzz/hpack';
import { fuzzHttp2Client } from '../src/testing/fuzz/http2-client';
import { fuzzHttp2Server } from '../src/testing/fuzz/http2-server';
import { fuzzProxyProtocol } from '../src/testing/fuzz/proxy-protocol';
import { fuzzTlsInspector } from '../src/testing/fuzz/tls-inspector';
import { fuzzXds } from '../src/testing/fuzz/xds';

/** A parser of bytes that strangers send, what must hold of it, and how its inputs are made. The corpus is the folder of its name. */
export interface FuzzedParser {
  readonly name: string;
  readonly fuzz: (bytes: Buffer) => void;
  readonly grammar: Grammar;
}

/** Every parser of bytes there is; a new one is one line. */
export const PARSERS: readonly FuzzedParser[] = [
  { name: 'http1-request', fuzz: fuzzHttp1Request, grammar: { words: [...HEAD_WORDS, ...FIELD_WORDS] } },
  { name: 'http1-response', fuzz: fuzzHttp1Response, grammar: { words: [...HEAD_WORDS, ...FIELD_WORDS] } },
  { name: 'http1-chunks', fuzz: fuzzChunks, grammar: { words: HEAD_WORDS } },
  { name: 'http2-server', fuzz: fuzzHttp2Server, grammar: { words: FRAME_WORDS, framesAt: 24 } },
  { name: 'http2-client', fuzz: fuzzHttp2Client, grammar: { words: FRAME_WORDS, framesAt: 0 } },
  { name: 'hpack', fuzz: fuzzHpack, grammar: { words: HPACK_WORDS } },
  { name: 'tls-inspector', fuzz: fuzzTlsInspector, grammar: { words: [] } },
  { name: 'proxy-protocol', fuzz: fuzzProxyProtocol, grammar: { words: [] } },
  { name: 'xds', fuzz: fuzzXds, grammar: { words: PROTO_WORDS } },
];
