import { type AnyResource, positionOf, type Resource } from '@lateen/config';
import { hostCovers, type MeshSnapshot, type VirtualServiceView } from '@lateen/mesh';
import { matchesLabels, type Service, type WorkloadInstance } from '@lateen/registry';
import { analyze } from '../analyze';
import { type Configuration } from '../configuration/configuration';
import { destinationsOf } from '../analyzers/route-destinations';
import { fullHost } from '../configuration/hosts';
import {
  type DescribedDestinationRule,
  type DescribedMutualTls,
  type DescribedPod,
  type DescribedProblem,
  type DescribedService,
  type DescribedVirtualService,
  type Description,
  type Place,
} from './model';
import { policyTexts, ruleGateways, ruleText } from './rule-text';

/** What is described, and from what. */
export interface DescribeInputs {
  readonly configuration: Configuration;
  readonly snapshot: MeshSnapshot;
  readonly namespace: string;
  /** Of a Deployment, a Pod or an app, or of a service; a workload goes first. `service/NAME` and `workload/NAME` say which. */
  readonly name: string;
}

/** The description, or what could be described. */
export type Described =
  { readonly found: true; readonly description: Description } | { readonly found: false; readonly names: readonly string[] };

/** Says what applies to a workload or a service. Pure. */
export function describeTarget({ configuration, snapshot, namespace, name: given }: DescribeInputs): Described {
  const [kind, name] = given.includes('/') ? [given.slice(0, given.indexOf('/')), given.slice(given.indexOf('/') + 1)] : ['', given];
  const all = snapshot.workloads.filter((workload) => workload.namespace === namespace);
  const pods = kind === 'service' ? [] : podsOf(all, name);
  const services = [...snapshot.services.values()].filter((service) => service.namespace === namespace);
  if (pods.length > 0) return { found: true, description: describeWorkload(configuration, snapshot, pods) };
  const service = kind === 'workload' ? undefined : services.find((each) => each.name === name || each.hostname === name);
  if (service === undefined)
    return { found: false, names: [...new Set([...all.map(({ workload }) => workload), ...services.map((each) => each.name)])].sort() };
  return { found: true, description: describeService(configuration, snapshot, service) };
}

function podsOf(all: readonly WorkloadInstance[], name: string): readonly WorkloadInstance[] {
  const of = all.filter(({ workload }) => workload === name);
  return of.length > 0 ? of : all.filter((pod) => pod.name === name);
}

function describeWorkload(configuration: Configuration, snapshot: MeshSnapshot, pods: readonly WorkloadInstance[]): Description {
  const [pod] = pods as readonly [WorkloadInstance, ...WorkloadInstance[]];
  const inbound = snapshot.inboundPorts(pod);
  const services = [...new Set(inbound.map(({ service }) => service))];
  const ports = [...new Set(inbound.map(({ targetPort }) => targetPort))].sort((a, b) => a - b);
  const selected = <S extends { readonly selector?: unknown }>(resource: Resource<string, S>): boolean =>
    selects(resource, pod, configuration.rootNamespace);
  return {
    kind: 'workload',
    namespace: pod.namespace,
    name: pod.workload,
    ...shared(configuration, snapshot, services),
    pods: pods.map((each) => podOf(each, snapshot)),
    mutualTls: pod.kind === 'sidecar' ? mutualTlsOf(snapshot, pod, ports) : [],
    gatewayPorts: pod.kind === 'router' ? gatewayPortsOf(snapshot, pod) : [],
    ...sidecarOf(configuration, pod),
    telemetry: configuration.of('Telemetry').filter(selected).map(placeOf),
    authorization: configuration
      .of('AuthorizationPolicy')
      .filter(selected)
      .map((policy) => ({ ...placeOf(policy), action: policy.spec.action ?? 'ALLOW' })),
    problems: problemsOf(configuration, snapshot, services, pod),
  };
}

function describeService(configuration: Configuration, snapshot: MeshSnapshot, service: Service): Description {
  const pods = snapshot.workloads.filter(
    ({ namespace, labels }) => namespace === service.namespace && service.selector !== undefined && matchesLabels(labels, service.selector),
  );
  return {
    kind: 'service',
    namespace: service.namespace,
    name: service.name,
    ...shared(configuration, snapshot, [service]),
    pods: pods.map((pod) => podOf(pod, snapshot)),
    mutualTls: [],
    gatewayPorts: [],
    telemetry: [],
    authorization: [],
    problems: problemsOf(configuration, snapshot, [service], undefined),
  };
}

