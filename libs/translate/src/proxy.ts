import { type PortMap } from '@lateen/base';
import { type Locality } from '@lateen/registry';

/** How a workload's traffic reaches its proxy: captured by the kernel, or dialled (`NONE`) on the ports of a map. */
export type Interception = { readonly mode: 'REDIRECT' } | { readonly mode: 'NONE'; readonly ports: PortMap };

/** Who a configuration is for. Everything of a proxy that translation depends on. */
export interface Proxy {
  /** The node id: `sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local`. */
  readonly id: string;
  readonly type: 'sidecar' | 'router';
  readonly ip: string;
  /** The pod's. */
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The Deployment's name. */
  readonly workload: string;
  readonly serviceAccount: string;
  readonly locality: Locality;
  readonly clusterId: string;
  /** `node.cluster`, which its spans name as their service: `reviews.default`. */
  readonly nodeCluster?: string;
  readonly meshId: string;
  /** The node metadata, as sent. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Extensions that only Istio's build of Envoy has and this proxy says it has, from `node.extensions`. */
  readonly extensions: ReadonlySet<string>;
  readonly interception: Interception;
  /** `grpc` for a proxyless gRPC client. */
  readonly generator?: 'grpc';
  readonly trustDomain: string;
}

/** Istio's own filters, as `node.extensions` names them. */
export const ISTIO_EXTENSION_NAMES = ['istio.stats', 'istio.alpn', 'istio.metadata_exchange', 'io.istio.http.peer_metadata'] as const;

/** A proxy that names it in `node.extensions` is told which rule each route is from, in route metadata `lateen`. */
export const ORIGINS_EXTENSION = 'lateen.origins';

/** A proxy that names it in `node.extensions` knows `%LATEEN_CAUSE%` in access log formats; an Envoy refuses the listener. */
export const CAUSE_EXTENSION = 'lateen.cause';

/** A proxy that names it in `node.extensions` tells the control plane what it counts: it counts where metrics are off, too. */
export const COUNTS_EXTENSION = 'lateen.counts';

/** Whether the proxy has a filter of Istio's own. */
export function has(proxy: Proxy, extension: string): boolean {
  return proxy.extensions.has(extension);
}
