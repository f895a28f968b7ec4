import { type JsonObject, type JsonValue, type Registry, toJson } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type RefusedResource, type StoredResource } from '../xds/resource-store';
import { type AdminSource } from './model';

/** What is dumped: which parts, and of those which resources. */
export interface DumpQuery {
  /** `include_eds`: endpoints too. */
  readonly includeEndpoints: boolean;
  /** `resource=dynamic_listeners`: that list alone. */
  readonly resource?: string;
  /** `name_regex`: resources whose name it finds. */
  readonly name?: RegExp;
}

type Held = { readonly stored: ReadonlyMap<string, StoredResource<unknown>>; readonly refused: ReadonlyMap<string, RefusedResource> };

/** Everything configured, in Envoy's JSON form with proto field names. Private keys are left out. Spec: envoy.admin.v3.ConfigDump. */
export async function configDump(source: AdminSource, query: DumpQuery): Promise<JsonValue> {
  // Some 800 message types, which only a dump needs: loaded when first asked for.
  // Nx would take the whole library for lazy-loaded and forbid its static imports.
  // nx-ignore-next-line
  const { xdsRegistry } = await import('@lateen/xds/registry');
  const dump = dumpSections(source, query, new Renderer(xdsRegistry(), source.clock.now()));
  if (query.resource === undefined) return { configs: dump };
  const found = dump.map((section) => section[query.resource ?? '']).find((list) => Array.isArray(list));
  return { configs: found ?? [] };
}

function dumpSections(source: AdminSource, query: DumpQuery, render: Renderer): JsonObject[] {
  const held = source.held();
  const { listeners, clusters } = source.snapshot();
  const named = <T extends { readonly name: string }>(items: Iterable<T>): T[] =>
    [...items].filter(({ name }) => query.name?.test(name) ?? true);
  const list = (store: Held, field: string): JsonObject[] =>
    named(store.stored.values()).map((resource) => ({
      ...render.state(resource, field),
      ...render.error(store.refused.get(resource.name)),
    }));
  const warming = new Set(held.warmingClusters);
  const isActive = ({ name }: { readonly name: string }): boolean => !warming.has(name) || clusters.has(name);
  const bootstrap = source.bootstrap as JsonObject;
  const statics = staticsOf(bootstrap);
  const byName = (items: readonly JsonObject[]): JsonObject[] => items.filter((item) => query.name?.test(String(item['name'])) ?? true);
  return [
    { '@type': `${ADMIN}BootstrapConfigDump`, bootstrap, last_updated: render.time(render.startedAtMs) },
    {
      '@type': `${ADMIN}ClustersConfigDump`,
      static_clusters: byName(statics.clusters).map((cluster) => ({
        cluster: { '@type': `${TYPE}envoy.config.cluster.v3.Cluster`, ...cluster },
      })),
      dynamic_active_clusters: named(held.clusters.stored.values())
        .filter(isActive)
        .map((resource) => render.state(resource, 'cluster')),
      dynamic_warming_clusters: named(held.clusters.stored.values())
        .filter((resource) => !isActive(resource))
        .map((resource) => render.state(resource, 'cluster')),
    },
    {
      '@type': `${ADMIN}ListenersConfigDump`,
      static_listeners: byName(statics.listeners).map((listener) => ({
        listener: { '@type': `${TYPE}envoy.config.listener.v3.Listener`, ...listener },
      })),
      dynamic_listeners: [
        ...named(held.listeners.stored.values()).map((resource) => ({
          name: resource.name,
          [listeners.get(resource.name) === resource.value ? 'active_state' : 'warming_state']: render.state(resource, 'listener'),
          ...render.error(held.listeners.refused.get(resource.name)),
        })),
        ...named(held.listeners.refused.values())
          .filter(({ name }) => !held.listeners.stored.has(name))
          .map((refused) => ({ name: refused.name, ...render.error(refused) })),
      ],
    },
    { '@type': `${ADMIN}RoutesConfigDump`, dynamic_route_configs: list(held.routes, 'route_config') },
    ...(query.includeEndpoints
      ? [{ '@type': `${ADMIN}EndpointsConfigDump`, dynamic_endpoint_configs: list(held.endpoints, 'endpoint_config') }]
      : []),
    { '@type': `${ADMIN}SecretsConfigDump`, dynamic_active_secrets: dumpSecrets(source, render, (name) => query.name?.test(name) ?? true) },
  ];
}

const TYPE = 'type.googleapis.com/';
const ADMIN = `${TYPE}envoy.admin.v3.`;

/** Secrets in use, from the agent and from the control plane, certificates shown and keys not. */
function dumpSecrets(source: AdminSource, render: Renderer, wanted: (name: string) => boolean): JsonObject[] {
  const base64 = (value: string): string => Buffer.from(value).toString('base64');
  return [...source.snapshot().secrets.values()]
    .filter(({ name }) => wanted(name))
    .map((secret) => ({
      name: secret.name,
      last_updated: render.time(render.startedAtMs),
      secret: {
        '@type': `${TYPE}${SecretSchema.typeName}`,
        name: secret.name,
        ...(secret.kind === 'certificate'
          ? {
              tls_certificate: {
                certificate_chain: { inline_bytes: base64(secret.certificateChain) },
                private_key: { inline_bytes: base64('[redacted]') },
              },
            }
          : { validation_context: { trusted_ca: { inline_bytes: base64(secret.trustedCa) } } }),
      },
    }));
}

function staticsOf(bootstrap: JsonObject): { readonly clusters: readonly JsonObject[]; readonly listeners: readonly JsonObject[] } {
  const statics = (bootstrap['static_resources'] ?? bootstrap['staticResources'] ?? {}) as JsonObject;
  return {
    clusters: (statics['clusters'] ?? []) as unknown as readonly JsonObject[],
    listeners: (statics['listeners'] ?? []) as unknown as readonly JsonObject[],
  };
}

/** Turns what was received into JSON. */
class Renderer {
  readonly #registry: Registry;
  readonly startedAtMs: number;

  constructor(registry: Registry, nowMs: number) {
    this.#registry = registry;
    this.startedAtMs = nowMs;
  }

  /** A resource with its version and time. */
  state(resource: StoredResource<unknown>, field: string): JsonObject {
    return { version_info: resource.version, [field]: this.any(resource.any), last_updated: this.time(resource.updatedAtMs) };
  }

  /** Why the last version was refused, if it was. */
  error(refused: RefusedResource | undefined): JsonObject {
    if (refused === undefined) return {};
    return {
      error_state: {
        failed_configuration: this.any(refused.any),
        last_update_attempt: this.time(refused.updatedAtMs),
        details: refused.reason,
        version_info: refused.version,
      },
    };
  }

  /** A packed message as JSON; one that holds a type nobody here knows shows its bytes. */
  any(any: Any): JsonValue {
    try {
      return toJson(AnySchema, any, { registry: this.#registry, useProtoFieldName: true });
    } catch (error) {
      return {
        '@type': any.typeUrl,
        unreadable: error instanceof Error ? error.message : String(error),
        value: Buffer.from(any.value).toString('base64'),
      };
    }
  }

  time(ms: number): string {
    return new Date(ms).toISOString();
  }
}
