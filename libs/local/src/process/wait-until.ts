import { get } from 'node:http';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks `check` every `intervalMs` until it says yes. Rejects when the signal aborts. */
export async function waitUntil(check: () => Promise<boolean> | boolean, signal: AbortSignal, intervalMs = 20): Promise<void> {
  while (!(await check())) await sleep(intervalMs, undefined, { signal });
  signal.throwIfAborted();
}

/** Whether a GET answers with a 2xx status. */
export async function httpOk(url: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const request = get(url, { timeout: 1000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/**
 * Whether something listens on `port` in the network that process `pid` is in. On Linux read from /proc, because a
 * connection would be captured or counted as a request; elsewhere by connecting.
 */
export async function listens(pid: number, port: number): Promise<boolean> {
  const tables = ['tcp', 'tcp6'].map((table) => readTable(`/proc/${pid}/net/${table}`));
  if (tables.every((t) => t === undefined)) return await accepts(port);
  return tables.some((t) => t !== undefined && hasListener(t, port));
}

/** Whether a /proc/net/tcp table has a socket in state LISTEN (0A) on `port`. */
export function hasListener(table: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table.split('\n').some((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[3] === '0A' && fields[1]?.endsWith(suffix) === true;
  });
}

function readTable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
