import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { createApp } from './app';
import { type ProductPageConfig } from './config';

/** What a test's backend answers; reviews, ratings and details are told apart by path. */
export type Backend = Partial<Record<'details' | 'reviews' | 'ratings', RequestListener>>;

/** A listener that answers JSON. */
export function json(value: unknown, status = 200): RequestListener {
  return (_request, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** The page over backends of the test's own, on ports of its own. Disposing it closes both. */
export async function startPage(
  backend: Backend,
  config: Partial<ProductPageConfig> & { readonly timeoutMs?: number } = {},
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const service = (request.url ?? '').split('/')[1] as keyof Backend;
    (backend[service] ?? json({ error: 'no such backend' }, 404))(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = await createApp({
    port: 0,
    version: 'v1',
    backends: { details: origin, reviews: origin, ratings: origin, timeoutMs: config.timeoutMs ?? 1000 },
    floodFactor: 0,
    sessionKey: 'k',
    ...config,
  });
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
