import { inspectTls, MAX_CLIENT_HELLO_BYTES, TlsInspector } from '../../listener/inspect-tls';

/**
 * Takes bytes as the first of a connection. Throws on a bug only: when more bytes change what was decided, a name has
 * bytes no host name has, a list is longer than the bytes it came in, or a decision is put off for ever.
 */
export function fuzzTlsInspector(bytes: Buffer): void {
  const whole = inspectTls(bytes);
  const inTurn = new TlsInspector();
  let decided = false;
  for (let length = 0; length <= Math.min(bytes.length, 600); length++) {
    const part = inspectTls(bytes.subarray(0, length));
    if (!decided && JSON.stringify(inTurn.look(bytes.subarray(0, length))) !== JSON.stringify(part))
      throw new Error(`Decided otherwise in turn after ${length} bytes`);
    if (part.kind === 'incomplete') {
      if (decided) throw new Error(`Undecided again after ${length} bytes`);
      continue;
    }
    decided = true;
    if (JSON.stringify(part) !== JSON.stringify(whole)) throw new Error(`Decided otherwise after ${length} bytes`);
  }
  if (whole.kind === 'incomplete' && bytes.length >= MAX_CLIENT_HELLO_BYTES) throw new Error('Undecided after the longest hello');
  if (whole.kind !== 'tls') return;
  if (whole.serverName !== undefined && !/^[a-z0-9._-]+$/.test(whole.serverName)) throw new Error(`A name: ${whole.serverName}`);
  const listed = whole.applicationProtocols.reduce((sum, name) => sum + name.length + 1, 0);
  if (listed > bytes.length || whole.applicationProtocols.includes('')) throw new Error('A list longer than its bytes');
}
