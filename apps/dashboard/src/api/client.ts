import { reportConnection } from './connection';
import { currentToken } from './token';

/** An answer that is not a success. `status` 0: there was none. */
export class ApiError extends Error {
  readonly status: number;
  /** The body, when it was JSON. */
  readonly body: unknown;

  constructor(status: number, message: string, body?: unknown) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.body = body;
  }
}

/** One call of the admin API. Rejects with `ApiError`, or with the signal's reason. */
export async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await send(method, path, body, signal);
  const text = await response.text();
  const value: unknown = text === '' ? undefined : parseJson(text);
  if (!response.ok) throw refusal(response.status, value);
  return value as T;
}

/** A control plane that has not answered a question for so long is told to be silent; the question goes on. */
export const SILENT_MS = 5_000;

/** The raw response of a call: for streams. Refusals that concern the whole page are reported. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
  accept = 'application/json',
): Promise<Response> {
  let response: Response;
  // What is asked of others, as with Try it, may take its time.
  const silent = method === 'GET' ? setTimeout(reportSilence, SILENT_MS) : undefined;
  try {
    response = await fetch(path, {
      method,
      signal,
      cache: 'no-store',
      headers: {
        accept,
        authorization: `Bearer ${currentToken()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    reportConnection({ state: 'offline', reason: 'The control plane does not answer.' });
    throw new ApiError(0, 'The control plane does not answer.');
  } finally {
    clearTimeout(silent);
  }
  if (response.status === 401 || response.status === 403)
    reportConnection({ state: 'refused', reason: 'The control plane does not accept this token.' });
  else reportConnection({ state: 'online' });
  return response;
}

function reportSilence(): void {
  reportConnection({ state: 'offline', reason: 'The control plane takes questions and does not answer: it may be hanging.' });
}

function refusal(status: number, body: unknown): ApiError {
  return new ApiError(status, messageOf(body) ?? `The control plane answered with status ${status}.`, body);
}

/** The sentence in an error answer: `message`, or its violations one by one. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === undefined) return undefined;
  const { message, violations } = body as { readonly message?: unknown; readonly violations?: unknown };
  if (Array.isArray(violations) && violations.length > 0)
    return violations.map((v: { readonly message?: string }) => v.message ?? String(v)).join('; ');
  return typeof message === 'string' ? message : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(502, 'The control plane answered with something other than JSON.');
  }
}
