import {
  type AnyResource,
  type DestinationRule,
  type Gateway,
  type HTTPMatchRequest,
  isKind,
  type L4MatchAttributes,
  type ServiceEntry,
  type Service,
  type TLSMatchAttributes,
  type VirtualService,
} from '@lateen/config';
import { hostCovers, type MeshSnapshot, namesSubnets, resolveHost } from '@lateen/mesh';
import { type Reached, type RuleTally, type Tally } from '../rules';
import { stepOf } from '../steps';
import { partsOf } from '../target';

const RECENT_MS = 5 * 60_000;

/** How often a part of a resource was reached. */
export interface PartReach {
  /** `http[1]`, `http[1].match[0]`, `tcp[0]`, `subsets[0]`, `servers[0]`. */
  readonly path: string;
  /** Since it was applied, as far as anybody watched. */
  readonly requests: number;
  readonly requests5m: number;
  /** Requests that could have reached it. */
  readonly candidates: number;
  /** What is counted; default `request`. */
  readonly unit?: Unit;
}

/** What reaches a part. */
export type Unit = 'request' | 'connection';

/** How often a resource and its parts were reached; `undefined` for a kind that requests cannot reach. */
export interface ResourceReach {
  readonly whole: Omit<PartReach, 'path'>;
  readonly parts: readonly PartReach[];
  /** Parts that traffic cannot reach because they are not in effect, or whose traffic is not counted, and why. */
  readonly uncounted: readonly { readonly path: string; readonly reason: string }[];
}

/** What reach is told from. */
export interface ReachInputs {
  readonly reached: Reached;
  readonly snapshot: MeshSnapshot;
  readonly nowMs: number;
  /** Milliseconds since the epoch: what was counted before says nothing. Default: everything counts. */
  readonly sinceMs?: number;
}

/** How far traffic reached one resource; undefined where traffic reaches nothing of its kind. */
export function reachOf(resource: AnyResource, inputs: ReachInputs): ResourceReach | undefined {
  if (isKind(resource, 'VirtualService')) return reachOfVirtualService(resource, inputs);
  if (isKind(resource, 'DestinationRule')) return reachOfDestinationRule(resource, inputs);
  if (isKind(resource, 'Gateway') && resource.apiVersion.startsWith('networking.istio.io/')) return reachOfGateway(resource, inputs);
  if (isKind(resource, 'Service') || isKind(resource, 'ServiceEntry')) return reachOfService(resource, inputs);
  return undefined;
}

function reachOfVirtualService(resource: VirtualService, inputs: ReachInputs): ResourceReach {
  const { metadata, spec } = resource;
  const own = [...inputs.reached.rules()].filter(
    ({ rule }) => rule.kind === 'VirtualService' && rule.namespace === metadata.namespace && rule.name === metadata.name,
  );
  const requests = candidatesFor(resource, own, inputs);
  const connections = (spec.tcp ?? spec.tls) === undefined ? 0 : connectionsFor(resource, own, inputs);
  const parts: PartReach[] = [];
  const uncounted: { readonly path: string; readonly reason: string }[] = [];
  for (const list of RULE_LISTS) {
    const counts: Pick<PartReach, 'candidates' | 'unit'> =
      list === 'http' ? { candidates: requests } : { candidates: connections, unit: 'connection' };
    for (const [i, rule] of (spec[list] ?? []).entries()) {
      const path = `${list}[${i}]`;
      const reason = ineffective(resource, list, rule.match);
      if (reason !== undefined) {
        uncounted.push({ path, reason });
        continue;
      }
      const ofRule = own.filter((tally) => tally.rule.rule === path);
      parts.push({ path, ...sumOf(ofRule, inputs, 'own'), ...counts });
      const matches: readonly AnyMatch[] = rule.match ?? [];
      if (matches.length < 2) continue;
      for (const [j, match] of matches.entries()) {
        if (list !== 'http' && namesSubnets(match)) uncounted.push({ path: `${path}.match[${j}]`, reason: BY_ADDRESS });
        else {
          const ofMatch = ofRule.filter((tally) => tally.rule.match === `match[${j}]`);
          parts.push({ path: `${path}.match[${j}]`, ...sumOf(ofMatch, inputs, 'own'), ...counts });
        }
      }
    }
  }
  const unit = parts.every((part) => part.unit === 'connection') && parts.length > 0 ? { unit: 'connection' as const } : {};
  return { whole: { ...sumOf(own, inputs, 'own'), candidates: requests + connections, ...unit }, parts, uncounted };
}

const RULE_LISTS = ['http', 'tls', 'tcp'] as const;
const BY_ADDRESS = 'not in effect: matching by address is not built, so it holds for nothing';

type AnyMatch = HTTPMatchRequest | TLSMatchAttributes | L4MatchAttributes;

