import { didYouMean } from '@lateen/base';
import { resolveHost } from '@lateen/mesh';
import { type EndpointView, type Step } from '../model';
import { type Fact, type WalkedEndpoint } from '../walk/facts';
import { listOf, ruleIndex } from './changes';
import { servicePlace } from './connection';
import { secretText } from './secrets';
import { type HopContext, meshConfigPlace, percentText, type Place, placeIn, step, titleOf } from './context';
import { type ClusterName, mergedRule, parseClusterName, settingOf, writtenSubset } from './destination';
import { type FromRule, ruleOf } from './rules';

type FactOf<S extends Fact['stage']> = Extract<Fact, { stage: S }>;

/** One of the clusters that requests may go to, and the subset that it is. */
export function clusterSteps(context: HopContext, fact: FactOf<'cluster'>): readonly Step[] {
  const { name, cluster, route, chain, probability } = fact;
  const parts = parseClusterName(name);
  const place = destinationPlace(context, route ?? chain, parts);
  const [who, goes] =
    probability >= 1 ? ['It', 'goes'] : [`${percentText(probability)} of ${chain === undefined ? 'requests' : 'connections'}`, 'go'];
  const target = targetText(context, name, parts);
  if (cluster === undefined)
    return [
      step(context, {
        stage: 'cluster',
        verdict: 'not-matched',
        name,
        reason: `${who} should go to ${target}: ${missingText(context, name, parts)}`,
        ...(probability < 1 ? { probability } : {}),
        ...place,
      }),
    ];
  const chosen = step(context, {
    stage: 'cluster',
    verdict: 'chosen',
    name,
    reason: `${who} ${goes} to ${target}.`,
    ...(probability < 1 ? { probability } : {}),
    ...place,
  });
  const subset = parts === undefined || parts.subset === '' ? undefined : subsetOf(context, parts);
  if (subset === undefined) return [chosen];
  const labels = Object.entries(subset.labels).map(([key, value]) => `${key}=${value}`);
  const reason = `Subset ${parts?.subset} is the endpoints labelled ${labels.join(', ')}.`;
  return [
    chosen,
    step(context, {
      stage: 'cluster',
      verdict: 'matched',
      name: `subset ${parts?.subset}`,
      reason,
      source: 'DestinationRule',
      ...subset.place,
    }),
  ];
}

function targetText({ side, proxy }: HopContext, name: string, parts: ClusterName | undefined): string {
  if (parts !== undefined) return `${parts.subset === '' ? '' : `subset ${parts.subset} of `}${parts.host}:${parts.port}`;
  if (name === 'PassthroughCluster' || name === 'InboundPassthroughCluster') return 'where the client was going';
  if (name === 'BlackHoleCluster') return 'nowhere';
  return side === 'inbound' ? `the app of ${proxy.name}` : name;
}

/** Where a destination of a rule is written; without a rule, the service. */
function destinationPlace(
  context: HopContext,
  from: FromRule | undefined,
  parts: ClusterName | undefined,
): Place & { readonly source?: string } {
  const rule = ruleOf(context, from);
  if (rule === undefined || parts === undefined) {
    const service = parts === undefined ? undefined : context.mesh.serviceFor(context.proxy.namespace, parts.host);
    return service === undefined ? {} : { source: 'default', ...servicePlace(context, service) };
  }
  const { namespace } = rule.resource.metadata;
  const written = rule.resource.spec[listOf(rule.path)]?.[ruleIndex(rule.path)]?.route ?? [];
  const index = written.findIndex(
    ({ destination }) =>
      resolveHost(destination.host, namespace, context.mesh.domain) === parts.host && (destination.subset ?? '') === parts.subset,
  );
  return { source: 'VirtualService', ...placeIn(rule.resource, index < 0 ? rule.path : `${rule.path}.route[${index}]`) };
}

