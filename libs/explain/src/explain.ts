import { type AnyResource, type ResourceRef } from '@lateen/config';
import { type MeshSnapshot } from '@lateen/mesh';
import { type WorkloadInstance } from '@lateen/registry';
import { type Proxy } from '@lateen/translate';
import { proxyName } from './annotate/context';
import { follow } from './follow';
import { type Explanation, type Outcome } from './model';
import { type LiveEndpoints } from './walk/endpoints';
import { type WalkConnection, type WalkRequest } from './walk/request';
import { arrivalAtGateway, arrivalFromWorkload } from './world/arrival';
import { isRedirected, proxyWorld, type ProxyWorld } from './world/proxy-world';
import { checkRequest, type ExplainRequest, parseRequestUrl } from './world/request-url';

/** A mesh to explain in. */
export interface ExplainWorld {
  readonly mesh: MeshSnapshot;
  /** What it was built from: where files and lines are found. */
  readonly resources: readonly AnyResource[];
  /** The proxy beside a workload; undefined when there is none, or it is not connected. */
  readonly proxyFor: (workload: WorkloadInstance) => Proxy | undefined;
  /** What a proxy runs on; by default worked out anew each time. */
  readonly worldOf?: (proxy: Proxy) => ProxyWorld;
  /** What a proxy (`POD.NAMESPACE`) has noticed of a cluster's endpoints; absent when nobody knows. */
  readonly liveEndpoints?: (proxy: string, cluster: string) => ReturnType<LiveEndpoints>;
  /** Names of the secrets that a proxy (`POD.NAMESPACE`) holds; absent when nobody knows. */
  readonly heldSecrets?: (proxy: string) => ReadonlySet<string> | undefined;
  /** How a resource differs from what proxies had of it at a time, in milliseconds since the epoch; undefined: it does not. By default nothing was changed. */
  readonly changedSince?: (resource: ResourceRef, sinceMs: number) => ExplainedChange | undefined;
}

/** A change of a resource after a request. */
export interface ExplainedChange {
  readonly how: 'added' | 'changed' | 'deleted';
  /** When, as people are told: `20:18:55`. */
  readonly moment: string;
}

/** A proxy that cannot be explained, since nobody knows its configuration. */
export class UnknownProxyError extends Error {}

/**
 * Says what would become of a request that a workload sends: through its own proxy, then through the destination's.
 * Pure. Throws a RequestError for what cannot be sent, an UnknownProxyError for a workload whose proxy is not known.
 */
export function explain(world: ExplainWorld, from: WorkloadInstance, asked: ExplainRequest): Explanation {
  checkRequest(asked);
  const url = parseRequestUrl(asked.url);
  const proxy = world.proxyFor(from);
  if (proxy === undefined) throw new UnknownProxyError(`Cannot explain from ${proxyName(from)}: its proxy is not connected`);
  const first = (world.worldOf ?? ((one) => proxyWorld(world.mesh, one)))(proxy);
  const gateway = proxy.type === 'router';
  const arrival = gateway ? arrivalAtGateway(world.mesh, proxy, first.snapshot, url) : arrivalFromWorkload(world.mesh, proxy, url);
  const host = asked.headers.find(([name]) => name.toLowerCase() === 'host')?.[1];
  const request: WalkRequest = {
    method: asked.method,
    path: url.path,
    authority: host ?? url.authority,
    headers: asked.headers.filter(([name]) => name.toLowerCase() !== 'host'),
    isHttp: true,
  };
  const connection: WalkConnection = {
    destination: arrival.destination,
    sourceAddress: gateway ? CLIENT : proxy.ip,
    redirected: isRedirected(proxy),
    // Whoever calls a gateway has the certificate that it asks for, if it asks.
    ...(url.scheme === 'https' ? { tls: { serverName: url.host, applicationProtocols: ['h2', 'http/1.1'], certificate: gateway } } : {}),
  };
  const walked = follow(world, { world: first, direction: 'outbound', connection, request, hop: 1 });
  const outcomes = joinedOutcomes(walked.ends);
  const [outcome] = outcomes;
  if (outcome === undefined) throw new Error('Cannot explain a request that ends nowhere');
  return {
    version: 1,
    request: { from: proxyName(from), method: asked.method, url: asked.url, headers: asked.headers.map(([name, value]) => [name, value]) },
    outcome,
    outcomes: [...outcomes],
    steps: [...walked.steps],
    notes: [...(arrival.note === undefined ? [] : [arrival.note]), ...notesOf(world, first)],
  };
}

/** An address outside the mesh, of whoever calls a gateway. Spec: RFC 5737. */
const CLIENT = '198.51.100.1';

/** Outcomes that are told alike are one; likeliest first. */
function joinedOutcomes(ends: readonly Outcome[]): readonly Outcome[] {
  const byText = new Map<string, Outcome>();
  for (const end of ends) {
    const key = JSON.stringify({ ...end, probability: 0 });
    byText.set(key, { ...end, probability: Math.min(1, end.probability + (byText.get(key)?.probability ?? 0)) });
  }
  return [...byText.values()].sort((a, b) => b.probability - a.probability);
}

/** What holds back an explanation. */
export function notesOf(world: ExplainWorld, first: ProxyWorld): readonly string[] {
  return [
    ...first.refused.map(
      (reason) =>
        `The proxy refuses a part of its configuration: ${reason}. One that runs goes on with what it had before; this tells of one that starts now.`,
    ),
    ...(world.liveEndpoints === undefined ? ['Nothing runs here: endpoints are as declared, and none is ejected.'] : []),
  ];
}