/** Why nothing can reach a rule whatever comes; undefined: something may. */
function ineffective(resource: VirtualService, list: (typeof RULE_LISTS)[number], matches: readonly AnyMatch[] = []): string | undefined {
  if (list === 'http') return undefined;
  const atGateways = (resource.spec.gateways ?? []).some((gateway) => gateway !== 'mesh');
  if (list === 'tls' && !atGateways) return 'not in effect: TLS is routed by server name at gateways only';
  return matches.length > 0 && matches.every(namesSubnets) ? BY_ADDRESS : undefined;
}

/** Requests in the virtual hosts where a VirtualService has rules, and those for its hosts that had no route at all. */
function candidatesFor(resource: VirtualService, own: readonly RuleTally[], inputs: ReachInputs): number {
  const hosts = hostsOf(resource, inputs);
  const ownTallies = new Set(own);
  const places = new Set(own.filter(isOfRequests).map(placeOf));
  const couldMeet = ({ asked, ...tally }: RuleTally): boolean =>
    asked === ''
      ? places.has(placeOf(tally)) || hosts.some((host) => host !== '*' && host === hostOfVirtualHost(tally.virtualHost))
      : hosts.some((wanted) => hostCovers(wanted, asked) || hostCovers(wanted, resolved(resource, asked, inputs)));
  let candidates = 0;
  for (const tally of inputs.reached.rules())
    if (isOfRequests(tally) && couldMeet(tally)) candidates += counted(tally, inputs, ownTallies.has(tally) ? 'own' : 'all');
  return Math.round(candidates);
}

/** Connections where a VirtualService has rules for them, to its services, and by its names that nothing took. */
function connectionsFor(resource: VirtualService, own: readonly RuleTally[], inputs: ReachInputs): number {
  const hosts = hostsOf(resource, inputs).filter((host) => host !== '*');
  const ownTallies = new Set(own);
  const places = new Set(own.filter((tally) => !isOfRequests(tally)).map(placeOf));
  let candidates = 0;
  for (const tally of inputs.reached.rules()) {
    if (isOfRequests(tally)) continue;
    const dialled = tally.asked || hostOfVirtualHost(tally.virtualHost);
    if (places.has(placeOf(tally)) || (dialled !== '' && hosts.some((host) => hostCovers(host, dialled))))
      candidates += counted(tally, inputs, ownTallies.has(tally) ? 'own' : 'all');
  }
  return Math.round(candidates);
}

function hostsOf(resource: VirtualService, inputs: ReachInputs): readonly string[] {
  return (resource.spec.hosts ?? []).map((host) => resolved(resource, host, inputs));
}

function resolved({ metadata }: VirtualService, host: string, { snapshot }: ReachInputs): string {
  return resolveHost(host, metadata.namespace, snapshot.domain);
}

function isOfRequests({ listener }: RuleTally): boolean {
  return listener === '';
}

function placeOf({ routeConfig, virtualHost, listener }: Pick<RuleTally, 'routeConfig' | 'virtualHost' | 'listener'>): string {
  return [listener, routeConfig, virtualHost].join('\n');
}

/** `reviews.default.svc.cluster.local` of `reviews.default.svc.cluster.local:9080`. */
function hostOfVirtualHost(name: string): string {
  return name.replace(/:\d+$/, '');
}

function reachOfDestinationRule({ metadata, spec }: DestinationRule, inputs: ReachInputs): ResourceReach {
  const { reached, snapshot } = inputs;
  const wanted = resolveHost(spec.host ?? '', metadata.namespace, snapshot.domain);
  const clusters = [...reached.clusters()].filter(([name]) => hostCovers(wanted, partsOf(name).host));
  const whole = sumOf(
    clusters.map(([, tally]) => tally),
    inputs,
  );
  const candidates = Math.round(clusters.reduce((sum, [, tally]) => sum + counted(tally, inputs), 0));
  const parts = (spec.subsets ?? []).map((subset, i): PartReach => ({
    path: `subsets[${i}]`,
    ...sumOf(
      clusters.filter(([name]) => partsOf(name).subset === subset.name).map(([, tally]) => tally),
      inputs,
    ),
    candidates,
  }));
  return { whole: { ...whole, candidates }, parts, uncounted: [] };
}