/** Why a proxy has no such cluster. */
function missingText({ mesh, proxy }: HopContext, name: string, parts: ClusterName | undefined): string {
  if (parts === undefined) return `there is no cluster ${JSON.stringify(name)}.`;
  const service = mesh.serviceFor(proxy.namespace, parts.host);
  if (service === undefined) {
    const near = didYouMean(
      parts.host,
      mesh.servicesVisibleTo(proxy.namespace).map(({ hostname }) => hostname),
    );
    return `there is no service ${parts.host}${near === undefined ? '' : `; did you mean ${near}?`}.`.replace('?.', '?');
  }
  if (!service.ports.some(({ port }) => port === parts.port))
    return `${parts.host} has no port ${parts.port}; it has ${service.ports.map(({ port }) => port).join(', ')}.`;
  const rule = mesh.destinationRuleFor({ namespace: proxy.namespace, labels: proxy.labels }, parts.host);
  const names = (rule?.subsets ?? []).map((subset) => subset.name);
  if (names.length === 0) return `no DestinationRule for ${parts.host} defines subsets.`;
  return `no DestinationRule for ${parts.host} defines subset ${JSON.stringify(parts.subset)}; there are ${names.join(', ')}.`;
}

/** A subset as its DestinationRule has it. */
function subsetOf(
  context: HopContext,
  { host, subset }: ClusterName,
): { readonly labels: Readonly<Record<string, string>>; readonly place: Place } | undefined {
  const merged = mergedRule(context, host);
  const found = merged?.subsets.find(({ name }) => name === subset);
  if (merged === undefined || found === undefined) return undefined;
  const written = writtenSubset(context, merged, subset);
  const place = written === undefined ? {} : placeIn(written.resource, `spec.subsets[${written.index}]`);
  return { labels: found.labels ?? {}, place };
}

/** Where requests to a cluster can go now. */
export function endpointSteps(context: HopContext, { cluster, endpoints, destination }: FactOf<'endpoints'>): readonly Step[] {
  const base = { stage: 'endpoint', name: cluster.name } as const;
  if (cluster.name === 'BlackHoleCluster')
    return [step(context, { ...base, verdict: 'not-matched', reason: 'It has no endpoints by design: the connection is closed.' })];
  if (cluster.type === 'original_dst' && endpoints.length === 0)
    return [
      step(context, {
        ...base,
        verdict: 'not-matched',
        reason: 'The connection does not say where it was going, since it was not redirected: there is nowhere to go on to.',
      }),
    ];
  if (cluster.type === 'original_dst')
    return [
      step(context, {
        ...base,
        verdict: 'chosen',
        reason: `It goes on to ${destination.address}:${destination.port}, where it was going.`,
      }),
    ];
  const views = endpoints.map((one) => viewOf(context, one));
  const usable = views.filter((view) => view.usable);
  if (endpoints.length === 0)
    return [step(context, { ...base, verdict: 'not-matched', reason: noEndpointsText(context, cluster.name), endpoints: views })];
  const count = usable.length === views.length ? count1(views.length) : `${usable.length} of ${count1(views.length)}`;
  const unresolved = views.some((view) => view.unresolved === true);
  const none = unresolved ? 'DNS gives the proxy no address for its endpoints' : 'None of its endpoints takes requests';
  const takes = usable.length === 0 ? `${none}: 503 with flag UH.` : `${count} can take the request.`;
  return [
    step(context, {
      ...base,
      verdict: usable.length === 0 ? 'not-matched' : 'chosen',
      reason: takes,
      endpoints: views,
    }),
  ];
}

const count1 = (n: number): string => (n === 1 ? '1 endpoint' : `${n} endpoints`);

