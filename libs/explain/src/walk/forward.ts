import { type HttpConnectionManager, type Snapshot } from '@lateen/proxy-config';
import { type ForwardAction, type HeaderMutations, type RequestView, type Route } from '@lateen/routing';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { endpointsOf, type LiveEndpoints } from './endpoints';
import { type Fact, type HopOutcome, type HopWalk, type Onward, type WalkedEndpoint } from './facts';
import { type Branch, shareOf } from './filters';
import { type WalkConnection, type WalkRequest } from './request';
import { type JudgeSecret, secretMissingFor } from './secrets';

/** What sending on depends on. */
export interface ForwardInputs {
  readonly snapshot: Snapshot;
  readonly connection: WalkConnection;
  readonly request: WalkRequest;
  readonly live?: LiveEndpoints;
  readonly missingSecret?: JudgeSecret;
  readonly direction: 'outbound' | 'inbound';
  readonly manager: HttpConnectionManager;
  readonly facts: Fact[];
  readonly view: RequestView;
  readonly route: Route;
  readonly action: ForwardAction;
  readonly branches: readonly Branch[];
  /** Upgrades are not mirrored. */
  readonly isUpgrade: boolean;
}

/** Sends on: changes, copies, clusters by weight, their endpoints, and how long and how often it is tried. */
export function forward(inputs: ForwardInputs): Pick<HopWalk, 'outcomes' | 'onward'> {
  const { route, action, branches, facts, snapshot } = inputs;
  if (action.unsupported !== undefined) {
    return {
      outcomes: branches.map((b) => ({ ...ended(b, route), kind: 'direct-response', status: 503, flags: b.flags | RESPONSE_FLAG.LR })),
      onward: [],
    };
  }
  const shares = byCluster(branches);
  const [main] = shares;
  if (main === undefined) return { outcomes: [], onward: [] };
  const changed = changes(inputs, main);
  for (const mirror of inputs.isUpgrade ? [] : action.mirrors)
    facts.push({ stage: 'mirror', route, mirror, probability: mirror.fraction === undefined ? 1 : shareOf(mirror.fraction) });
  const onward: Onward[] = [];
  const reasons = new Map<string | undefined, { readonly status?: number; readonly flag: number }>();
  for (const share of shares) {
    const cluster = share.cluster === undefined ? undefined : snapshot.clusters.get(share.cluster);
    facts.push({ stage: 'cluster', name: share.cluster ?? '', cluster, route, probability: share.probability, ...weightedOf(share) });
    if (cluster === undefined) {
      reasons.set(share.cluster, { status: action.clusterNotFoundStatus, flag: RESPONSE_FLAG.NC });
      continue;
    }
    const { endpoints, picked } = endpointsOf(snapshot, cluster, inputs.connection, inputs.live);
    facts.push({ stage: 'endpoints', cluster, endpoints, destination: inputs.connection.destination });
    const secret = picked?.socket.kind === 'tls' ? secretMissingFor(picked.socket.tls, inputs.missingSecret) : undefined;
    if (inputs.direction === 'outbound') facts.push({ stage: 'mtls', cluster, endpoints, secret });
    if (picked === undefined) reasons.set(share.cluster, { status: 503, flag: RESPONSE_FLAG.UH });
    else if (secret !== undefined) reasons.set(share.cluster, { status: 503, flag: RESPONSE_FLAG.UF });
    else
      onward.push({ cluster, endpoint: picked, ...changed, applicationProtocols: alpnFor(inputs, cluster.metadata.alpnOverride, picked) });
  }
  facts.push({ stage: 'timeout', route, action }, { stage: 'retry', route, action });
  const outcomes = branches.map((branch): HopOutcome => {
    const failure = reasons.get(branch.cluster);
    const status = failure?.status === undefined ? {} : { status: failure.status };
    return { ...ended(branch, route), kind: 'forward', ...status, flags: branch.flags | (failure?.flag ?? 0) };
  });
  return { outcomes, onward };
}

function ended({ probability, cluster }: Branch, route: Route): Pick<HopOutcome, 'probability' | 'route' | 'cluster'> {
  return { probability, route, ...(cluster === undefined ? {} : { cluster }) };
}

const weightedOf = ({ weighted }: Branch) => (weighted === undefined ? {} : { weighted });

/** One branch for each cluster, likeliest first; the first named wins among equals. */
function byCluster(branches: readonly Branch[]): readonly Branch[] {
  const shares = new Map<string | undefined, Branch>();
  for (const branch of branches) {
    const known = shares.get(branch.cluster);
    shares.set(branch.cluster, { ...branch, probability: branch.probability + (known?.probability ?? 0) });
  }
  const total = [...shares.values()].reduce((sum, { probability }) => sum + probability, 0);
  return [...shares.values()]
    .map((share) => ({ ...share, probability: share.probability / total }))
    .sort((a, b) => b.probability - a.probability);
}

/** What is changed about the request for the likeliest cluster, and about its response. */
function changes({ route, action, facts, request, view }: ForwardInputs, { weighted }: Branch): Pick<Onward, 'path' | 'authority'> {
  const headers: HeaderMutations = weighted?.headers ?? route.headers;
  if (headers.request.length > 0) facts.push({ stage: 'headers', route, side: 'request', mutations: headers.request });
  const path = action.rewritePath === undefined ? request.path : action.rewritePath(request.path);
  if (path !== request.path) facts.push({ stage: 'rewrite', route, what: 'path', from: request.path, to: path });
  const { hostRewrite } = action;
  const ofRoute =
    hostRewrite?.kind === 'literal' ? hostRewrite.value : hostRewrite?.kind === 'header' ? view.header(hostRewrite.name) : undefined;
  const authority = nonEmpty(ofRoute) ?? nonEmpty(weighted?.hostRewrite) ?? request.authority;
  if (authority !== request.authority) facts.push({ stage: 'rewrite', route, what: 'host', from: request.authority, to: authority });
  if (headers.response.length > 0) facts.push({ stage: 'headers', route, side: 'response', mutations: headers.response });
  return { path, authority };
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/** The protocols offered to an endpoint: Istio's own names for HTTP where the filter is there and the cluster allows it. */
function alpnFor({ manager }: ForwardInputs, override: boolean, { socket }: WalkedEndpoint): readonly string[] {
  if (socket.kind !== 'tls') return [];
  const filter = manager.httpFilters.find((candidate) => candidate.kind === 'istio_alpn');
  return filter?.kind === 'istio_alpn' && override && filter.http11.length > 0 ? filter.http11 : socket.tls.alpnProtocols;
}
