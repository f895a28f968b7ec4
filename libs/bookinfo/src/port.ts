/** Reads a TCP port; 0 lets the system choose. Throws, naming the variable, when it is not one. */
export function parsePort(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`Cannot read ${name}: ${JSON.stringify(text)} is not a port`);
  return port;
}
