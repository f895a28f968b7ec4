import { networkInterfaces } from 'node:os';

let address: string | undefined;

/** This machine's first address that others can reach, IPv4; the loopback's when it has none. Spec: Envoy `LocalInfo::address`. */
export function machineAddress(): string {
  address ??=
    Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
  return address;
}

/** Whether an address is this machine's own, as no other machine sees it. */
export function isLoopback(text: string): boolean {
  return text.startsWith('127.') || text === '::1';
}