type SharedPart = Pick<Description, 'services' | 'virtualServices' | 'destinationRules'>;

function shared(configuration: Configuration, snapshot: MeshSnapshot, services: readonly Service[]): SharedPart {
  const hosts = services.map(({ hostname }) => hostname);
  return {
    services: services.map((service) => serviceOf(service, snapshot)),
    virtualServices: virtualServicesOf(configuration, snapshot, hosts),
    destinationRules: services.flatMap((service) => destinationRuleOf(configuration, snapshot, service)),
  };
}

function podOf(pod: WorkloadInstance, { trustDomain }: MeshSnapshot): DescribedPod {
  const { name, workload, address, ready, kind, serviceAccount, namespace, labels } = pod;
  return {
    name,
    workload,
    address,
    ready,
    proxy: kind === 'router' ? 'gateway' : kind,
    serviceAccount,
    identity: kind === 'none' ? '' : `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`,
    labels,
  };
}

function serviceOf(service: Service, snapshot: MeshSnapshot): DescribedService {
  const { hostname, origin } = service;
  return {
    host: hostname,
    ...(origin === undefined
      ? {}
      : { place: { resource: `Service ${service.namespace}/${service.name}`, file: origin.file, line: origin.line } }),
    ports: service.ports.map((port) => ({
      number: port.port,
      name: port.name,
      protocol: port.protocol,
      endpoints: snapshot.endpointsOf(service, port).map((endpoint) => ({
        address: `${endpoint.address}:${endpoint.port}`,
        workload: endpoint.workload,
        ready: endpoint.ready,
        labels: endpoint.labels,
      })),
    })),
  };
}

/** Those whose hosts are these, then those that only send here. */
function virtualServicesOf(
  configuration: Configuration,
  snapshot: MeshSnapshot,
  hosts: readonly string[],
): readonly DescribedVirtualService[] {
  const namespaces = new Set(configuration.of('VirtualService').map(({ metadata }) => metadata.namespace));
  const views = new Map<string, VirtualServiceView>();
  for (const namespace of namespaces)
    for (const gateway of ['mesh', ...configuration.gateways.keys()])
      for (const view of snapshot.virtualServicesFor({ namespace, labels: {} }, gateway)) views.set(`${view.namespace}/${view.name}`, view);
  const described = configuration.of('VirtualService').flatMap((resource): readonly DescribedVirtualService[] => {
    const view = views.get(`${resource.metadata.namespace}/${resource.metadata.name}`);
    // At a gateway any host may come in: that a rule there takes it says nothing of this service.
    const takesHost = view?.gateways.includes('mesh') === true && view.hosts.some((host) => hosts.some((own) => hostCovers(host, own)));
    const sends = destinationsOf(resource).some(({ destination }) =>
      hosts.includes(fullHost(destination.host, resource.metadata.namespace)),
    );
    if (!takesHost && !sends) return [];
    const gateways = view?.gateways ?? ['mesh'];
    return [
      {
        ...placeOf(resource),
        hosts: resource.spec.hosts ?? [],
        gateways,
        takesHost,
        rules: (resource.spec.http ?? []).map((rule, i) => ({
          path: `http[${i}]`,
          ...linesOf(resource, ['spec', 'http', i]),
          text: ruleText(rule),
          gateways: ruleGateways(rule, gateways, resource.metadata.namespace),
        })),
      },
    ];
  });
  return [...described.filter(({ takesHost }) => takesHost), ...described.filter(({ takesHost }) => !takesHost)];
}

function destinationRuleOf(configuration: Configuration, snapshot: MeshSnapshot, service: Service): readonly DescribedDestinationRule[] {
  const rule = snapshot.destinationRuleFor({ namespace: service.namespace, labels: {} }, service.hostname);
  if (rule === undefined) return [];
  const resource = configuration
    .of('DestinationRule')
    .find(({ metadata }) => metadata.namespace === rule.namespace && metadata.name === rule.name);
  const endpoints = service.ports.flatMap((port) => snapshot.endpointsOf(service, port));
  return [
    {
      resource: `DestinationRule ${rule.namespace}/${rule.name}`,
      file: rule.origin.file,
      line: rule.origin.line,
      host: service.hostname,
      policies: policyTexts(rule.trafficPolicy),
      subsets: rule.subsets.map(({ name, labels = {} }, i) => ({
        name,
        labels,
        endpoints: new Set(
          endpoints.filter((endpoint) => matchesLabels(endpoint.labels, labels)).map(({ address, port }) => `${address}:${port}`),
        ).size,
        line: resource === undefined ? rule.origin.line : positionOf(resource, ['spec', 'subsets', i]).line,
      })),
    },
  ];
}

