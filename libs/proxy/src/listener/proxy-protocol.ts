import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { type SocketAddress } from '@lateen/proxy-config';

/** What the first bytes of a connection say about the PROXY protocol. */
export type ProxyProtocolHeader =
  /** It may begin a header, but more bytes are needed to tell. */
  | { readonly kind: 'incomplete' }
  /** Neither version's signature. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed'; readonly version: 1 | 2; readonly reason: string }
  | {
      readonly kind: 'header';
      readonly version: 1 | 2;
      /** Bytes of the whole header; some of its extensions may still be on their way. */
      readonly length: number;
      /** Of these, bytes of extensions at its end. What a sender says that speaks for itself are none. */
      readonly extensions: number;
      /** Who connected to whom; undefined when the sender speaks for itself, or does not know. */
      readonly addresses: { readonly source: SocketAddress; readonly destination: SocketAddress } | undefined;
    };

const INCOMPLETE: ProxyProtocolHeader = { kind: 'incomplete' };
const NONE: ProxyProtocolHeader = { kind: 'none' };
const SIGNATURE_V1 = Buffer.from('PROXY ', 'latin1');
const SIGNATURE_V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Longest line of version 1, its end included. */
const MAX_V1_BYTES = 107;
const V2_HEAD_BYTES = 16;
const Command = { local: 0, proxy: 1 } as const;
/** Bytes of both addresses and ports, by address family: IPv4, IPv6. Of a unix socket, or nobody, Envoy takes nothing either. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 12, 2: 36 };
const NO_HOSTS = new BlockList();
for (const [address, bits] of [
  ['0.0.0.0', 32],
  ['255.255.255.255', 32],
  ['224.0.0.0', 4],
] as const)
  NO_HOSTS.addSubnet(address, bits);
for (const [address, bits] of [
  ['::', 128],
  ['ff00::', 8],
] as const)
  NO_HOSTS.addSubnet(address, bits, 'ipv6');

/**
 * Reads a PROXY protocol header of either version from a connection's first bytes, but not its extensions (TLVs).
 * A header is known as soon as its addresses are here, so that nobody has to keep its extensions.
 * Spec: HAProxy "The PROXY protocol" versions 1 & 2, §2.
 */
export function parseProxyProtocol(bytes: Buffer): ProxyProtocolHeader {
  if (bytes.length === 0) return INCOMPLETE;
  if (begins(bytes, SIGNATURE_V2)) return bytes.length < V2_HEAD_BYTES ? INCOMPLETE : parseV2(bytes);
  if (begins(bytes, SIGNATURE_V1)) return parseV1(bytes);
  return NONE;
}

function begins(bytes: Buffer, signature: Buffer): boolean {
  const shared = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, shared, 0, shared) === 0;
}

/** `PROXY TCP4 SOURCE DESTINATION PORT PORT`, or `PROXY UNKNOWN` and whatever. */
function parseV1(bytes: Buffer): ProxyProtocolHeader {
  const bad = (reason: string): ProxyProtocolHeader => ({ kind: 'malformed', version: 1, reason });
  const lineEnd = bytes.subarray(0, MAX_V1_BYTES).indexOf(10);
  if (lineEnd === -1) return bytes.length < MAX_V1_BYTES ? INCOMPLETE : bad('the line is too long');
  if (bytes[lineEnd - 1] !== 13) return bad('the line does not end in CRLF');
  const [, family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] = bytes
    .latin1Slice(0, lineEnd - 1)
    .split(' ');
  const length = lineEnd + 1;
  if (family === 'UNKNOWN') return { kind: 'header', version: 1, length, extensions: 0, addresses: undefined };
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6Plain : undefined;
  if (isAddress === undefined) return bad('the family is none of TCP4, TCP6, UNKNOWN');
  if (!isAddress(source) || !isAddress(destination)) return bad('an address is none of its family');
  if (!isPort(sourcePort) || !isPort(destinationPort) || more.length > 0) return bad('there are not two ports at its end');
  if (!isHost(source) || !isHost(destination)) return bad("an address is no host's");
  return {
    kind: 'header',
    version: 1,
    length,
    extensions: 0,
    addresses: {
      source: { address: source, port: Number(sourcePort) },
      destination: { address: destination, port: Number(destinationPort) },
    },
  };
}

/** Neither any address, nor all hosts, nor a group. Spec: Envoy `isUnicastAddress`. */
const isHost = (address: string): boolean => !NO_HOSTS.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

const isPort = (text: string): boolean => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
const isIPv6Plain = (text: string): boolean => isIPv6(text) && !text.includes('%');

function parseV2(bytes: Buffer): ProxyProtocolHeader {
  const bad = (reason: string): ProxyProtocolHeader => ({ kind: 'malformed', version: 2, reason });
  const [version, command] = [bytes[12]! >> 4, bytes[12]! & 15];
  const [family, transport] = [bytes[13]! >> 4, bytes[13]! & 15];
  const announced = bytes.readUInt16BE(14);
  const length = V2_HEAD_BYTES + announced;
  if (version !== 2) return bad(`the version is ${version}`);
  if (command !== Command.local && command !== Command.proxy) return bad(`the command is ${command}`);
  if (command === Command.local) return { kind: 'header', version: 2, length, extensions: 0, addresses: undefined };
  const wanted = ADDRESS_BYTES[family];
  if (wanted === undefined || transport < 1 || transport > 2) return bad(`the family is ${family}, the transport ${transport}`);
  if (announced < wanted) return bad('it is too short for its addresses');
  const size = family === 1 ? 4 : 16;
  if (bytes.length < V2_HEAD_BYTES + wanted) return INCOMPLETE;
  const ports = V2_HEAD_BYTES + 2 * size;
  const source = { address: addressText(bytes, V2_HEAD_BYTES, size), port: bytes.readUInt16BE(ports) };
  const destination = { address: addressText(bytes, V2_HEAD_BYTES + size, size), port: bytes.readUInt16BE(ports + 2) };
  if (!isHost(source.address) || !isHost(destination.address)) return bad("an address is no host's");
  return { kind: 'header', version: 2, length, extensions: announced - wanted, addresses: { source, destination } };
}

/** An address as the system writes it; IPv4 in IPv6 form in its own. */
function addressText(bytes: Buffer, start: number, size: number): string {
  if (size === 4) return bytes.subarray(start, start + 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(start + 2 * i));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return bytes.subarray(start + 12, start + 16).join('.');
  return compressed(groups);
}

/** The canonical form: lower case, the longest run of zeros left out. Spec: RFC 5952 §4. */
function compressed(groups: readonly number[]): string {
  let [best, bestLength] = [-1, 1];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - i > bestLength) [best, bestLength] = [i, end - i];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  return best === -1 ? text(groups) : `${text(groups.slice(0, best))}::${text(groups.slice(best + bestLength))}`;
}
