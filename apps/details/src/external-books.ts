import { type IncomingHttpHeaders } from 'node:http';
import { type Book } from './book';
import { forwardedHeaders } from '@lateen/bookinfo';

/** Looks a book up; rejects with `ExternalBookError` when that cannot be done. */
export type BookLookup = (id: number, incoming: IncomingHttpHeaders) => Promise<Book>;

/** The external service did not answer with a book. */
export class ExternalBookError extends Error {
  override readonly name = 'ExternalBookError';
}

/** The Comedy of Errors, in the edition that is asked for. */
const ISBN = '0486424618';

/**
 * Asks Google's book API.
 * Spec: developers.google.com/books/docs/v1/reference/volumes.
 */
export function externalBookLookup(origin: string, timeoutMs: number): BookLookup {
  return async (id, incoming) => {
    const volume = await fetchVolume(`${origin}/books/v1/volumes?q=isbn:${ISBN}`, incoming, timeoutMs);
    const isbn = (type: string): string =>
      String(
        list(volume.industryIdentifiers)
          .map(record)
          .find((entry) => entry.type === type)?.identifier ?? '',
      );
    return {
      id,
      author: String(list(volume.authors)[0] ?? ''),
      year: Number.parseInt(String(volume.publishedDate ?? ''), 10) || 0,
      type: volume.printType === 'BOOK' ? 'paperback' : 'unknown',
      pages: Number(volume.pageCount ?? 0),
      publisher: String(volume.publisher ?? ''),
      language: volume.language === 'en' ? 'English' : 'unknown',
      'ISBN-10': isbn('ISBN_10'),
      'ISBN-13': isbn('ISBN_13'),
    };
  };
}

async function fetchVolume(url: string, incoming: IncomingHttpHeaders, timeoutMs: number): Promise<Record<string, unknown>> {
  const { host } = new URL(url);
  let body: unknown;
  try {
    const response = await fetch(url, { headers: forwardedHeaders(incoming), signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new ExternalBookError(`Cannot look the book up at ${host}: it answered ${response.status}`);
    body = await response.json();
  } catch (error) {
    if (error instanceof ExternalBookError) throw error;
    throw new ExternalBookError(`Cannot look the book up at ${host}: ${reason(error)}`, { cause: error });
  }
  const volume = record(list(record(body).items)[0]).volumeInfo;
  if (volume === undefined) throw new ExternalBookError(`Cannot look the book up at ${host}: it knows no book with ISBN ${ISBN}`);
  return record(volume);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
