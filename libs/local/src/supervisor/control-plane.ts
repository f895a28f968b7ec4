import { readFileSync } from 'node:fs';
import { request } from 'node:http';

/** An answer of the control plane's admin API. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One call of the control plane's admin API. `base` is `HOST:PORT`; the token is read from `tokenFile` for writes.
 * Rejects when nothing answers there; a refusal of the API is an answer.
 */
export async function callAdmin(
  base: string,
  tokenFile: string,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  const colon = base.lastIndexOf(':');
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers: Record<string, string> =
    body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  if (method !== 'GET') headers['authorization'] = `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`;
  return await new Promise((resolve, reject) => {
    const call = request(
      { host: base.slice(0, colon), port: Number(base.slice(colon + 1)), method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: parsed(answer) });
        });
      },
    );
    call.on('error', (cause) => reject(new Error(`Cannot reach the control plane at ${base}: ${cause.message}`, { cause })));
    call.end(text);
  });
}

/** JSON where it is JSON, else the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
