import { request } from 'node:http';

/** A backend's answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** More than any Bookinfo answer; a backend that sends more is broken. */
const MAX_BYTES = 1024 * 1024;

/**
 * One GET over a connection of its own, so that each call can reach another endpoint.
 * `timeoutMs` covers all of it, name to last byte. Rejects when no whole answer came.
 */
export function httpGet(url: string, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<Reply> {
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise<Reply>((resolve, reject) => {
    const fail = (cause: unknown): void => {
      const reason = signal.aborted ? `no answer within ${timeoutMs} ms` : cause instanceof Error ? cause.message : String(cause);
      reject(new Error(`Cannot get ${url}: ${reason}`, { cause }));
    };
    const outgoing = request(url, { agent: false, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_BYTES) response.destroy(new Error(`more than ${MAX_BYTES} bytes`));
        chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    outgoing.on('error', fail);
    outgoing.end();
  });
}