function reachOfGateway(resource: Gateway, inputs: ReachInputs): ResourceReach {
  const { snapshot, reached } = inputs;
  const id = `${resource.metadata.namespace}/${resource.metadata.name}`;
  const routeNames = new Map<number, Set<string>>();
  for (const { namespace, labels, kind } of snapshot.workloads) {
    if (kind !== 'router') continue;
    for (const { servers } of snapshot.gatewayPortsFor({ namespace, labels })) {
      for (const { gateway, server, routeName } of servers) {
        if (gateway !== id || routeName === undefined) continue;
        const index = (resource.spec.servers ?? []).findIndex((own) => own === server || JSON.stringify(own) === JSON.stringify(server));
        const names = routeNames.get(index) ?? new Set<string>();
        routeNames.set(index, names.add(routeName));
      }
    }
  }
  const rules = [...reached.rules()];
  const parts: PartReach[] = [];
  const uncounted: { readonly path: string; readonly reason: string }[] = [];
  const served = new Set<RuleTally>();
  for (const [i, server] of (resource.spec.servers ?? []).entries()) {
    const path = `servers[${i}]`;
    const names = routeNames.get(i);
    if (names === undefined) {
      uncounted.push({ path, reason: 'no running gateway serves it in HTTP' });
      continue;
    }
    const hosts = (server.hosts ?? []).map((host) => host.slice(host.indexOf('/') + 1));
    const atPort = rules.filter(({ routeConfig }) => names.has(routeConfig));
    const here = atPort.filter(({ virtualHost }) => {
      const asked = hostOfVirtualHost(virtualHost);
      return asked !== '' && hosts.some((host) => hostCovers(host, asked) || asked === '*');
    });
    for (const tally of here) served.add(tally);
    parts.push({ path, ...sumOf(here, inputs), candidates: Math.round(atPort.reduce((sum, tally) => sum + counted(tally, inputs), 0)) });
  }
  const whole = sumOf([...served], inputs);
  return { whole: { ...whole, candidates: parts.reduce((most, { candidates }) => Math.max(most, candidates), 0) }, parts, uncounted };
}

/** Undefined for a gateway's own Service that nothing in the mesh calls: what comes to it from outside is told by its Gateways. */
function reachOfService(resource: Service | ServiceEntry, inputs: ReachInputs): ResourceReach | undefined {
  const { reached, snapshot } = inputs;
  const { metadata } = resource;
  const hosts = isKind(resource, 'ServiceEntry')
    ? (resource.spec.hosts ?? [])
    : [resolveHost(metadata.name, metadata.namespace, snapshot.domain)];
  const tallies = [...reached.clusters()].filter(([name]) => hosts.some((host) => hostCovers(host, partsOf(name).host))).map(([, t]) => t);
  const whole = sumOf(tallies, inputs);
  if (whole.requests === 0 && isKind(resource, 'Service') && isOfGateways(resource, inputs)) return undefined;
  return { whole: { ...whole, candidates: whole.requests }, parts: [], uncounted: [] };
}

function isOfGateways({ metadata: { namespace }, spec }: Service, { snapshot }: ReachInputs): boolean {
  const selector = Object.entries(spec.selector ?? {});
  const selected = snapshot.workloads.filter(
    (instance) => instance.namespace === namespace && selector.every(([name, value]) => instance.labels[name] === value),
  );
  return selector.length > 0 && selected.length > 0 && selected.every(({ kind }) => kind === 'router');
}

/** Whose count is asked for: a resource's own rules begin anew when it says something else, what others send does not. */
type CountOf = 'own' | 'all';

function sumOf(
  tallies: readonly Tally[],
  inputs: ReachInputs,
  of: CountOf = 'all',
): { readonly requests: number; readonly requests5m: number } {
  const { sinceMs = 0, nowMs } = inputs;
  const recently = { nowMs, sinceMs: Math.max(nowMs - RECENT_MS, sinceMs) };
  let requests = 0;
  let recent = 0;
  for (const tally of tallies) {
    requests += reachedSince(tally, inputs, of);
    recent += reachedSince(tally, recently, of);
  }
  return { requests: wholeOf(requests), requests5m: wholeOf(recent) };
}

/** What is a share of one came: it counts as one. */
function wholeOf(count: number): number {
  return count > 1e-6 ? Math.max(1, Math.round(count)) : 0;
}

/**
 * What a tally may have counted since it matters: a step or a report that began before is taken as a whole, since nobody
 * knows which half of it something fell into. Beyond what is kept in steps a little less, never none where something came.
 */
function reachedSince(tally: Tally, { sinceMs = 0, nowMs }: Pick<ReachInputs, 'sinceMs' | 'nowMs'>, of: CountOf): number {
  const { count, beganMs } = countOf(tally, of);
  if (beganMs >= sinceMs) return count;
  const sum = new Float64Array(1);
  tally.steps.sumInto(stepOf(sinceMs), stepOf(nowMs), sum);
  return Math.max(sum[0]!, tally.lastMs > sinceMs ? 1 : 0);
}

/** What a tally has surely counted since it matters: what could have reached something is not to be there by half a step only. */
function counted(tally: Tally, inputs: ReachInputs, of: CountOf = 'all'): number {
  const { sinceMs = 0, nowMs } = inputs;
  const { count, beganMs } = countOf(tally, of);
  if (beganMs >= sinceMs) return count;
  const sum = new Float64Array(1);
  tally.steps.sumInto(stepOf(sinceMs) + 1, stepOf(nowMs), sum);
  return sum[0]!;
}

function countOf({ own, ownSinceMs, total, beganMs }: Tally, of: CountOf): { readonly count: number; readonly beganMs: number } {
  return of === 'own' ? { count: own, beganMs: ownSinceMs } : { count: total, beganMs };
}
