import { type MeshSnapshot } from '@lateen/mesh';
import { type WorkloadInstance } from '@lateen/registry';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { annotate } from './annotate/annotate';
import { type HopContext, proxyName } from './annotate/context';
import { outcomeOf } from './annotate/outcomes';
import { type ExplainWorld } from './explain';
import { type Explanation, type Step } from './model';
import { type LiveEndpoints } from './walk/endpoints';
import { type HopOutcome, type HopWalk, type Onward } from './walk/facts';
import { type WalkConnection, type WalkRequest } from './walk/request';
import { walkHop } from './walk/walk-hop';
import { missingFile, missingSecret } from './world/missing-secret';
import { isRedirected, proxyWorld, type ProxyWorld } from './world/proxy-world';

/** More than any mesh chains: a loop of gateways ends here. */
const MOST_HOPS = 6;

/** Where a request meets a proxy. */
export interface HopStart {
  readonly world: ProxyWorld;
  readonly direction: 'outbound' | 'inbound';
  readonly connection: WalkConnection;
  readonly request: WalkRequest;
  readonly hop: number;
  /** What was picked, where that is known. */
  readonly picked?: { readonly cluster: string; readonly endpoint: string };
}

/** The way from one proxy on. */
export interface Followed {
  readonly steps: readonly Step[];
  readonly ends: readonly Explanation['outcome'][];
  readonly walk: HopWalk;
}

/** One proxy, then those that it sends on to; steps of the likeliest way, outcomes of all. */
export function follow(world: ExplainWorld, start: HopStart): Followed {
  const { hop, direction, connection, request } = start;
  const { proxy, snapshot } = start.world;
  const name = proxyName(proxy);
  const { liveEndpoints } = world;
  const live: LiveEndpoints | undefined = liveEndpoints === undefined ? undefined : (cluster) => liveEndpoints(name, cluster);
  const walk = walkHop({
    snapshot,
    direction,
    connection,
    request,
    missingSecret: (secret) => missingSecret(world.mesh, proxy, secret) ?? missingFile(secret, world.heldSecrets?.(name)),
    ...(live === undefined ? {} : { live }),
  });
  const side = proxy.type === 'router' ? 'gateway' : direction;
  const context: HopContext = { mesh: world.mesh, resources: world.resources, hop, proxy, side };
  const steps = [...annotate(context, walk.facts)];
  const next = new Map<string, Followed>();
  if (direction === 'outbound' && hop < MOST_HOPS) {
    const ways = likeliest(walk, start.picked);
    for (const onward of ways) {
      const followed = followOn(world, start, onward);
      if (followed === undefined) continue;
      next.set(onward.cluster.name, followed);
      if (onward === ways[0]) steps.push(...followed.steps);
    }
  }
  const ends = walk.outcomes.flatMap((end) => {
    const further = end.kind === 'forward' && end.status === undefined ? next.get(end.cluster ?? '') : undefined;
    return further === undefined
      ? [outcomeOf(context, { ...end, flags: end.logged ?? end.flags })]
      : further.walk.outcomes.map((last) => joined(context, end, last));
  });
  return { steps, ends, walk };
}

/** The ways on, first the one that was taken where that is known. */
function likeliest({ onward, facts }: HopWalk, picked: HopStart['picked']): readonly Onward[] {
  const taken = onward.find(({ cluster }) => cluster.name === picked?.cluster);
  if (taken === undefined) return onward;
  const endpoints = facts.flatMap((fact) => (fact.stage === 'endpoints' && fact.cluster === taken.cluster ? fact.endpoints : []));
  const endpoint = endpoints.find((one) => one.endpoint.key === picked?.endpoint) ?? taken.endpoint;
  return [{ ...taken, endpoint }, ...onward.filter((one) => one !== taken)];
}

/** What the caller sees of how a request ends at the next proxy. */
function joined(context: HopContext, end: HopOutcome, last: HopOutcome): Explanation['outcome'] {
  const probability = end.probability * last.probability;
  if (last.kind === 'forward' && last.status === undefined) return outcomeOf(context, { ...end, probability });
  // The answer to a handshake is no handshake.
  if ((last.flags & RESPONSE_FLAG.DPE) !== 0)
    return outcomeOf(context, { ...end, probability, status: 503, flags: end.flags | RESPONSE_FLAG.UF });
  if (last.kind === 'closed') return outcomeOf(context, { ...end, probability, status: 503, flags: end.flags | last.flags });
  return outcomeOf(context, { ...last, probability, flags: end.flags, route: end.route, chain: end.chain, cluster: end.cluster });
}

/** Through the proxy of the endpoint that would be picked; undefined when it has none that is known. */
function followOn(world: ExplainWorld, { world: { proxy }, hop, request }: HopStart, onward: Onward): Followed | undefined {
  const { endpoint, socket } = onward.endpoint;
  const instance = instanceAt(world.mesh, onward);
  const destination = instance === undefined || instance.kind === 'none' ? undefined : world.proxyFor(instance);
  if (instance === undefined || destination === undefined) return undefined;
  const tls = socket.kind === 'tls' ? socket.tls : undefined;
  return follow(world, {
    world: (world.worldOf ?? ((one) => proxyWorld(world.mesh, one)))(destination),
    direction: destination.type === 'router' ? 'outbound' : 'inbound',
    connection: {
      destination: { address: endpoint.address, port: endpoint.port },
      sourceAddress: proxy.ip,
      redirected: isRedirected(destination),
      ...(tls === undefined
        ? {}
        : {
            tls: {
              ...(tls.sni === undefined ? {} : { serverName: tls.sni }),
              applicationProtocols: onward.applicationProtocols,
              certificate: tls.certificates.length > 0,
            },
          }),
    },
    request: { ...request, path: onward.path, authority: onward.authority },
    hop: hop + 1,
  });
}

/** The workload that an endpoint is of. */
function instanceAt({ workloads }: MeshSnapshot, { endpoint: { endpoint } }: Onward): WorkloadInstance | undefined {
  const [workload, namespace] = endpoint.workload?.split(';') ?? [];
  const copies = workloads.filter((w) => w.workload === workload && w.namespace === namespace && w.address === endpoint.address);
  return copies.find(({ ports }) => ports.some((p) => (p.endpointPort ?? p.containerPort) === endpoint.port)) ?? copies[0];
}
