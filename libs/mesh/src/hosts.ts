/** The full name of a host as a resource in `namespace` means it. Spec: names without a dot are services beside the resource. */
export function resolveHost(host: string, namespace: string, domain: string): string {
  return host === '' || host.includes('.') || host.startsWith('*') ? host : `${host}.${namespace}.svc.${domain}`;
}

/** Whether a pattern (`*`, `*.example.com`, or a plain host) covers a host, which may itself be a wildcard. */
export function hostCovers(pattern: string, host: string): boolean {
  if (pattern === host || pattern === '*') return true;
  return pattern.startsWith('*') && host.endsWith(pattern.slice(1)) && (host.startsWith('*') ? host.length >= pattern.length : true);
}

/** Whether two hosts, either a wildcard, have a name in common. */
export function hostsIntersect(a: string, b: string): boolean {
  return hostCovers(a, b) || hostCovers(b, a);
}

/** Whether a resource of `owner` that says `exportTo` is visible from `namespace`. */
export function isVisible(exportTo: readonly string[], owner: string, namespace: string): boolean {
  return exportTo.some((to) => to === '*' || to === namespace || (to === '.' && owner === namespace));
}

/** Namespaces a resource is exported to: its own list, else the mesh's default. */
export function exportedTo(own: readonly string[] | undefined, fallback: readonly string[] | undefined): readonly string[] {
  if (own !== undefined && own.length > 0) return own;
  return fallback ?? ['*'];
}
