import { clockTime } from '../lib/format';

/** How the page stands with the control plane. */
export interface Connection {
  readonly state: 'connecting' | 'online' | 'offline' | 'refused';
  /** Milliseconds since the epoch of the last answer. */
  readonly lastAnswerMs?: number;
  /** Why, when offline or refused. */
  readonly reason?: string;
}

/** What there is to say while there is no answer, and stays true as long as there is none. */
export function offlineWords({ reason = '', lastAnswerMs }: Connection): string {
  const known =
    lastAnswerMs === undefined
      ? 'The page keeps asking.'
      : `Nothing here is newer than ${clockTime(lastAnswerMs, false)}; the page keeps asking.`;
  return `${reason} ${known}`.trim();
}

let connection: Connection = { state: 'connecting' };
const listeners = new Set<() => void>();

/** What is known now. */
export function getConnection(): Connection {
  return connection;
}

/** Calls back at each change until the returned function is called. */
export function onConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells how a request ended. */
export function reportConnection(next: Connection): void {
  const changed = next.state !== connection.state || next.reason !== connection.reason;
  connection = { ...next, lastAnswerMs: next.state === 'online' ? Date.now() : connection.lastAnswerMs };
  if (changed) for (const listener of listeners) listener();
}
