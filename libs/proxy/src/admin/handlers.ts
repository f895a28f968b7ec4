import { type JsonObject } from '@bufbuild/protobuf';
import { formatAddress } from '@lateen/proxy-config';
import { certsJson } from './certs';
import { clustersJson, clustersText } from './clusters';
import { configDump } from './config-dump';
import { type AdminHandler, type AdminReply, type AdminSource, json, text } from './model';
import { allStats, statsPrometheus, statsText } from './stats';

const LEVELS = ['trace', 'debug', 'info', 'warning', 'warn', 'error', 'critical', 'off'];

/** Every path of the admin interface. Spec: Envoy administration interface. */
export const HANDLERS: Readonly<Record<string, AdminHandler>> = {
  '/certs': {
    help: 'certificates in use',
    handle: (_query, source) => json(certsJson(source.snapshot().secrets.values(), source.clock.now())),
  },
  '/clusters': {
    help: 'clusters and their endpoints (format=json)',
    handle: (query, source) => (query.get('format') === 'json' ? json(clustersJson(source)) : text(clustersText(source.clusters()))),
  },
  '/config_dump': { help: 'configuration as JSON (resource, name_regex, include_eds)', handle: dump },
  '/drain_listeners': {
    help: 'end connections and close ports (inboundonly; graceful: ports last; skip_exit: not the ports)',
    mutates: true,
    handle: (query, source) => {
      source.drainListeners({
        inboundOnly: query.has('inboundonly'),
        graceful: query.has('graceful'),
        skipExit: query.has('skip_exit'),
      });
      return text('OK\n');
    },
  },
  '/healthcheck/fail': {
    help: 'end connections with their next response',
    mutates: true,
    handle: (_query, source) => health(source, true),
  },
  '/healthcheck/ok': { help: 'take /healthcheck/fail back', mutates: true, handle: (_query, source) => health(source, false) },
  '/help': { help: 'this list', handle: () => text(helpText()) },
  '/listeners': { help: 'open listeners (format=json)', handle: listeners },
  '/logging': { help: 'log level; POST level= changes it', handle: logging },
  '/quitquitquit': {
    help: 'end this proxy',
    mutates: true,
    handle: (_query, source) => {
      source.quit();
      return text('OK\n');
    },
  },
  '/ready': {
    help: '200 when live',
    handle: (_query, source) => text(`${source.state()}\n${failures(source)}`, source.state() === 'LIVE' ? 200 : 503),
  },
  '/server_info': { help: 'version, state, uptime, node', handle: (_query, source) => json(serverInfo(source)) },
  '/stats': { help: 'counters and gauges (filter, format=json|prometheus)', handle: stats },
  '/stats/prometheus': { help: "Istio's metrics as Prometheus text", handle: (_query, source) => prometheus(source) },
};

/** What a browser shows first. */
export function helpText(): string {
  return `admin commands are:\n${Object.entries(HANDLERS)
    .map(([path, { help, mutates }]) => `  ${path}${mutates === true ? ' (POST)' : ''}: ${help}\n`)
    .join('')}`;
}

function health(source: AdminSource, failing: boolean): AdminReply {
  source.failHealth(failing);
  return text('OK\n');
}

/** What keeps a proxy from being ready, a line each. */
function failures(source: AdminSource): string {
  return [...(source.failingListeners?.() ?? [])]
    .map(({ name, address, error }) => `cannot open listener ${name} on ${formatAddress(address)}: ${error}\n`)
    .join('');
}

async function dump(query: URLSearchParams, source: AdminSource): Promise<AdminReply> {
  const name = regexOf(query.get('name_regex'));
  const resource = query.get('resource');
  if (name === 'bad') return text('Invalid name_regex\n', 400);
  return json(
    await configDump(source, {
      includeEndpoints: query.has('include_eds'),
      ...(resource === null ? {} : { resource }),
      ...(name === undefined ? {} : { name }),
    }),
  );
}

function stats(query: URLSearchParams, source: AdminSource): AdminReply {
  const filter = regexOf(query.get('filter'));
  if (filter === 'bad') return text('Invalid filter\n', 400);
  if (query.get('format') === 'prometheus') return prometheus(source);
  if (query.get('format') !== 'json') return text(statsText(source, filter));
  return json({ stats: allStats(source).flatMap(([name, value]) => ((filter?.test(name) ?? true) ? [{ name, value }] : [])) });
}

function prometheus(source: AdminSource): AdminReply {
  return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body: statsPrometheus(source) };
}

function listeners(query: URLSearchParams, source: AdminSource): AdminReply {
  const open = [...source.listeners()];
  if (query.get('format') !== 'json') return text(open.map(({ name, address }) => `${name}::${formatAddress(address)}\n`).join(''));
  return json({
    listener_statuses: open.map(({ name, address }) => ({
      name,
      local_address: { socket_address: { address: address.address, port_value: address.port } },
    })),
  });
}

function logging(query: URLSearchParams, source: AdminSource): AdminReply {
  const level = query.get('level');
  if (level !== null) {
    if (!LEVELS.includes(level)) return text(`error: unknown level "${level}", expected one of ${LEVELS.join(', ')}\n`, 400);
    source.setLogLevel(level);
  }
  return text(`active loggers:\n  proxy: ${source.logLevel()}\n`);
}

function serverInfo(source: AdminSource): unknown {
  return {
    version: source.version,
    state: source.state(),
    uptime_current_epoch: `${Math.floor(source.clock.monotonicMs() / 1000)}s`,
    node: (source.bootstrap as JsonObject)['node'] ?? {},
  };
}

/** A regex of the user's, which only they can make slow: the interface is theirs. */
function regexOf(pattern: string | null): RegExp | 'bad' | undefined {
  if (pattern === null || pattern === '') return undefined;
  try {
    return new RegExp(pattern);
  } catch {
    return 'bad';
  }
}
