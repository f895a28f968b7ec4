import { type KubernetesObject, type SourceFile, toYaml } from '@lateen/config';

/** A resource as the admin API lists it. */
export type ListedResource = KubernetesObject & { readonly metadata: { readonly name: string; readonly namespace?: string } };

/** What the text of a resource of a running mesh is called. */
export function liveName(kind: string, namespace: string, name: string): string {
  return `live/${kind}/${namespace}/${name}`;
}

/** Resources as texts, as `lateen get -o yaml` shows them. */
export function liveFiles(items: readonly ListedResource[]): readonly SourceFile[] {
  return items.map((item) => ({ name: liveName(item.kind, item.metadata.namespace ?? '', item.metadata.name), text: toYaml(item) }));
}