function noEndpointsText(context: HopContext, name: string): string {
  const parts = parseClusterName(name);
  const subset = parts === undefined || parts.subset === '' ? undefined : subsetOf(context, parts);
  const labels = Object.entries(subset?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const of = parts === undefined ? name : parts.host;
  const which = labels.length === 0 ? `No workload runs behind ${of}` : `No workload of ${of} has the labels ${labels.join(', ')}`;
  return `${which}: 503 with flag UH.`;
}

function viewOf(
  { mesh, side }: HopContext,
  { endpoint, locality, priority, ejected, unresolved, usable, socket }: WalkedEndpoint,
): EndpointView {
  const { region, zone, subZone } = locality;
  const place = [region, zone, subZone].filter((part) => part !== '').join('/');
  const [workload, namespace] = endpoint.workload?.split(';') ?? [];
  const instances = mesh.workloads.filter((w) => w.workload === workload && w.namespace === namespace);
  const instance =
    instances.find(
      ({ address, ports }) => address === endpoint.address && ports.some((p) => (p.endpointPort ?? p.containerPort) === endpoint.port),
    ) ?? instances[0];
  return {
    address: endpoint.key,
    ...(instance === undefined ? {} : { workload: `${instance.name}.${instance.namespace}` }),
    ...(place === '' ? {} : { locality: place }),
    priority,
    weight: endpoint.weight,
    health: endpoint.health,
    ...(ejected === undefined || side === 'inbound' ? {} : { ejected }),
    ...(unresolved ? { unresolved } : {}),
    usable,
    tls: socket.kind === 'tls',
  };
}

/** How connections to a cluster are secured, and who says so. */
export function mtlsSteps(context: HopContext, { cluster, endpoints, secret }: FactOf<'mtls'>): readonly Step[] {
  const parts = parseClusterName(cluster.name);
  if (parts === undefined || endpoints.length === 0) return [];
  const secured = endpoints.filter(({ socket }) => socket.kind === 'tls');
  const own = settingOf(context, parts, 'tls');
  if (secret !== undefined) {
    const reason = `TLS cannot be made: ${secretText(secret)}: 503 with flag UF.`;
    const place = own === undefined ? {} : { source: 'DestinationRule', ...placeIn(own.resource, own.path) };
    return [step(context, { stage: 'mtls', verdict: 'not-matched', reason, ...place })];
  }
  if (own !== undefined) {
    const verdict = secured.length > 0 ? 'applied' : 'skipped';
    const kind = {
      DISABLE: 'plaintext',
      SIMPLE: 'TLS without a client certificate',
      MUTUAL: 'mutual TLS with its own certificate',
      ISTIO_MUTUAL: "mutual TLS with the mesh's certificates",
    };
    const mode = own.value.mode ?? 'DISABLE';
    const reason = `${titleOf(own.resource)} says ${mode}: ${kind[mode]}.`;
    return [step(context, { stage: 'mtls', verdict, reason, source: 'DestinationRule', ...placeIn(own.resource, own.path) })];
  }
  const service = context.mesh.serviceFor(context.proxy.namespace, parts.host);
  const rule = peerRule(context, endpoints[0], parts);
  const by =
    rule?.written === undefined
      ? { source: 'default' }
      : { source: 'PeerAuthentication', ...placeIn(rule.written.resource, rule.written.path) };
  const says = rule?.written === undefined ? 'the default mode is PERMISSIVE' : `${titleOf(rule.written.resource)} says ${rule.mode}`;
  if (secured.length === endpoints.length)
    return [
      step(context, {
        stage: 'mtls',
        verdict: 'applied',
        reason: `Mutual TLS, automatically: the destination has a sidecar, and ${says}.`,
        ...by,
      }),
    ];
  if (secured.length > 0)
    return [
      step(context, {
        stage: 'mtls',
        verdict: 'applied',
        reason: `Mutual TLS for ${secured.length} of ${endpoints.length} endpoints: the others have no sidecar that takes it.`,
        ...by,
      }),
    ];
  const { enableAutoMtls } = context.mesh.meshConfig;
  if (enableAutoMtls === false)
    return [
      step(context, {
        stage: 'mtls',
        verdict: 'skipped',
        reason: 'Plaintext: automatic mutual TLS is off in the mesh.',
        ...meshConfigPlace(context, 'enableAutoMtls'),
      }),
    ];
  if (service?.meshExternal === true)
    return [
      step(context, {
        stage: 'mtls',
        verdict: 'skipped',
        reason: 'Plaintext: the destination is outside the mesh.',
        ...servicePlace(context, service),
      }),
    ];
  if (rule?.mode === 'DISABLE') return [step(context, { stage: 'mtls', verdict: 'skipped', reason: `Plaintext: ${says}.`, ...by })];
  return [step(context, { stage: 'mtls', verdict: 'skipped', reason: 'Plaintext: the destination has no sidecar.', source: 'default' })];
}

/** What the destination's PeerAuthentication says. */
function peerRule({ mesh }: HopContext, endpoint: WalkedEndpoint | undefined, { host, port }: ClusterName) {
  const [workload, namespace] = endpoint?.endpoint.workload?.split(';') ?? [];
  const instance = mesh.workloads.find((w) => w.workload === workload && w.namespace === namespace);
  if (instance === undefined) return undefined;
  const served = mesh.inboundPorts(instance).find((p) => p.service.hostname === host && p.port.port === port);
  return mesh.mtlsRule({ namespace: instance.namespace, labels: instance.labels }, served?.targetPort);
}
