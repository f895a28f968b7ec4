/** A destination with its full host name and its port. */
export interface ResolvedDestination {
  readonly host: string;
  readonly port: number;
  /** Empty for the whole service. */
  readonly subset: string;
}

/** The cluster of a destination, whether or not there is one by that name. Spec: Istio's cluster names. */
export function clusterOf({ host, port, subset }: ResolvedDestination): string {
  return `outbound|${port}|${subset}|${host}`;
}
