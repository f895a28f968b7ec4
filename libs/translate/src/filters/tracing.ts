import { create } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import {
  type HttpConnectionManager_Tracing,
  HttpConnectionManager_TracingSchema,
} from '@lateen/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { type CustomTag, CustomTagSchema } from '@lateen/xds/gen/envoy/type/tracing/v3/custom_tag_pb';

/** Who a proxy is, as its spans say it. */
export interface TracingIdentity {
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  readonly clusterId: string;
  readonly meshId: string;
  readonly namespace: string;
}

/** What tracing depends on. */
export interface TracingInputs {
  readonly mesh: MeshConfig;
  readonly identity: TracingIdentity;
}

/** Percent of requests sampled where nothing says otherwise. Spec: Istio `PILOT_TRACE_SAMPLING`. */
const DEFAULT_SAMPLING = 1;

const DRY_RUN_TAGS: readonly CustomTag[] = [
  dryRunTag('istio.authorization.dry_run.allow_policy.name', 'istio_dry_run_allow_shadow_effective_policy_id'),
  dryRunTag('istio.authorization.dry_run.allow_policy.result', 'istio_dry_run_allow_shadow_engine_result'),
  dryRunTag('istio.authorization.dry_run.deny_policy.name', 'istio_dry_run_deny_shadow_effective_policy_id'),
  dryRunTag('istio.authorization.dry_run.deny_policy.result', 'istio_dry_run_deny_shadow_engine_result'),
];

/**
 * Tracing of one connection manager: sampling and tags, without a provider, so that request IDs carry the decision.
 * Undefined when the mesh turned tracing off.
 */
export function tracing({ mesh, identity }: TracingInputs): HttpConnectionManager_Tracing | undefined {
  if (mesh.enableTracing === false) return undefined;
  return create(HttpConnectionManager_TracingSchema, {
    clientSampling: { value: 100 },
    randomSampling: { value: sampling(mesh) },
    overallSampling: { value: 100 },
    customTags: [
      ...DRY_RUN_TAGS,
      literalTag('istio.canonical_revision', identity.canonicalRevision),
      literalTag('istio.canonical_service', identity.canonicalService),
      literalTag('istio.cluster_id', identity.clusterId),
      literalTag('istio.mesh_id', identity.meshId),
      literalTag('istio.namespace', identity.namespace),
    ],
  });
}

function sampling(mesh: MeshConfig): number {
  const value = mesh.defaultConfig?.tracing?.['sampling'];
  return typeof value === 'number' ? value : DEFAULT_SAMPLING;
}

function literalTag(tag: string, value: string): CustomTag {
  return create(CustomTagSchema, { tag, type: { case: 'literal', value: { value } } });
}

function dryRunTag(tag: string, key: string): CustomTag {
  return create(CustomTagSchema, {
    tag,
    type: {
      case: 'metadata',
      value: {
        kind: { kind: { case: 'request', value: {} } },
        metadataKey: { key: 'envoy.filters.http.rbac', path: [{ segment: { case: 'key', value: key } }] },
      },
    },
  });
}
