import { Document, isScalar, type Tags, visit } from 'yaml';
import { findKind } from '../kinds/catalog';
import { type AnyResource, type ObjectMeta } from '../resource';

/** A Kubernetes object as kubectl prints it: plain data, keys in the usual order. */
export type KubernetesObject = Readonly<Record<string, unknown>> & { readonly apiVersion: string; readonly kind: string };

/** The object a resource stands for, without its origin; what is empty in its metadata is left out. */
export function toObject(resource: AnyResource): KubernetesObject {
  const { apiVersion, kind, spec } = resource;
  const head = { apiVersion, kind, metadata: metadataObject(resource.metadata) };
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  if (findKind(group, kind)?.payload === 'fields') return { ...head, ...spec };
  return Object.keys(spec).length === 0 ? head : { ...head, spec };
}

/** Several resources as one object: itself when there is one, else a `List`, as `kubectl get -o yaml` prints. */
export function toListObject(resources: readonly AnyResource[]): KubernetesObject {
  const [only] = resources;
  if (only !== undefined && resources.length === 1) return toObject(only);
  return { apiVersion: 'v1', kind: 'List', items: resources.map(toObject) };
}

const withoutMerge = (tags: Tags): Tags =>
  tags.filter((tag) => tag !== 'merge' && !(typeof tag === 'object' && tag.tag === 'tag:yaml.org,2002:merge'));

/** An object as YAML that kubectl reads back alike: text that 1.1 takes for something else is quoted. */
export function toYaml(object: KubernetesObject): string {
  const document = new Document(object, { version: '1.1', customTags: withoutMerge, aliasDuplicateObjects: false });
  visit(document, {
    // A plain "<<" would merge its value into the mapping.
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '<<') key.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0 });
}

function metadataObject(meta: ObjectMeta): Readonly<Record<string, unknown>> {
  const { name, namespace, labels, annotations, creationTimestamp, generation, resourceVersion, uid } = meta;
  const all = {
    name,
    namespace: namespace === '' ? undefined : namespace,
    labels: Object.keys(labels).length === 0 ? undefined : labels,
    annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
    creationTimestamp,
    generation,
    resourceVersion,
    uid,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
