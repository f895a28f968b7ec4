import { type FilterChain, type HttpConnectionManager, type Listener, type Snapshot } from '@lateen/proxy-config';
import { compileRouteTable, normalizePath, type Route, type RouteTable, walkRouteTable, type WeightedCluster } from '@lateen/routing';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { type LiveEndpoints } from './endpoints';
import { type Fact, type HopOutcome, type HopWalk } from './facts';
import { type Branch, runFilters } from './filters';
import { forward } from './forward';
import { prepared } from './prepare';
import { viewOf, type WalkConnection, type WalkRequest } from './request';
import { type JudgeSecret } from './secrets';

/** What a request meets at a connection manager. */
export interface HttpInputs {
  readonly snapshot: Snapshot;
  readonly connection: WalkConnection;
  readonly request: WalkRequest;
  readonly live?: LiveEndpoints;
  readonly missingSecret?: JudgeSecret;
  readonly direction: 'outbound' | 'inbound';
  readonly listener: Listener;
  readonly chain: FilterChain;
  readonly manager: HttpConnectionManager;
  /** Those so far; grows. */
  readonly facts: Fact[];
}

/** A share of requests that a route takes is taken for explaining; the share itself is said with the route. */
const FIRST = { next: () => 0 };

/** Through a connection manager: path, virtual host, route, filters, and what the route does. */
export function walkHttp(inputs: HttpInputs): HopWalk {
  const { manager, chain, connection, facts } = inputs;
  const end = (outcome: Omit<HopOutcome, 'probability'>): HopWalk => ({ facts, outcomes: [{ ...outcome, probability: 1 }], onward: [] });
  const { path: target, method } = inputs.request;
  const normal = method === 'CONNECT' ? ({ kind: 'path', path: target } as const) : normalizePath(target, manager);
  if (normal.kind !== 'path' || normal.path !== target)
    facts.push({
      stage: 'normalize',
      from: target,
      to: normal.kind === 'refused' ? undefined : normal.path,
      redirected: normal.kind === 'redirect',
    });
  if (normal.kind === 'refused') return end({ kind: 'denied', status: 400, flags: 0 });
  if (normal.kind === 'redirect') return end({ kind: 'redirect', status: 307, location: normal.path, flags: 0 });
  if (normal.path === '*') return end({ kind: 'direct-response', status: 404, flags: 0 });

  const scheme = chain.tls === undefined ? 'http' : 'https';
  const place = { scheme, port: connection.destination.port, sourceAddress: connection.sourceAddress };
  const request = prepared({ ...inputs.request, path: normal.path }, manager, place);
  const presented = chain.tls?.requireClientCertificate === true && connection.tls?.certificate === true;
  const view = viewOf(request, { terminated: chain.tls !== undefined, certificate: presented });
  const table = tableOf(manager, inputs.snapshot);
  const { virtualHost, domain, tried, chosen, tlsRequired } = walkRouteTable(table, view, FIRST);
  facts.push({
    stage: 'virtual-host',
    authority: request.authority,
    virtualHost,
    domain,
    routeConfiguration: table.name,
    ignorePort: table.ignorePortInHostMatching,
  });
  if (tlsRequired && virtualHost !== undefined) facts.push({ stage: 'tls-required', virtualHost });
  facts.push(...tried.map((one) => ({ stage: 'route', ...one, reached: true }) as const));
  if (!tlsRequired)
    for (const [index, route] of virtualHost?.routes.entries() ?? [])
      if (index >= tried.length) facts.push({ stage: 'route', route, index, reached: false });

  const wanted = upgradeOf(request);
  if (wanted !== undefined) {
    if (wanted === 'connect' && chosen?.match.path.kind !== 'connect')
      return end({ kind: 'no-route', status: 404, flags: RESPONSE_FLAG.NR });
    const allowed = (chosen?.action.kind === 'forward' ? chosen.action.upgrades.get(wanted) : undefined) ?? manager.upgrades.has(wanted);
    facts.push({ stage: 'upgrade', upgrade: wanted, allowed });
    if (!allowed) return end({ kind: 'denied', status: 403, flags: 0, route: chosen });
  }
  const { left, ended } = runFilters({ manager, route: chosen, view, facts, branches: branchesOf(chosen, view) });
  const { outcomes, onward } = finish({ ...inputs, request, route: chosen, view, branches: left, isUpgrade: wanted !== undefined });
  return { facts, outcomes: [...ended, ...outcomes], onward };
}

