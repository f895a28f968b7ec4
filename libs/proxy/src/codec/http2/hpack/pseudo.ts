/** Names that begin with a colon, numbered beyond every name of `Header`. */
export const Pseudo = { method: 240, scheme: 241, path: 242, authority: 243, status: 244, protocol: 245, unknown: 246 } as const;

/** The least number of a pseudo-field. */
export const FIRST_PSEUDO = Pseudo.method;

const names = Object.entries(Pseudo).map(([name, id]) => [Buffer.from(`:${name}`, 'latin1'), id] as const);

/** The number of the name at `start`..`end`, which begins with a colon. */
export function pseudoId(buffer: Buffer, start: number, end: number): number {
  for (const [name, id] of names) {
    if (id !== Pseudo.unknown && name.length === end - start && name.compare(buffer, start, end) === 0) return id;
  }
  return Pseudo.unknown;
}
