import { type Client } from './client';

/** Where attacks go: listeners of the proxy. */
export type Target = 'h1' | 'h2' | 'tls' | 'proxied';

/** What an attacker does for a while. */
export interface Attack {
  readonly name: string;
  /** What it is known by. */
  readonly known?: string;
  readonly target: Target;
  /** It asks for what is large: so do honest clients beside it, once a connection, and read it. */
  readonly large?: boolean;
  /** Sends what it sends; what it opened stays open until the round is over. */
  readonly run: (attacker: Attacker) => Promise<void>;
}

/** What attacks have at hand. */
export interface Attacker {
  /** A raw connection to the attack's target. */
  connect(): Promise<Client>;
  /** The same after an HTTP/2 preface and `settings`, pairs of number and value. */
  http2(...settings: readonly number[]): Promise<Client>;
  /** Port of the attack's target, for those that do more than write bytes. */
  readonly port: number;
  /** Counts bytes that were sent otherwise. */
  count(bytes: number, connections: number): void;
  /** Whether there are bytes left to send in this round. */
  readonly left: boolean;
  /**
   * Repeats `step` on one connection after the other, a new one whenever the proxy has ended the last, until the
   * round's bytes are sent.
   */
  flood(open: () => Promise<Client>, step: (client: Client, i: number) => Buffer): Promise<void>;
}
