import { type NameTable } from '@lateen/xds/gen/istio/nds_pb';

/** Which addresses a name has inside the mesh. */
export interface NameIndex {
  /** The addresses of `name` (any case, with or without the final dot); undefined when the mesh does not know it. */
  lookup(name: string): readonly string[] | undefined;
}

/** Knows nothing: what a DNS server answers from before the first name table came. */
export const emptyNameIndex: NameIndex = { lookup: () => undefined };

/**
 * Indexes a name table by every way a workload of `namespace` may spell a host: in full, and for a Kubernetes
 * service `NAME`, `NAME.NS`, `NAME.NS.svc` (the bare name only from its own namespace). Wildcard hosts match any
 * name below them; an exact one wins.
 * Spec: Istio agent DNS proxying.
 */
export function indexNames(table: NameTable, namespace: string): NameIndex {
  const exact = new Map<string, readonly string[]>();
  const wildcards = new Map<string, readonly string[]>();
  for (const [host, info] of Object.entries(table.table)) {
    const name = normalise(host);
    if (name.startsWith('*.')) {
      wildcards.set(name.slice(2), info.ips);
      continue;
    }
    exact.set(name, info.ips);
    if (info.shortname === '' || info.namespace === '') continue;
    exact.set(`${info.shortname}.${info.namespace}.svc`, info.ips);
    exact.set(`${info.shortname}.${info.namespace}`, info.ips);
    if (info.namespace === namespace) exact.set(info.shortname, info.ips);
  }
  return {
    lookup: (asked) => {
      const name = normalise(asked);
      const found = exact.get(name);
      if (found !== undefined) return found;
      for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
        const wildcard = wildcards.get(name.slice(dot + 1));
        if (wildcard !== undefined) return wildcard;
      }
      return undefined;
    },
  };
}

function normalise(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
}
