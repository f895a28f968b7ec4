import { didYouMean } from '@lateen/base';
import { type AnyResource, type Service, type ServiceEntry } from '@lateen/config';
import { type Blamed } from '../analyzer';
import { hostSet } from './host-set';
import { lazy, push } from './lazy';

/** A host that something in the configuration defines. */
export interface HostEntry {
  readonly host: string;
  /** Service port numbers, in order. */
  readonly ports: readonly number[];
  readonly resource: Service | ServiceEntry;
}

/** The hosts of Services and ServiceEntries, by who may see them. */
export interface HostTable {
  /** Whether any Service is there: without one, files say nothing about what exists. */
  readonly described: boolean;
  /**
   * Whether the files can say that `host` is missing: not so for a service of another namespace of which they hold none,
   * as where each team has a folder of its own, unless that namespace is nearly one that they hold.
   */
  speaksOf(host: string, from: Blamed): boolean;
  /** Whether `host`, a wildcard, covers any host there is. */
  covers(host: string): boolean;
  /** The entry a resource means by `host`, given its own exportTo. Spec: analyzers.md 1.6, lookup. */
  find(host: string, from: Blamed, exportTo: readonly string[] | undefined): HostEntry | undefined;
  /** Service names of a namespace, as suggestions for a misspelt one. */
  servicesIn(namespace: string): readonly string[];
}

/** The full name of a host as `namespace` means it. */
export function fullHost(host: string, namespace: string): string {
  return host.includes('.') || host.startsWith('*') ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** Whether two hosts, either a wildcard, have a name in common. */
export function hostsMatch(a: string, b: string): boolean {
  if (!a.startsWith('*') && !b.startsWith('*')) return a === b;
  if (a.startsWith('*') && b.startsWith('*'))
    return a.length < b.length ? b.slice(1).endsWith(a.slice(1)) : a.slice(1).endsWith(b.slice(1));
  return a.startsWith('*') ? b.endsWith(a.slice(1)) : a.endsWith(b.slice(1));
}

/** The scopes an exportTo stands for: `*`, or namespaces. */
export function scopesOf(exportTo: readonly string[] | undefined, namespace: string): readonly string[] {
  if (exportTo === undefined || exportTo.length === 0 || exportTo.includes('*')) return ['*'];
  return exportTo.map((to) => (to === '.' ? namespace : to));
}

/** Indexes what Services and ServiceEntries define. */
export function hostTable(services: readonly Service[], entries: readonly ServiceEntry[], described: boolean): HostTable {
  const byScope = new Map<string, HostEntry>();
  const wildcards = new Map<string, HostEntry>();
  for (const resource of entries) {
    const ports = (resource.spec.ports ?? []).map(({ number }) => number);
    for (const scope of scopesOf(resource.spec.exportTo, resource.metadata.namespace)) {
      for (const host of resource.spec.hosts) {
        byScope.set(`${scope}/${host}`, { host, ports, resource });
        if (host.startsWith('*')) wildcards.set(`${scope}/${host.slice(1)}`, { host, ports, resource });
      }
    }
  }
  for (const resource of services) {
    const { name, namespace, annotations } = resource.metadata;
    const host = `${name}.${namespace}.svc.cluster.local`;
    const ports = (resource.spec.ports ?? []).map(({ port }) => port);
    const exportTo = (annotations['networking.istio.io/exportTo'] ?? '')
      .split(',')
      .map((s) => s.trim())
      .filter((s) => s !== '');
    const scopes = exportTo.length === 0 ? ['*'] : exportTo.map((to) => (to === '.' ? namespace : to));
    for (const scope of scopes) byScope.set(`${scope}/${host}`, { host, ports, resource });
  }
  const inNamespace = lazy(() => {
    const names = new Map<string, string[]>();
    for (const { metadata } of services) push(names, metadata.namespace, metadata.name);
    return names;
  });
  const all = lazy(() => hostSet([...byScope.values()].map((entry) => [entry.host, entry] as const)));
  return {
    described,
    speaksOf(written, { metadata }) {
      const [, namespace = '', ...rest] = fullHost(written, metadata.namespace).split('.');
      if (!described || rest.join('.') !== 'svc.cluster.local' || namespace === metadata.namespace) return described;
      return inNamespace().has(namespace) || didYouMean(namespace, inNamespace().keys()) !== undefined;
    },
    covers: (host) => all().overlaps(host),
    find(written, { metadata: { namespace } }, exportTo) {
      const host = fullHost(written, namespace);
      const scopes = exportTo === undefined || exportTo.length === 0 ? [namespace] : exportTo.map((to) => (to === '.' ? namespace : to));
      for (const scope of ['*', ...scopes]) {
        const entry = byScope.get(`${scope}/${host}`);
        if (entry !== undefined) return entry;
      }
      const bare = host.startsWith('*') ? host.slice(1) : host;
      for (let i = 0; i <= bare.length && wildcards.size > 0; i++) {
        const entry = wildcards.get(`*/${bare.slice(i)}`) ?? wildcards.get(`${namespace}/${bare.slice(i)}`);
        if (entry !== undefined) return entry;
      }
      return undefined;
    },
    servicesIn: (namespace) => inNamespace().get(namespace) ?? [],
  };
}

/** Whether a resource is a Gateway of Istio's, not of the Gateway API. */
export function isIstioApi(resource: Pick<AnyResource, 'apiVersion'>): boolean {
  return /^[a-z]+\.istio\.io\//.test(resource.apiVersion);
}
