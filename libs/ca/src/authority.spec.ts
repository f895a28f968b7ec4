import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type PeerCertificate, type TLSSocket } from 'node:tls';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { DEFAULT_VALIDITY_SECONDS, MAX_VALIDITY_SECONDS, openAuthority } from './authority';
import { createKeyAndCsr } from './csr/create-csr';
import { parseCsr } from './csr/parse-csr';
import { createCertificate, subjectOf } from './x509/certificate';

const identity = { trustDomain: 'cluster.local', namespace: 'default', serviceAccount: 'reviews' };
let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lateen-ca-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Opens the authority of this test and has one workload certificate signed. */
function issue(
  validitySeconds: number,
  requestUri?: string,
): { leaf: X509Certificate; root: X509Certificate; chain: readonly string[]; keyPem: string; clock: PausedClock } {
  const clock = new PausedClock(Date.now());
  const authority = openAuthority(dir, { trustDomain: 'cluster.local', clock });
  const { privateKeyPem, csrPem } = createKeyAndCsr(requestUri);
  const request = parseCsr(csrPem);
  if (!request.ok) throw new Error(request.message);
  const { chain } = authority.issueWorkload({ publicKey: request.publicKey, identity, validitySeconds });
  return { leaf: new X509Certificate(chain[0] ?? ''), root: new X509Certificate(chain.at(-1) ?? ''), chain, keyPem: privateKeyPem, clock };
}

describe('the authority', () => {
  it('keeps its root over restarts, key and folder for the owner alone', () => {
    const first = openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() });
    const again = openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() });
    expect(again.rootCertPem).toBe(first.rootCertPem);
    expect(statSync(join(dir, 'ca-key.pem')).mode & 0o777).toBe(0o600);
    expect(new X509Certificate(first.rootCertPem)).toMatchObject({
      subject: expect.stringMatching(/^O=cluster\.local\nCN=root [0-9a-f]{16}$/),
      ca: true,
    });
  });

  it('names a workload by the caller alone, critical, whatever the request says', () => {
    const { leaf, root } = issue(0, 'spiffe://cluster.local/ns/kube-system/sa/admin');
    expect(leaf.subjectAltName).toBe('URI:spiffe://cluster.local/ns/default/sa/reviews');
    expect(leaf.subject ?? '').toBe('');
    expect(leaf.verify(root.publicKey) && leaf.checkIssued(root) && !leaf.ca).toBe(true);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  const lives: readonly { name: string; asked: number; seconds: number }[] = [
    { name: 'a day when none is asked for', asked: 0, seconds: DEFAULT_VALIDITY_SECONDS },
    { name: 'what is asked for', asked: 600, seconds: 600 },
    { name: 'ninety days at most', asked: 10 * MAX_VALIDITY_SECONDS, seconds: MAX_VALIDITY_SECONDS },
    { name: 'a day for a negative wish', asked: -5, seconds: DEFAULT_VALIDITY_SECONDS },
  ];
  it.each(lives)('certifies for $name', ({ asked, seconds }) => {
    const { leaf, clock } = issue(asked);
    expect(Math.round((Date.parse(leaf.validTo) - clock.now()) / 1000)).toBeGreaterThan(seconds - 2);
    expect(Math.round((Date.parse(leaf.validTo) - clock.now()) / 1000)).toBeLessThanOrEqual(seconds);
  });

  it('makes certificates that two peers shake hands with, TLS 1.3, both ways verified', async () => {
    const server = issue(0);
    const client = issue(0);
    const options = {
      cert: server.chain.slice(0, -1).join(''),
      key: server.keyPem,
      ca: server.chain.at(-1),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3' as const,
    };
    const listener = createServer(options, (socket: TLSSocket) =>
      socket.end((socket.getPeerCertificate() as PeerCertificate).subjectaltname ?? ''),
    );
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const socket = connect({
      port: (listener.address() as AddressInfo).port,
      host: '127.0.0.1',
      cert: client.chain[0],
      key: client.keyPem,
      ca: client.chain.at(-1),
      checkServerIdentity: () => undefined,
    });
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once('data', (bytes) => resolve(bytes.toString()));
      socket.once('error', reject);
    });
    expect([answer, socket.getProtocol()]).toEqual(['URI:spiffe://cluster.local/ns/default/sa/reviews', 'TLSv1.3']);
    socket.destroy();
    listener.close();
  });

  it('signs with a plugged-in intermediate, whose chain goes along to the root', () => {
    const clock = new PausedClock(Date.now());
    const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [root, middle] = [pair(), pair()];
    const life = { notBeforeMs: clock.now() - 1000, notAfterMs: clock.now() + 86_400_000, ca: true };
    const rootPem = createCertificate({ ...life, publicKey: root.publicKey, issuer: { key: root.privateKey }, organization: 'corp' });
    const rootSigner = { key: root.privateKey, subject: subjectOf(new X509Certificate(rootPem).raw) };
    const middlePem = createCertificate({ ...life, publicKey: middle.publicKey, issuer: rootSigner, organization: 'mesh' });
    writeFileSync(join(dir, 'root-cert.pem'), rootPem);
    writeFileSync(join(dir, 'ca-cert.pem'), middlePem);
    writeFileSync(join(dir, 'cert-chain.pem'), middlePem + rootPem);
    writeFileSync(join(dir, 'ca-key.pem'), middle.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const { chain, leaf } = issue(10 * MAX_VALIDITY_SECONDS);
    expect(chain.slice(1)).toEqual([middlePem, rootPem]);
    expect(leaf.checkIssued(new X509Certificate(middlePem)) && leaf.verify(middle.publicKey)).toBe(true);
    // Never longer than its signer.
    expect(Date.parse(leaf.validTo)).toBeLessThanOrEqual(life.notAfterMs);
  });

  it('says when a plugged-in certificate does not lead to the root', () => {
    openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() });
    const stranger = mkdtempSync(join(tmpdir(), 'lateen-ca-'));
    openAuthority(stranger, { trustDomain: 'cluster.local', clock: new PausedClock() });
    writeFileSync(join(dir, 'root-cert.pem'), readFileSync(join(stranger, 'root-cert.pem')));
    rmSync(stranger, { recursive: true });
    expect(() => openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() })).toThrow(
      'ca-cert.pem does not chain to root-cert.pem',
    );
  });

  it('says when a plugged-in key is not the certificate’s', () => {
    openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() });
    writeFileSync(join(dir, 'ca-key.pem'), createKeyAndCsr().privateKeyPem);
    expect(() => openAuthority(dir, { trustDomain: 'cluster.local', clock: new PausedClock() })).toThrow(
      'ca-key.pem is not the key of ca-cert.pem',
    );
    expect(createPrivateKey(readFileSync(join(dir, 'ca-key.pem'))).type).toBe('private');
  });
});

