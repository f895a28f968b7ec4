import { afterEach, it } from '@jest/globals';
import { connect as connectTls } from 'node:tls';
import { testAuthority } from '@lateen/proxy-config/testing';
import {
  assignment,
  cluster,
  dataPlane,
  endpoint,
  eventually,
  forwardTo,
  listener,
  manager,
  portOf,
  route,
  snapshot,
  Wire,
} from '../testing';
import { inboundTls, meshSecrets } from '../testing/mesh-tls';

const wire = new Wire();
afterEach(() => wire.stop());

const root = testAuthority('root');

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Requests whose heads unfold to sixty thousand bytes each, far more than a session reads at once. */
function flood(): Buffer {
  const get = Buffer.from([0x82, 0x84, 0x86, 0x01, 0x01, 0x61]);
  const crumb = Buffer.concat([Buffer.from([0x40, 6]), Buffer.from('cookie'), Buffer.from([0x7f, 0xbd, 0x1d]), Buffer.alloc(3900, 'c')]);
  const again = Buffer.concat([get, Buffer.alloc(14, 0xbe)]);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, 5, 1, Buffer.concat([get, crumb])),
    ...Array.from({ length: 60 }, (_, i) => frame(1, 5, 2 * i + 3, again)),
  ]);
}

it.each([{ afterMs: 0 }, { afterMs: 3 }, { afterMs: 15 }])(
  'a session over TLS that rests is gone when its client is, $afterMs ms later',
  async ({ afterMs }) => {
    const backend = await wire.backend();
    const plane = dataPlane();
    wire.onStop(() => plane.stop(0));
    await plane.apply(
      snapshot({
        listeners: [
          listener('in', {
            tls: inboundTls({ alpnProtocols: ['h2'] }),
            filters: [{ kind: 'http', manager: manager([route('/', forwardTo('app'))], { codec: 'http2' }) }],
          }),
        ],
        clusters: [cluster('app')],
        endpoints: [assignment('app', [endpoint(backend.port)])],
        secrets: meshSecrets('spiffe://cluster.local/ns/default/sa/b', root),
      }),
    );
    const leaf = root.leaf('spiffe://cluster.local/ns/default/sa/a');
    for (let i = 0; i < 5; i++) {
      const client = connectTls({
        port: portOf(plane, 'in'),
        host: '127.0.0.1',
        rejectUnauthorized: false,
        cert: leaf.certificate,
        key: leaf.privateKey,
        ALPNProtocols: ['h2'],
      });
      client.on('error', () => undefined).resume();
      await new Promise((done) => client.once('secureConnect', done).once('close', done));
      client.write(flood());
      await new Promise((done) => setTimeout(done, afterMs));
      client.destroy();
    }
    const stat = (name: string): number | undefined => new Map(plane.stats()).get(name);
    await eventually(() => stat('http.test.downstream_cx_active') === 0 && (stat('http.test.downstream_cx_total') ?? 0) > 0);
  },
);
