import { type JsonObject } from '@bufbuild/protobuf';
import { type ConnectionOptions } from 'node:tls';
import { tlsClient } from '../peers/tls-client';
import { type Area, type Row } from '../row';
import { downstream } from './tls-resources';

const STRONG = 'ECDHE-RSA-AES256-GCM-SHA384';
const v12: ConnectionOptions = { maxVersion: 'TLSv1.2' };

/** A listener with these parameters, and a client of its own mind. */
function row(name: string, params: JsonObject, client: ConnectionOptions, more: Partial<Row> = {}): Row {
  return { name, tls: downstream({ tls_params: params }), client: tlsClient(client), ...more };
}

/** Versions, ciphers and curves. */
export const tlsParameters: Area = {
  area: 'TLS parameters',
  rows: [
    row('versions: the best of both by default', {}, {}, { expect: ['TLSv1.3'] }),
    row('versions: 1.2 for a client of 1.2', {}, v12, { expect: ['TLSv1.2'] }),
    row(
      'versions: exactly 1.2',
      { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_2' },
      {},
      { expect: ['TLSv1.2'] },
    ),
    row(
      'versions: 1.2 at most, a client of 1.3',
      { tls_maximum_protocol_version: 'TLSv1_2' },
      { minVersion: 'TLSv1.3' },
      { expect: ['PROTOCOL_VERSION'] },
    ),
    row('versions: 1.3 at least, a client of 1.2', { tls_minimum_protocol_version: 'TLSv1_3' }, v12, { expect: ['PROTOCOL_VERSION'] }),
    row('versions: a client of 1.1', {}, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    row(
      'versions: 1.0 at least, a client of 1.1',
      { tls_minimum_protocol_version: 'TLSv1_0' },
      { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
      { differs: 'nothing under TLS 1.2 is spoken, whatever is asked (RFC 8996); the alert says so', differsIn: /^alert/ },
    ),
    row('ciphers: the one that is named', { cipher_suites: [STRONG] }, v12, { expect: [STRONG] }),
    row(
      'ciphers: our order, not theirs',
      { cipher_suites: [STRONG, 'ECDHE-RSA-AES128-GCM-SHA256'] },
      { ...v12, ciphers: `ECDHE-RSA-AES128-GCM-SHA256:${STRONG}` },
      { expect: [STRONG] },
    ),
    row(
      'ciphers: none in common',
      { cipher_suites: [STRONG] },
      { ...v12, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' },
      { expect: ['HANDSHAKE_FAILURE'] },
    ),
    row(
      'ciphers: a list is for TLS 1.2 alone',
      { cipher_suites: [STRONG] },
      { ciphers: 'TLS_AES_128_GCM_SHA256' },
      { expect: ['TLS_AES_128_GCM_SHA256'] },
    ),
    row(
      'ciphers: by default, to a client that takes all',
      {},
      { ...v12, ciphers: 'ALL' },
      {
        differs: 'ChaCha20 goes before AES-128 for who has it first of all; Envoy asks only which of the two comes first',
        differsIn: /^tls/,
      },
    ),
    row(
      'ciphers: by default, to a client that prefers ChaCha20',
      {},
      { ...v12, ciphers: 'ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256' },
      { expect: ['CHACHA20'] },
    ),
    row(
      'ciphers: by default, to a client that prefers AES-256',
      {},
      { ...v12, ciphers: `${STRONG}:ECDHE-RSA-AES128-GCM-SHA256` },
      { expect: ['ECDHE-RSA-AES128-GCM-SHA256'] },
    ),
    ...[
      'AES128-SHA',
      'AES128-GCM-SHA256',
      'AES256-GCM-SHA384',
      'ECDHE-RSA-AES128-SHA',
      'ECDHE-RSA-AES128-SHA256',
      'DHE-RSA-AES128-GCM-SHA256',
    ].map((cipher) => row(`ciphers: by default no ${cipher}`, {}, { ...v12, ciphers: cipher }, { expect: ['HANDSHAKE_FAILURE'] })),
    row('curves: X25519 by default', {}, {}, { expect: ['group=X25519'] }),
    row('curves: P-256 for a client that has no other', {}, { ecdhCurve: 'P-256' }, { expect: ['group=prime256v1'] }),
    row('curves: by default no P-384', {}, { ecdhCurve: 'P-384' }, { expect: ['HANDSHAKE_FAILURE'] }),
    row('curves: by default no P-384 in 1.2', {}, { ...v12, ecdhCurve: 'P-384' }, { expect: ['HANDSHAKE_FAILURE'] }),
    row(
      'curves: the client prefers P-256',
      {},
      { ecdhCurve: 'P-256:X25519' },
      {
        differs: 'the share of a key that came is taken if its curve will do; Envoy has the client send another first',
        differsIn: /^tls/,
      },
    ),
    row('curves: the client of 1.2 prefers P-256', {}, { ...v12, ecdhCurve: 'P-256:X25519' }),
    row('curves: the one that is named', { ecdh_curves: ['P-384'] }, { ecdhCurve: 'X25519:P-384' }, { expect: ['group=secp384r1'] }),
    row('curves: none in common', { ecdh_curves: ['P-384'] }, { ecdhCurve: 'X25519' }, { expect: ['HANDSHAKE_FAILURE'] }),
    row('curves: none in common in 1.2', { ecdh_curves: ['P-384'] }, { ...v12, ecdhCurve: 'X25519' }, { expect: ['HANDSHAKE_FAILURE'] }),
  ],
};