function mutualTlsOf(snapshot: MeshSnapshot, pod: WorkloadInstance, ports: readonly number[]): readonly DescribedMutualTls[] {
  const client = { namespace: pod.namespace, labels: pod.labels };
  return [...ports, undefined].map((port) => {
    const { mode, written } = snapshot.mtlsRule(client, port);
    return {
      ...(port === undefined ? {} : { port }),
      mode,
      ...(written === undefined
        ? {}
        : { by: { resource: nameOf(written.resource), ...linesOf(written.resource, written.path), path: written.path } }),
    };
  });
}

function gatewayPortsOf(snapshot: MeshSnapshot, pod: WorkloadInstance): Description['gatewayPorts'] {
  return snapshot.gatewayPortsFor({ namespace: pod.namespace, labels: pod.labels }).map(({ number, kind, servers }) => ({
    port: number,
    kind,
    servers: servers.map(({ resource, hosts }) => ({ ...placeOf(resource), hosts })),
  }));
}

/** One that selects the workload, else its namespace's, else the mesh's. Spec: Istio Sidecar. */
function sidecarOf(configuration: Configuration, pod: WorkloadInstance): { readonly sidecar?: Place } {
  const all = configuration.of('Sidecar');
  const labelsOf = ({ spec }: (typeof all)[number]): Readonly<Record<string, string>> => spec.workloadSelector?.labels ?? {};
  const own = all.filter(({ metadata }) => metadata.namespace === pod.namespace);
  const found =
    own.find((sidecar) => Object.keys(labelsOf(sidecar)).length > 0 && matchesLabels(pod.labels, labelsOf(sidecar))) ??
    own.find((sidecar) => Object.keys(labelsOf(sidecar)).length === 0) ??
    all.find((sidecar) => sidecar.metadata.namespace === configuration.rootNamespace && Object.keys(labelsOf(sidecar)).length === 0);
  return found === undefined || pod.kind !== 'sidecar' ? {} : { sidecar: placeOf(found) };
}

/** What analysis says of everything that has to do with these services and this workload. */
function problemsOf(
  configuration: Configuration,
  snapshot: MeshSnapshot,
  services: readonly Service[],
  pod: WorkloadInstance | undefined,
): readonly DescribedProblem[] {
  const hosts = services.map(({ hostname }) => hostname);
  const names = new Set([
    ...services.map(({ namespace, name }) => `Service ${namespace}/${name}`),
    ...virtualServicesOf(configuration, snapshot, hosts).map(({ resource }) => resource),
    ...services.flatMap((service) => destinationRuleOf(configuration, snapshot, service)).map(({ resource }) => resource),
    ...(pod === undefined ? [] : [`Deployment ${pod.namespace}/${pod.workload}`, `Pod ${pod.namespace}/${pod.name}`]),
  ]);
  return analyze(configuration)
    .findings.filter(({ origin }) => origin !== undefined && names.has(`${origin.kind} ${origin.namespace}/${origin.name}`))
    .map(({ level, code, message, path, origin, position }) => ({
      severity: level === 'Error' ? ('error' as const) : level === 'Warning' ? ('warning' as const) : ('info' as const),
      code,
      message,
      path,
      ...(position === undefined || origin === undefined
        ? {}
        : { place: { resource: `${origin.kind} ${origin.namespace}/${origin.name}`, file: position.file, line: position.line } }),
    }));
}

/** Policies of the root namespace and of its own that select it by label, or all. */
function selects(
  { metadata, spec }: Resource<string, { readonly selector?: unknown }>,
  pod: WorkloadInstance,
  rootNamespace: string,
): boolean {
  const labels = (spec.selector as { readonly matchLabels?: Readonly<Record<string, string>> } | undefined)?.matchLabels ?? {};
  return (metadata.namespace === pod.namespace || metadata.namespace === rootNamespace) && matchesLabels(pod.labels, labels);
}

function placeOf(resource: AnyResource): Place {
  return { resource: nameOf(resource), file: resource.origin.file, line: resource.origin.line };
}

function linesOf(
  resource: Pick<Resource, 'origin'>,
  path: Parameters<typeof positionOf>[1],
): { readonly file: string; readonly line: number } {
  const { file, line } = positionOf(resource, path);
  return { file, line };
}

function nameOf({ kind, metadata }: Pick<Resource, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