interface FinishInputs extends HttpInputs {
  readonly route: Route | undefined;
  readonly view: ReturnType<typeof viewOf>;
  readonly branches: readonly Branch[];
  readonly isUpgrade: boolean;
}

/** What the route does with what its filters let through. */
function finish(inputs: FinishInputs): Pick<HopWalk, 'outcomes' | 'onward'> {
  const { route, branches, facts, view } = inputs;
  const all = (outcome: Omit<HopOutcome, 'probability' | 'flags'>, flag = 0): Pick<HopWalk, 'outcomes' | 'onward'> => ({
    onward: [],
    outcomes: merged(branches).map(({ probability, flags }) => ({ ...outcome, probability, flags: flags | flag, route })),
  });
  if (route === undefined) return all({ kind: 'no-route', status: 404 }, RESPONSE_FLAG.NR);
  const { action } = route;
  switch (action.kind) {
    case 'redirect': {
      const location = action.location(view.scheme, view.authority, view.path);
      facts.push({ stage: 'answer', route, status: action.status, location });
      return all({ kind: 'redirect', status: action.status, location });
    }
    case 'directResponse':
      facts.push({ stage: 'answer', route, status: action.status });
      return all({ kind: 'direct-response', status: action.status });
    case 'forward':
      return forward({ ...inputs, route, action });
  }
}

/** Branches that differ in their cluster alone are one. */
function merged(branches: readonly Branch[]): readonly Branch[] {
  const byFlags = new Map<number, Branch>();
  for (const branch of branches) {
    const known = byFlags.get(branch.flags);
    byFlags.set(branch.flags, { ...branch, probability: branch.probability + (known?.probability ?? 0) });
  }
  return [...byFlags.values()];
}

/** A branch for each cluster that the route may pick: that is drawn before its filters run. */
function branchesOf(route: Route | undefined, view: ReturnType<typeof viewOf>): readonly Branch[] {
  const whole = { probability: 1, flags: 0 };
  if (route?.action.kind !== 'forward') return [whole];
  const { clusters, totalWeight, clusterHeader } = route.action;
  if (clusters.length === 0) return [{ ...whole, cluster: clusterHeader === undefined ? undefined : view.header(clusterHeader) }];
  if (clusters.length > 1 && totalWeight === 0) return [whole];
  const share = ({ weight }: WeightedCluster): number => (clusters.length === 1 ? 1 : weight / totalWeight);
  return clusters
    .filter((one) => share(one) > 0)
    .map((weighted) => ({ probability: share(weighted), flags: 0, cluster: weighted.name, weighted }));
}

/** What an HTTP/1.1 request would go on as; `connect` of a CONNECT. */
function upgradeOf({ method, headers }: WalkRequest): string | undefined {
  if (method === 'CONNECT') return 'connect';
  const value = (name: string): string | undefined => headers.find(([own]) => own.toLowerCase() === name)?.[1];
  const asked = value('connection')?.toLowerCase().includes('upgrade') === true ? value('upgrade')?.toLowerCase() : undefined;
  return asked === 'h2c' ? undefined : asked;
}

/** A listener is in a snapshot only with its routes; without them nothing matches. */
function tableOf({ routes }: HttpConnectionManager, snapshot: Snapshot): RouteTable {
  if (routes.kind === 'inline') return routes.table;
  return snapshot.routes.get(routes.name) ?? compileRouteTable({ name: routes.name, virtualHosts: [], ignorePortInHostMatching: true });
}
