import { type KindDefinition } from '../kinds/kind';
import { type OpenApi, openApiOf } from './openapi';

/** Kinds that a cluster stores in another version than the one users prefer, as Istio's own definitions do. */
const STORED: Readonly<Record<string, string>> = { Telemetry: 'v1alpha1' };

/** Columns of `kubectl get`. */
const COLUMNS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  VirtualService: [
    ['Gateways', '.spec.gateways'],
    ['Hosts', '.spec.hosts'],
  ],
  DestinationRule: [['Host', '.spec.host']],
  ServiceEntry: [
    ['Hosts', '.spec.hosts'],
    ['Location', '.spec.location'],
    ['Resolution', '.spec.resolution'],
  ],
  WorkloadEntry: [['Address', '.spec.address']],
  PeerAuthentication: [['Mode', '.spec.mtls.mode']],
  AuthorizationPolicy: [['Action', '.spec.action']],
};

const STATUS: OpenApi = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** The CustomResourceDefinition of a kind. Spec: apiextensions.k8s.io/v1. */
export function crdOf(definition: KindDefinition): OpenApi {
  const { group, kind, plural, shortNames, versions } = definition;
  const stored = STORED[kind] ?? versions[0];
  const spec = openApiOf(definition.schema);
  const columns = (COLUMNS[kind] ?? []).map(([name, jsonPath]) => ({ name, type: 'string', jsonPath }));
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'lateen' } },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames.length === 0 ? {} : { shortNames }),
        categories: ['istio-io', `${group.slice(0, group.indexOf('.'))}-istio-io`],
      },
      scope: 'Namespaced',
      versions: versions.map((name) => ({
        name,
        served: true,
        storage: name === stored,
        additionalPrinterColumns: [...columns, { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec, status: STATUS }, ...(needsSpec(spec) ? { required: ['spec'] } : {}) },
        },
      })),
    },
  };
}

/** Where the spec may not be empty, it may not be absent either: its rules would not run. */
function needsSpec(spec: OpenApi): boolean {
  return Array.isArray(spec['required']);
}
