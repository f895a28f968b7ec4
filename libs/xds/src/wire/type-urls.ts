const PREFIX = 'type.googleapis.com/';

/** The resource types served and read here, by the abbreviation their discovery service goes by. */
export const TYPE_URL = {
  CDS: `${PREFIX}envoy.config.cluster.v3.Cluster`,
  EDS: `${PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment`,
  LDS: `${PREFIX}envoy.config.listener.v3.Listener`,
  RDS: `${PREFIX}envoy.config.route.v3.RouteConfiguration`,
  SDS: `${PREFIX}envoy.extensions.transport_sockets.tls.v3.Secret`,
  NDS: `${PREFIX}istio.networking.nds.v1.NameTable`,
  ECDS: `${PREFIX}envoy.config.core.v3.TypedExtensionConfig`,
  VHDS: `${PREFIX}envoy.config.route.v3.VirtualHost`,
} as const;

/** An abbreviation of TYPE_URL. */
export type XdsType = keyof typeof TYPE_URL;

const BY_URL: ReadonlyMap<string, XdsType> = new Map(Object.entries(TYPE_URL).map(([name, url]) => [url, name as XdsType]));

/** `CDS` for the cluster type's URL and so on; the message's own name for a type not listed in TYPE_URL. */
export function typeName(typeUrl: string): string {
  return BY_URL.get(typeUrl) ?? typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}

/** The order in which a change is sent; types not listed follow. Spec: xDS "Eventual consistency considerations". */
export const PUSH_ORDER: readonly string[] = [TYPE_URL.CDS, TYPE_URL.EDS, TYPE_URL.LDS, TYPE_URL.RDS, TYPE_URL.SDS];
