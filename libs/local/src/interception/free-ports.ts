import { createServer } from 'node:net';

const FIRST = 20_000;
/** Below Linux's ephemeral range (32768), so that no outgoing connection takes a port between choice and use. */
const COUNT = 12_000;

/** Hands out local ports that nothing listens on, each one once. */
export class FreePorts {
  #next: number;
  readonly #taken = new Set<number>();

  /** Two meshes with different seeds start looking at different places. */
  constructor(seed: string) {
    let hash = 0;
    for (const character of seed) hash = (hash * 31 + character.charCodeAt(0)) >>> 0;
    this.#next = hash % COUNT;
  }

  /** `preferred` when it is free, else some free port. Rejects when there is none left. */
  async take(preferred?: number): Promise<number> {
    if (preferred !== undefined && !this.#taken.has(preferred) && (await isFree(preferred))) {
      this.#taken.add(preferred);
      return preferred;
    }
    for (let tried = 0; tried < COUNT; tried++) {
      const port = FIRST + (this.#next++ % COUNT);
      if (this.#taken.has(port) || !(await isFree(port))) continue;
      this.#taken.add(port);
      return port;
    }
    throw new Error(`Cannot find a free port from ${FIRST} to ${FIRST + COUNT - 1}: all are in use`);
  }

  /** Ports that may be handed out again. */
  give(ports: Iterable<number>): void {
    for (const port of ports) this.#taken.delete(port);
  }
}

/** Whether 127.0.0.1 and all addresses can be bound to `port` now. */
async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
