import { createServer, type Server } from 'node:http';
import { type Registry } from 'prom-client';

/** Answers `/metrics`, `/version` and `/healthz` on the metrics port; not listening yet. Spec: istiod's port 15014. */
export function metricsServer(registry: Registry, version: object): Server {
  return createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
    } else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    } else if (path === '/version') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(version));
    } else if (path === '/healthz' || path === '/ready') {
      response.writeHead(200).end('ok\n');
    } else {
      response.writeHead(404).end();
    }
  });
}
