import { parseProxyProtocol } from '../../listener/proxy-protocol';
import { proxyHeader } from '../../upstream/proxy-header';

/**
 * Takes bytes as the first of a connection. Throws on a bug only: when more bytes change what was decided, when a header
 * is longer than it may be, or its addresses do not survive being written and read again.
 */
export function fuzzProxyProtocol(bytes: Buffer): void {
  const whole = parseProxyProtocol(bytes);
  let decided = false;
  for (let length = 0; length <= Math.min(bytes.length, 300); length++) {
    const part = parseProxyProtocol(bytes.subarray(0, length));
    if (part.kind === 'incomplete') {
      if (decided) throw new Error(`Undecided again after ${length} bytes`);
      continue;
    }
    decided = true;
    if (JSON.stringify(part) !== JSON.stringify(whole)) throw new Error(`Decided otherwise after ${length} bytes`);
  }
  if (whole.kind === 'incomplete' && bytes.length >= 232) throw new Error('Undecided after the longest head');
  if (whole.kind !== 'header') return;
  if (whole.length > (whole.version === 1 ? 107 : 16 + 65_535)) throw new Error(`Too long: ${whole.length}`);
  if (whole.addresses === undefined) return;
  const { source: remote, destination: local } = whole.addresses;
  const again = parseProxyProtocol(proxyHeader(2, { remote, local }));
  if (again.kind !== 'header' || again.addresses === undefined) throw new Error('What we write ourselves is no header');
  for (const side of ['source', 'destination'] as const) {
    if (again.addresses[side].port !== whole.addresses[side].port) throw new Error('Another port');
    if (whole.version === 2 && again.addresses[side].address !== whole.addresses[side].address) throw new Error('Another address');
  }
}
