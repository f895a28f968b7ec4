import { type Origin } from '@lateen/config';

/**
 * What a port speaks. `auto` is found out connection by connection.
 * Spec: Istio protocol selection.
 */
export type Protocol = 'HTTP' | 'HTTP2' | 'GRPC' | 'GRPC-Web' | 'HTTPS' | 'TLS' | 'TCP' | 'Mongo' | 'MySQL' | 'Redis' | 'UDP' | 'auto';

/** A port of a service. */
export interface ServicePort {
  /** Empty when the user gave none. */
  readonly name: string;
  /** The service's own port, which clients dial. */
  readonly port: number;
  /** The workload's port: a number, or the name of a container port. */
  readonly targetPort: number | string;
  readonly protocol: Protocol;
}

/** How a service's endpoints are found. Spec: Istio `ServiceEntry.resolution`; Kubernetes services are `STATIC` or, headless, `NONE`. */
export type Resolution = 'STATIC' | 'NONE' | 'DNS' | 'DNS_ROUND_ROBIN' | 'DYNAMIC_DNS' | 'ALIAS';

/** Where a service was declared. */
export type RegistryName = 'Kubernetes' | 'External';

/** Region, zone and sub-zone; each empty when unknown. */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** A named set of workloads, or a host outside the mesh. */
export interface Service {
  /** Fully qualified: `reviews.default.svc.cluster.local`; as written for a ServiceEntry. */
  readonly hostname: string;
  /** The Kubernetes name; the host name for a ServiceEntry. */
  readonly name: string;
  readonly namespace: string;
  /** Virtual addresses, also CIDRs for a ServiceEntry; empty for headless services. */
  readonly addresses: readonly string[];
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  /** Without an address of its own: clients dial its endpoints. */
  readonly headless: boolean;
  /** Whether its endpoints are outside the mesh, so that neither mTLS nor workload identity is expected there. */
  readonly meshExternal: boolean;
  /** Namespaces that see it: names, `.` its own, `*` all, `~` none. Never empty. */
  readonly exportTo: readonly string[];
  /** Labels of the workloads behind it; undefined selects none. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** SPIFFE IDs and other names that its endpoints may prove, beside their own service accounts. */
  readonly subjectAltNames: readonly string[];
  readonly registry: RegistryName;
  /** Endpoints written with the service (ServiceEntry), beside the workloads selected. */
  readonly endpoints: readonly DeclaredEndpoint[];
  /** The host this one is another name of (ExternalName). */
  readonly alias?: string;
  /** RFC 3339; decides which of two services of one host wins. */
  readonly creationTimestamp?: string;
  readonly origin: Origin | undefined;
}

/** An endpoint that a ServiceEntry lists. */
export interface DeclaredEndpoint {
  /** An IP address, a host name for DNS resolutions, or `unix:///path`. */
  readonly address: string;
  /** Endpoint ports by service port name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: Locality | undefined;
  readonly weight: number;
  /** Empty when unknown. */
  readonly serviceAccount: string;
  /** `NAME-INDEX` of the ServiceEntry; its name where a DNS host stands for itself. */
  readonly workloadName: string;
}

/** A port a workload listens on. */
export interface WorkloadPort {
  readonly name?: string;
  readonly containerPort: number;
  /** Where peers dial in explicit mode; unset where they dial `containerPort` itself. */
  readonly endpointPort?: number;
}

/** One running copy of a workload: a Pod, or a local process. The contract between the platform and the registry. */
export interface WorkloadInstance {
  /** The Pod's. */
  readonly name: string;
  readonly namespace: string;
  /** The Deployment's name. */
  readonly workload: string;
  /** The proxy beside it. */
  readonly kind: 'sidecar' | 'router' | 'none';
  /** An IP address; in explicit mode 127.0.0.1 for all. */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly ports: readonly WorkloadPort[];
  readonly locality?: Locality;
  /** Whether it takes requests. */
  readonly ready: boolean;
}

/** Where a request to one port of a service can go. */
export interface Endpoint {
  /** An IP address, host name or unix socket path. */
  readonly address: string;
  /** What peers dial. */
  readonly port: number;
  /** The workload's own port, which policies name; differs from `port` in explicit mode. */
  readonly workloadPort: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  /** Empty when unknown. */
  readonly workload: string;
  /** Empty when unknown. */
  readonly serviceAccount: string;
  readonly locality: Locality | undefined;
  /** Relative to the others; 1 by default. */
  readonly weight: number;
  /** Whether a proxy that terminates mesh mTLS is in front of it. */
  readonly tlsMode: 'istio' | 'disabled';
  readonly ready: boolean;
  /** The instance itself; undefined for endpoints that a ServiceEntry lists. */
  readonly instance: WorkloadInstance | undefined;
}
