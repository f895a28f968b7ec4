import { type FailureFacts, RESPONSE_FLAG } from '@lateen/telemetry';
import { type ClusterRuntime } from '../upstream/cluster';
import { type UpstreamRequest } from './codec';
import { type ResetReason } from './local-replies';
import { type HttpStream } from './stream';

/** What became of the connection of the last attempt that failed. */
export interface BrokenAttempt {
  readonly idleMs?: number;
  readonly encrypted: boolean;
  readonly responseBegun: boolean;
  /** The codec's words for what the peer did wrong. */
  readonly violation?: string;
}

/** The part of an attempt that only its connection knows; read before the connection is let go. */
export function brokenAttempt(upstream: UpstreamRequest, reason: ResetReason, message: string): BrokenAttempt {
  const { idleForMs = -1, connection, responseBegun } = upstream;
  return {
    ...(idleForMs >= 0 ? { idleMs: idleForMs } : {}),
    encrypted: connection.encrypted,
    responseBegun,
    ...(reason === 'protocol_error' && message !== '' ? { violation: message } : {}),
  };
}

/** What is known of a stream that failed, for its cause. Not for the fast path: it allocates. */
export function failureFacts(stream: HttpStream): FailureFacts {
  const { route, cluster, record, manager, forwarding } = stream;
  const action = route?.action.kind === 'forward' ? route.action : undefined;
  const table = route === undefined ? manager.routes() : undefined;
  const wanted = cluster === undefined && action !== undefined ? stream.wantedCluster : undefined;
  const delayMs = (record.responseFlags & RESPONSE_FLAG.DI) === 0 ? undefined : faultDelayMs(stream);
  return {
    ...forwarding.broken,
    ...(forwarding.tries === undefined ? {} : { tries: forwarding.tries }),
    ...(wanted === undefined ? {} : { wantedCluster: wanted, waitsFor: manager.services.clusters.waitsFor(wanted) }),
    ...(route === undefined
      ? { routeTable: table?.name ?? '', virtualHost: table?.virtualHostFor(stream.request.authority)?.name ?? '' }
      : { virtualHost: route.virtualHost.name }),
    ...(delayMs === undefined ? {} : { faultDelayMs: delayMs }),
    limits: {
      routeMs: action?.timeoutMs ?? 0,
      perTryMs: action?.retry?.perTryTimeoutMs ?? 0,
      connectMs: cluster?.config.connectTimeoutMs ?? 0,
      poolIdleMs: cluster?.config.http.idleTimeoutMs ?? 0,
      streamIdleMs: action?.idleTimeoutMs ?? manager.config.timeouts.streamIdleMs,
    },
    ...(cluster === undefined ? {} : endpointFacts(cluster)),
    ...(cluster === undefined || (record.responseFlags & RESPONSE_FLAG.UO) === 0 ? {} : circuitFacts(cluster)),
  };
}

/** What of a cluster is bounded, and how far it is used. Spec: Istio `ConnectionPoolSettings`. */
export function circuitFacts({ stats, config: { thresholds } }: ClusterRuntime): Pick<FailureFacts, 'circuit'> {
  const bounds = [
    { field: 'tcp.maxConnections', limit: thresholds.maxConnections, used: stats.upstream_cx_active },
    { field: 'http.http1MaxPendingRequests', limit: thresholds.maxPendingRequests, used: stats.upstream_rq_pending_active },
    { field: 'http.http2MaxRequests', limit: thresholds.maxRequests, used: stats.upstream_rq_active },
  ];
  return { circuit: bounds.filter(({ limit }) => limit !== Infinity) };
}

/** How a cluster's endpoints are now, and by which names they are looked up. */
export function endpointFacts({ hosts, config }: ClusterRuntime): Pick<FailureFacts, 'endpoints' | 'lookedUp'> {
  let usable = 0;
  let ejected = 0;
  for (const host of hosts.values()) {
    if (host.usable) usable++;
    if (host.ejected) ejected++;
  }
  const endpoints = { total: hosts.size, usable, ejected };
  return config.dns === undefined ? { endpoints } : { endpoints, lookedUp: config.dns.names };
}

/** Why an attempt was given up, for those that follow: `10.44.1.7:9080 closed the connection`. */
export function describeTry(host: string, reason: ResetReason | number, message: string): string {
  if (typeof reason === 'number') return `${host} answered ${reason}`;
  const detail = message === '' ? '' : ` (${message})`;
  switch (reason) {
    case 'connection_failure':
      return `no connection to ${host}${detail}`;
    case 'connection_timeout':
      return `${host} did not take the connection in time`;
    case 'connection_termination':
      return `${host} closed the connection`;
    case 'protocol_error':
      return `${host} answered with invalid HTTP`;
    case 'remote_reset':
      return `${host} reset the stream`;
    case 'remote_connect_error':
      return `${host} lost the connection of the CONNECT`;
    case 'remote_refused_stream_reset':
      return `${host} refused the stream`;
    case 'per_try_timeout':
      return `${host} did not answer within the per-try timeout`;
    case 'per_try_idle_timeout':
      return `${host} was silent for longer than a try may be`;
    case 'upstream_overflow':
      return 'the circuit breaker was open';
  }
}

function faultDelayMs({ route, manager }: HttpStream): number | undefined {
  const own = route?.perFilter.fault;
  if (own !== undefined) return own.delay?.delayMs;
  for (const filter of manager.config.httpFilters) if (filter.kind === 'fault') return filter.policy?.delay?.delayMs;
  return undefined;
}
