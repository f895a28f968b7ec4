/** What the names of a virtual host depend on. */
export interface DomainsInputs {
  /** Full host name. */
  readonly host: string;
  /** Of Kubernetes names: `cluster.local`. */
  readonly domain: string;
  /** Namespace of the proxy, in which short names are short. */
  readonly namespace: string;
}

/**
 * The names a client in `namespace` may call a host by: the full one with and without a final dot, then what
 * Kubernetes' search path makes of shorter ones. Spec: Istio's virtual host domains, which carry no ports.
 */
export function domainsOf({ host, domain, namespace }: DomainsInputs): readonly string[] {
  return [host, `${host}.`, ...shortNames({ host, domain, namespace })];
}

/** Names shorter than the full one; none for hosts outside the cluster's domain. */
export function shortNames({ host, domain, namespace }: DomainsInputs): readonly string[] {
  const suffix = `.svc.${domain}`;
  if (!host.endsWith(suffix) || host.startsWith('*')) return [];
  const qualified = host.slice(0, -suffix.length);
  const own = `.${namespace}`;
  const local = qualified.endsWith(own) ? [qualified.slice(0, -own.length)] : [];
  return [...local, `${qualified}.svc`, qualified];
}

/** Whether a full host name is one a host pattern (full name, `*`, or `*.suffix`) stands for. */
export function hostMatches(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) && host !== pattern.slice(1) : pattern === host;
}
