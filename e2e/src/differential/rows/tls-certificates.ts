import { type JsonObject } from '@bufbuild/protobuf';
import { type ConnectionOptions } from 'node:tls';
import { tlsClient } from '../peers/tls-client';
import { type Area, type Row } from '../row';
import { authority, certificate, downstream, NOT_PROLONGED, server } from './tls-resources';

const one = authority.leaf('one.example');
const star = authority.leaf('*.two.example');
const exact = authority.leaf('a.two.example');
const three = authority.leaf('three.example');
const ecdsaThree = authority.ecdsaLeaf('three.example');
const unnamed = authority.leaf('spiffe://cluster.local/ns/a/sa/leaf');
const RSA_ONLY = 'rsa_pss_rsae_sha256:rsa_pkcs1_sha256';

const showing = (...all: readonly (typeof one)[]): JsonObject => downstream({ tls_certificates: all.map(certificate) });

/** A listener with four certificates, and a client that asks for a name. */
function asked(name: string, servername: string | undefined, want: string, options: ConnectionOptions = {}): Row {
  return {
    name: `four certificates: ${name}`,
    tls: showing(one, star, exact, three),
    client: tlsClient({ ...(servername === undefined ? {} : { servername }), ...options }, { shown: 'names', connections: 2 }),
    expect: [`certificate DNS:${want}`, 'resumed=true'],
    ...(options.maxVersion === undefined ? NOT_PROLONGED : {}),
  };
}

/** One name with two keys, RSA first, and a client that can do this or that. */
function keyed(name: string, certificates: readonly (typeof one)[], options: ConnectionOptions, want: string): Row {
  return { name, tls: showing(...certificates), client: tlsClient(options, { shown: 'key' }), expect: [want] };
}

/** Which of several certificates a client is shown. */
export const tlsCertificates: Area = {
  area: 'TLS certificates',
  rows: [
    asked('the exact name', 'three.example', 'three.example'),
    asked('the exact name, 1.2', 'three.example', 'three.example', { maxVersion: 'TLSv1.2' }),
    asked('the exact name before a wildcard', 'a.two.example', 'a.two.example'),
    asked('the name of a wildcard', 'b.two.example', '*.two.example'),
    asked('a wildcard is for one label', 'a.b.two.example', 'one.example'),
    asked("a wildcard is not for its own domain's name", 'two.example', 'one.example'),
    asked('the first for a name that none has', 'nobody.example', 'one.example'),
    asked('the first for no name', undefined, 'one.example'),
    {
      name: 'four certificates: the name in capitals',
      differs: 'the case of a name does not matter (RFC 6066 §3)',
      differsIn: /^certificate/,
      tls: showing(one, star, exact, three),
      client: tlsClient({ servername: 'THREE.example' }, { shown: 'names' }),
      expect: ['certificate DNS:three.example'],
    },
    {
      name: 'a common name beside other names is none',
      tls: showing(one, unnamed),
      client: tlsClient({ servername: 'leaf' }, { shown: 'names' }),
      expect: ['certificate DNS:one.example'],
    },
    {
      name: 'a common name without other names',
      tls: showing(one, { certificate: authority.certificate, privateKey: server.privateKey }),
      client: tlsClient({ servername: 'differential' }, { shown: 'names' }),
      expect: ['certificate undefined'],
    },
    keyed('two keys: ECDSA for who can', [three, ecdsaThree], { servername: 'three.example' }, 'key ec'),
    keyed('two keys: ECDSA for who can, 1.2', [three, ecdsaThree], { servername: 'three.example', maxVersion: 'TLSv1.2' }, 'key ec'),
    keyed('two keys: RSA for who cannot', [ecdsaThree, three], { servername: 'three.example', sigalgs: RSA_ONLY }, 'key rsa'),
    keyed(
      'two keys: RSA for who cannot, 1.2',
      [ecdsaThree, three],
      { servername: 'three.example', sigalgs: RSA_ONLY, maxVersion: 'TLSv1.2' },
      'key rsa',
    ),
    keyed(
      'two keys: ECDSA for who prefers RSA',
      [three, ecdsaThree],
      { servername: 'three.example', sigalgs: `${RSA_ONLY}:ecdsa_secp256r1_sha256` },
      'key ec',
    ),
    {
      ...keyed('two keys: without a name', [one, ecdsaThree], {}, 'key rsa'),
      differs: 'who names nobody gets an RSA key, which everybody takes: the runtime says what a client can only after',
      differsIn: /^key/,
    },
    keyed('two keys: the first for a name that none has', [one, ecdsaThree], { servername: 'nobody.example' }, 'key rsa'),
    keyed(
      'two keys: the name has ECDSA alone, the client cannot',
      [one, ecdsaThree],
      { servername: 'three.example', sigalgs: RSA_ONLY },
      'key rsa',
    ),
    {
      name: 'all are looked through for a name that none has',
      tls: downstream({ tls_certificates: [one, ecdsaThree].map(certificate) }, { full_scan_certs_on_sni_mismatch: true }),
      client: tlsClient({ servername: 'nobody.example' }, { shown: 'key' }),
      expect: ['key ec'],
    },
    {
      name: 'an ECDSA certificate alone, and a client that cannot',
      tls: showing(ecdsaThree),
      client: tlsClient({ sigalgs: RSA_ONLY }, { shown: 'key' }),
      expect: ['alert'],
    },
  ],
};
