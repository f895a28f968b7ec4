import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createApp } from './app';
import { type DetailsConfig, parseConfig } from './config';

const book = {
  id: 0,
  author: 'William Shakespeare',
  year: 1595,
  type: 'paperback',
  pages: 200,
  publisher: 'PublisherA',
  language: 'English',
  'ISBN-10': '1234567890',
  'ISBN-13': '123-1234567890',
};
const notNumeric = { error: 'please provide numeric product id' };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function details(config: Partial<DetailsConfig> = {}): Promise<string> {
  const app = await createApp({ port: 0, version: 'v1', ...config });
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return app.getUrl();
}

async function backend(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('details', () => {
  it.each([
    { path: '/health', status: 200, body: { status: 'Details is healthy' } },
    { path: '/details/0', status: 200, body: book },
    { path: '/details/7', status: 200, body: { ...book, id: 7 } },
    { path: '/details/abc', status: 400, body: notNumeric },
    { path: '/details/1e3', status: 400, body: notNumeric },
    { path: '/details/%22%3Cscript%3E', status: 400, body: notNumeric },
    { path: '/details/12345678901234567890', status: 400, body: notNumeric },
  ])('GET $path answers $status', async ({ path, status, body }) => {
    const response = await fetch(`${await details()}${path}`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect({ status: response.status, body: await response.json() }).toEqual({ status, body });
  });

  it('takes a book from the external service, passing trace headers on', async () => {
    let seen: IncomingHttpHeaders = {};
    const origin = await backend((request, response) => {
      seen = request.headers;
      response.end(
        JSON.stringify({
          items: [
            {
              volumeInfo: {
                authors: ['W. S.'],
                publishedDate: '2002-05-01',
                printType: 'BOOK',
                pageCount: 64,
                publisher: 'Dover',
                language: 'en',
                industryIdentifiers: [
                  { type: 'ISBN_10', identifier: '0486424618' },
                  { type: 'ISBN_13', identifier: '9780486424613' },
                ],
              },
            },
          ],
        }),
      );
    });
    const url = await details({ externalBooks: { origin, timeoutMs: 1000 } });
    const response = await fetch(`${url}/details/3`, { headers: { 'x-request-id': 'r1', 'x-other': 'no' } });
    expect(await response.json()).toEqual({
      id: 3,
      author: 'W. S.',
      year: 2002,
      type: 'paperback',
      pages: 64,
      publisher: 'Dover',
      language: 'English',
      'ISBN-10': '0486424618',
      'ISBN-13': '9780486424613',
    });
    expect(seen['x-request-id']).toBe('r1');
    expect(seen['x-other']).toBeUndefined();
  });

  const failures: readonly { name: string; listener: RequestListener; error: RegExp }[] = [
    { name: 'an error status', listener: (_, response) => response.writeHead(500).end(), error: /: it answered 500$/ },
    { name: 'no such book', listener: (_, response) => response.end('{}'), error: /: it knows no book with ISBN 0486424618$/ },
    { name: 'no JSON', listener: (_, response) => response.end('<html>'), error: /^Cannot look the book up at 127/ },
    { name: 'no answer in time', listener: () => undefined, error: /timeout$/ },
    { name: 'a closed connection', listener: (request) => request.socket.destroy(), error: /^Cannot look the book up at 127/ },
  ];
  it.each(failures)('answers 502 and says why when the external service gives $name', async ({ listener, error }) => {
    const url = await details({ externalBooks: { origin: await backend(listener), timeoutMs: 100 } });
    const response = await fetch(`${url}/details/0`);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ error: expect.stringMatching(error) });
  });
});

describe('parseConfig', () => {
  it.each([
    { env: {}, want: { port: 9080, version: 'v1', externalBooks: undefined } },
    { env: { PORT: '31000', SERVICE_VERSION: 'v2' }, want: { port: 31_000, version: 'v2', externalBooks: undefined } },
    {
      env: { ENABLE_EXTERNAL_BOOK_SERVICE: 'true' },
      want: { port: 9080, version: 'v1', externalBooks: { origin: 'https://www.googleapis.com', timeoutMs: 5000 } },
    },
    {
      env: { ENABLE_EXTERNAL_BOOK_SERVICE: 'true', DO_NOT_ENCRYPT: 'true' },
      want: { port: 9080, version: 'v1', externalBooks: { origin: 'http://www.googleapis.com', timeoutMs: 5000 } },
    },
  ])('$env', ({ env, want }) => expect(parseConfig(env)).toEqual(want));

  it.each(['http', '70000', '-1', '1.5'])('refuses PORT=%s', (PORT) => {
    expect(() => parseConfig({ PORT })).toThrow(`Cannot read PORT: "${PORT}" is not a port`);
  });
});
