import { type JsonObject } from '@bufbuild/protobuf';
import { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { tlsClient } from '../peers/tls-client';
import { type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';
import { type Client, http1Client, request } from '../peers/client';
import { client, downstream, identity, NOT_PROLONGED, server, trust, upstreamTls } from './tls-resources';

const v12: ConnectionOptions = { maxVersion: 'TLSv1.2' };
const get = request('GET /');
const key = (fill: number): JsonObject => ({ inline_bytes: Buffer.alloc(80, fill).toString('base64') });
const mutual = downstream({ validation_context: trust }, { require_client_certificate: true });

/** A client that comes three times, each time with the session of the last. */
function row(name: string, tls: JsonObject, options: ConnectionOptions, more: Partial<Row> = {}): Row {
  return { name, tls, client: tlsClient(options, { connections: 3 }), ...more };
}

/** An upstream that says whether a session was taken up again, and closes after each answer. */
const tells: Upstream = {
  kind: 'tcp',
  tls: { ...identity(server), maxVersion: 'TLSv1.2' },
  on: (socket) => {
    const resumed = (socket as TLSSocket).isSessionReused();
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nx-resumed: ${resumed}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`));
  },
};

/** Asks for one name, then for another with the session of the first. */
const twoNames: Client = async (port) => {
  let session: Buffer | undefined;
  const first = await tlsClient({ servername: 'a.example' }, { onSession: (bytes) => (session = bytes) })(port);
  return first + (await tlsClient({ servername: 'b.example', session })(port));
};

const TICKETS_ALONE = 'only tickets are taken up again: what one process keeps, the others that share its port would not know';
const noTickets: JsonObject = { disable_stateless_session_resumption: true };

/** Sessions that are taken up again. */
export const tlsSessions: Area = {
  area: 'TLS sessions',
  rows: [
    row('a ticket of 1.3 is taken', downstream(), {}, { expect: ['resumed=true'], ...NOT_PROLONGED }),
    row('a ticket of 1.2 is taken', downstream(), v12, { expect: ['resumed=true'] }),
    row('a ticket of 1.3 of a client that is known', mutual, identity(client), { expect: ['resumed=true'], ...NOT_PROLONGED }),
    row('a ticket of 1.2 of a client that is known', mutual, { ...v12, ...identity(client) }, { expect: ['resumed=true'] }),
    row('tickets sealed with a key that is given', downstream({}, { session_ticket_keys: { keys: [key(7)] } }), v12, {
      expect: ['resumed=true'],
    }),
    row('tickets sealed with the first of two keys', downstream({}, { session_ticket_keys: { keys: [key(7), key(8)] } }), v12, {
      expect: ['resumed=true'],
    }),
    row('no tickets, 1.3', downstream({}, noTickets), {}, { differs: TICKETS_ALONE, differsIn: /^session/ }),
    row('no tickets, 1.2', downstream({}, noTickets), v12, { differs: TICKETS_ALONE, differsIn: /^(session|tls)|session_reused/ }),
    row('nothing kept but tickets, 1.2', downstream({}, { disable_stateful_session_resumption: true }), v12, { expect: ['resumed=true'] }),
    row('nothing kept and no tickets, 1.2', downstream({}, { ...noTickets, disable_stateful_session_resumption: true }), v12, {
      differs: 'a session is given a name, but not taken up again',
      differsIn: /^session/,
    }),
    { name: 'a session of another name is taken', tls: downstream(), client: twoNames, expect: ['resumed=true'], ...NOT_PROLONGED },
    {
      name: 'an upstream gets its session back',
      clusters: { backend: upstreamTls() },
      upstreams: { backend: tells },
      client: http1Client(get, get, get),
      expect: ['x-resumed: true'],
    },
    {
      name: 'an upstream gets no session back where none is kept',
      clusters: { backend: upstreamTls({}, { max_session_keys: 0 }) },
      upstreams: { backend: tells },
      client: http1Client(get, get),
      expect: ['x-resumed: false'],
    },
  ],
};
