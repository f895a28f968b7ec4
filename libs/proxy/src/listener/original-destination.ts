import { createRequire } from 'node:module';

/** Where a redirected connection wanted to go. */
export interface Destination {
  /** Dotted IPv4, or IPv6 text without zone. */
  readonly address: string;
  readonly port: number;
}

/** Asks the kernel where the connection behind a file descriptor wanted to go; undefined when it was not redirected. */
export type OriginalDestination = (descriptor: number, family: 'IPv4' | 'IPv6') => Destination | undefined;

/** SOL_IP and SOL_IPV6; SO_ORIGINAL_DST has the same number in both. Spec: linux/netfilter_ipv4.h. */
const LEVEL = { IPv4: 0, IPv6: 41 } as const;
const SO_ORIGINAL_DST = 80;

type GetSockOpt = (fd: number, level: number, option: number, value: Buffer, length: number[]) => number;

/**
 * Loads the reader of original destinations: `getsockopt(SO_ORIGINAL_DST)` through koffi, about two microseconds a call.
 * Throws where there is no such library or system call; call it only when a listener needs it.
 */
export function loadOriginalDestination(): OriginalDestination {
  const require = createRequire(import.meta.url);
  const koffi = require('koffi') as { load(path: string | null): { func(signature: string): GetSockOpt } };
  const getsockopt = koffi.load(null).func('int getsockopt(int fd, int level, int opt, _Out_ uint8_t *val, _Inout_ uint32_t *len)');
  const value = Buffer.alloc(28);
  return (descriptor, family) => {
    const size = family === 'IPv4' ? 16 : 28;
    if (getsockopt(descriptor, LEVEL[family], SO_ORIGINAL_DST, value, [size]) !== 0) return undefined;
    return family === 'IPv4' ? readIPv4(value) : readIPv6(value);
  };
}

/** A sockaddr_in. */
function readIPv4(value: Buffer): Destination {
  return { address: `${value[4]}.${value[5]}.${value[6]}.${value[7]}`, port: value.readUInt16BE(2) };
}

/** A sockaddr_in6, shortened as RFC 5952 says; a mapped IPv4 address is given as IPv4. */
function readIPv6(value: Buffer): Destination {
  const port = value.readUInt16BE(2);
  const groups = Array.from({ length: 8 }, (_, i) => value.readUInt16BE(8 + 2 * i));
  if (groups.slice(0, 5).every((g) => g === 0) && groups[5] === 0xffff)
    return { address: `${value[20]}.${value[21]}.${value[22]}.${value[23]}`, port };
  return { address: shorten(groups), port };
}

/** The longest run of two or more zero groups, the first of equals, becomes `::`. */
function shorten(groups: readonly number[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = groups.map((g) => g.toString(16));
  if (best.start === -1) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
