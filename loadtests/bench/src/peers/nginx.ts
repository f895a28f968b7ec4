import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Wiring } from '../cases';
import { freePort, listening, PROXY_CORE, startPinned } from '../processes';
import { type Backend } from '../subject';
import { createAuthority, issue } from './certificates';
import { type PeerSubject } from './haproxy';

/** Debian's place for the module that proxies TCP; without it those cases are left out. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/**
 * nginx, one process each, no access log: one for one hop, two for the hops of a mesh. HTTP/2 goes upstream by
 * `grpc_pass`, the only way this nginx speaks it there.
 */
export async function startNginx(binary: string, backend: Backend): Promise<PeerSubject> {
  const folder = mkdtempSync(join(tmpdir(), 'lateen-bench-nginx-'));
  const authority = createAuthority(folder);
  for (const name of ['client', 'server']) issue(authority, join(folder, name), 'DNS:bench');
  const ports = new Map<Wiring, number>();
  const hops = ['one', 'client', 'server'] as const;
  const http: Record<(typeof hops)[number], string[]> = { one: [], client: [], server: [] };
  const stream: Record<(typeof hops)[number], string[]> = { one: [], client: [], server: [] };
  const between = new Map<string, number>();
  const add = async (kind: 'h1' | 'h2' | 'grpc' | 'rr' | 'bulk', target: number): Promise<void> => {
    const [one, two, middle] = [await freePort(), await freePort(), await freePort()];
    ports.set(`${kind}-plain-1`, one).set(`${kind}-mtls-2`, two);
    between.set(kind, middle);
    const tcp = kind === 'rr' || kind === 'bulk';
    const make = tcp ? streamServer : kind === 'h1' ? http1Server : http2Server;
    const into = tcp ? stream : http;
    into.one.push(make({ name: kind, listen: one, target }));
    into.client.push(make({ name: kind, listen: two, target: middle, upstreamTls: join(folder, 'client'), authority: authority.cert }));
    into.server.push(make({ name: kind, listen: middle, target, listenTls: join(folder, 'server'), authority: authority.cert }));
  };
  await add('h1', backend.h1);
  await add('h2', backend.h2);
  await add('grpc', backend.h2);
  const streams = existsSync(STREAM_MODULE);
  if (streams) {
    await add('rr', backend.echo);
    await add('bulk', backend.source);
  }
  const processes = hops.map((hop) => {
    const file = join(folder, `${hop}.conf`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${hop}-${kind};`);
    writeFileSync(
      file,
      `daemon off; master_process off; pid ${folder}/${hop}.pid; error_log stderr error;
${streams ? `load_module ${STREAM_MODULE};` : ''}
events { worker_connections 15000; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; ${temporary.join(' ')}
${http[hop].join('\n')}
}
${streams ? `stream { tcp_nodelay on; proxy_timeout 300s;\n${stream[hop].join('\n')}\n}` : ''}
`,
    );
    return startPinned({ core: PROXY_CORE, command: binary, args: ['-c', file, '-e', 'stderr'], name: `nginx ${hop}` });
  });
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((process) => process.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of ports.values()) await listening(port);
  } catch (error) {
    await stop();
    throw error;
  }
  const [one, client, server] = processes.map(({ pid }) => pid) as [number, number, number];
  return {
    name: 'nginx',
    target: (wiring) => {
      const port = ports.get(wiring);
      return port === undefined ? undefined : { port, pids: () => (wiring.endsWith('plain-1') ? [one] : [client, server]) };
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** One hop of one kind. Paths of certificates are without their endings. */
interface Hop {
  readonly name: string;
  readonly listen: number;
  readonly target: number;
  readonly listenTls?: string;
  readonly upstreamTls?: string;
  readonly authority?: string;
}

function listenTls({ listenTls: path, authority }: Hop): string {
  if (path === undefined) return '';
  return `ssl_certificate ${path}.pem; ssl_certificate_key ${path}.key; ssl_client_certificate ${authority}; ssl_verify_client on;`;
}

function upstreamTls(prefix: 'proxy' | 'grpc', { upstreamTls: path, authority }: Hop): string {
  if (path === undefined) return '';
  return `${prefix}_ssl_certificate ${path}.pem; ${prefix}_ssl_certificate_key ${path}.key; ${prefix}_ssl_trusted_certificate ${authority}; ${prefix}_ssl_verify on; ${prefix}_ssl_name bench;`;
}

function upstream({ name, target }: Hop): string {
  return `upstream ${name} { server 127.0.0.1:${target}; keepalive 5000; keepalive_requests 1000000000; }`;
}

function http1Server(hop: Hop): string {
  const scheme = hop.upstreamTls === undefined ? 'http' : 'https';
  return `${upstream(hop)}
server { listen 127.0.0.1:${hop.listen}${hop.listenTls === undefined ? '' : ' ssl'}; ${listenTls(hop)}
  location / { proxy_pass ${scheme}://${hop.name}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_max_temp_file_size 0; ${upstreamTls('proxy', hop)} } }`;
}

function http2Server(hop: Hop): string {
  const scheme = hop.upstreamTls === undefined ? 'grpc' : 'grpcs';
  return `${upstream(hop)}
server { listen 127.0.0.1:${hop.listen} http2${hop.listenTls === undefined ? '' : ' ssl'}; ${listenTls(hop)}
  location / { grpc_pass ${scheme}://${hop.name}; grpc_read_timeout 300s; grpc_send_timeout 300s; ${upstreamTls('grpc', hop)} } }`;
}

function streamServer(hop: Hop): string {
  return `server { listen 127.0.0.1:${hop.listen}${hop.listenTls === undefined ? '' : ' ssl'}; proxy_pass 127.0.0.1:${hop.target}; ${listenTls(hop)} ${hop.upstreamTls === undefined ? '' : 'proxy_ssl on;'} ${upstreamTls('proxy', hop)} }`;
}
