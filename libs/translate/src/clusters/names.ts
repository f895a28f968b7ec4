/** The wire name of a cluster that leaves the proxy; an empty subset is the whole service. */
export function outboundClusterName(port: number, subset: string, hostname: string): string {
  return `outbound|${port}|${subset}|${hostname}`;
}

/** The wire name of the cluster that is the workload itself, on the workload's own port. */
export function inboundClusterName(targetPort: number): string {
  return `inbound|${targetPort}||`;
}

/** The server name that tells a sidecar which cluster a TLS connection is for. */
export function sniOf(port: number, subset: string, hostname: string): string {
  return `outbound_.${port}_.${subset === '' ? '_' : `${subset}_`}.${hostname}`;
}

/** Where a DestinationRule is, as Istio's tools show it. */
export function destinationRulePath({ name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/destination-rule/${name}`;
}