describe('parseCsr', () => {
  const good = createKeyAndCsr().csrPem;
  const flipped = (): string => {
    const der = Buffer.from(good.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 3] = (der[der.length - 3] ?? 0) ^ 1;
    return `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  };
  const refused: readonly { name: string; pem: string; message: RegExp }[] = [
    { name: 'nothing', pem: '', message: /not a PEM block/ },
    { name: 'a certificate', pem: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----', message: /not a PEM block/ },
    { name: 'too much', pem: 'x'.repeat(20_000), message: /more than 16384/ },
    {
      name: 'bytes that are no ASN.1',
      pem: '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
      message: /Cannot use the signing request/,
    },
    { name: 'half a request', pem: good.slice(0, 200) + '\n-----END CERTIFICATE REQUEST-----', message: /Cannot use the signing request/ },
    { name: 'a signature of another key', pem: flipped(), message: /signature is not made with its key|Cannot use/ },
  ];
  it.each(refused)('refuses $name', ({ pem, message }) => {
    const result = parseCsr(pem);
    expect(result.ok).toBe(false);
    expect(result.ok ? '' : result.message).toMatch(message);
  });
  it('never throws on damaged bytes, and never takes another key for the one that signed', () => {
    const original = parseCsr(good);
    const der = Buffer.from(good.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    for (let i = 0; i < der.length; i++) {
      const damaged = Buffer.from(der);
      damaged[i] = (damaged[i] ?? 0) ^ 0x55;
      const result = parseCsr(`-----BEGIN CERTIFICATE REQUEST-----\n${damaged.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`);
      if (result.ok) expect(original.ok && result.publicKey.equals(original.publicKey)).toBe(true);
    }
  });
});
