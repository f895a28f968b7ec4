import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv4, isIPv6, type Server } from 'node:net';
import packet, { type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import { type Logger } from '@lateen/base';
import { emptyNameIndex, type NameIndex } from './name-index';

/** How a DNS server is set up. */
export interface DnsServerOptions {
  /** Port on 127.0.0.1, for UDP and TCP. 0 picks one. */
  readonly port: number;
  /** Whom to ask for names outside the mesh, in order; none: such names do not exist. */
  readonly nameservers: readonly string[];
  readonly logger: Logger;
}

/** A running DNS server. */
export interface DnsServer {
  readonly port: number;
  /** Answers from `index` from now on. */
  use(index: NameIndex): void;
  stop(): Promise<void>;
}

/** Seconds that an answer about the mesh may be kept. Spec: Istio's agent answers with 30. */
const TTL_SECONDS = 30;
const FORWARD_TIMEOUT_MS = 2000;
/** A TCP query is at most this long, whatever its length prefix says. */
const MAX_QUERY_BYTES = 4096;

/**
 * Answers A and AAAA for the mesh's names and passes every other question on, over UDP and TCP.
 * It listens on 127.0.0.1 alone: captured queries are redirected there.
 * Spec: RFC 1035; Istio agent DNS proxying on 15053.
 */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  let index = emptyNameIndex;
  const udp = createSocket('udp4');
  udp.on('error', (error) => options.logger.error('The DNS socket failed', { error: String(error) }));
  udp.on('message', (query, from) => {
    void answer(query, index, options).then((reply) => {
      if (reply !== undefined) udp.send(reply, from.port, from.address);
    });
  });
  await bindUdp(udp, options.port);
  const { port } = udp.address();
  const tcp = createServer((socket) => {
    let held = Buffer.alloc(0);
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      while (held.length >= 2) {
        const length = held.readUInt16BE(0);
        if (length > MAX_QUERY_BYTES) return void socket.destroy();
        if (held.length < 2 + length) return;
        const query = held.subarray(2, 2 + length);
        held = held.subarray(2 + length);
        void answer(query, index, options).then((reply) => {
          if (reply === undefined || socket.destroyed) return;
          const prefix = Buffer.alloc(2);
          prefix.writeUInt16BE(reply.length);
          socket.write(Buffer.concat([prefix, reply]));
        });
      }
    });
  });
  await listenTcp(tcp, port);
  return {
    port,
    use: (next) => {
      index = next;
    },
    stop: async () => {
      await Promise.all([new Promise<void>((done) => udp.close(() => done())), new Promise<void>((done) => tcp.close(() => done()))]);
    },
  };
}

function bindUdp(socket: UdpSocket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function listenTcp(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** The reply to one query; undefined for bytes that are no query, which get none. */
async function answer(query: Buffer, index: NameIndex, options: DnsServerOptions): Promise<Buffer | undefined> {
  let decoded: DecodedPacket;
  try {
    decoded = packet.decode(query);
  } catch {
    return undefined;
  }
  const question = decoded.questions?.[0];
  if (decoded.type !== 'query' || question === undefined) return undefined;
  const ips = index.lookup(question.name);
  if (ips !== undefined) return packet.encode(reply(decoded, answersFor(question.name, question.type, ips), 'NOERROR'));
  for (const nameserver of options.nameservers) {
    const forwarded = await forward(query, nameserver);
    if (forwarded !== undefined) return forwarded;
  }
  return packet.encode(reply(decoded, [], options.nameservers.length === 0 ? 'NXDOMAIN' : 'SERVFAIL'));
}

/** The addresses of the family asked for; a known name without any is an empty answer, not a missing name. */
function answersFor(name: string, type: string, ips: readonly string[]): Answer[] {
  if (type === 'A') return ips.filter((ip) => isIPv4(ip)).map((data) => ({ type: 'A', name, ttl: TTL_SECONDS, data }));
  if (type === 'AAAA') return ips.filter((ip) => isIPv6(ip)).map((data) => ({ type: 'AAAA', name, ttl: TTL_SECONDS, data }));
  return [];
}

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;

function reply(query: DecodedPacket, answers: Answer[], rcode: keyof typeof RCODES): Packet {
  return {
    type: 'response',
    id: query.id,
    flags: packet.AUTHORITATIVE_ANSWER | packet.RECURSION_AVAILABLE | ((query.flags ?? 0) & packet.RECURSION_DESIRED) | RCODES[rcode],
    questions: query.questions,
    answers,
  };
}

/** Asks another server the same bytes; undefined when it does not answer in time. */
function forward(query: Buffer, nameserver: string): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(nameserver) ? 'udp6' : 'udp4');
    const finish = (result: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.close();
      resolve(result);
    };
    const timer = setTimeout(() => finish(undefined), FORWARD_TIMEOUT_MS);
    socket.once('message', (message) => finish(message));
    socket.once('error', () => finish(undefined));
    socket.send(query, 53, nameserver);
  });
}
