import { type DescMessage, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { type PackedResource, packResource } from '@lateen/xds';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { xdsRegistry } from '@lateen/xds/registry';
import { addressOf, HTTP2_OPTIONS, listenerOf, type PemPair, typed } from '../stand/resources';
import { type Dice } from './dice';
import { type Kind } from './upstreams';

/** Listeners of the proxy, and what each speaks. */
export const LISTENERS = ['plain', 'h2', 'mtls', 'tcp'] as const;
export type ListenerName = (typeof LISTENERS)[number];

/** What a world is made of that does not change. */
export interface WorldParts {
  readonly ports: Readonly<Record<ListenerName, number>>;
  /** Ports of upstreams by what they speak. */
  readonly upstreams: Readonly<Record<Kind, readonly number[]>>;
  /** What the mTLS listener may show. */
  readonly certificates: readonly PemPair[];
  readonly root: string;
  readonly log: string;
}

const registry = xdsRegistry();
const ADS: JsonObject = { ads: {}, resource_api_version: 'V3' };

/** A configuration that changes a little at a time, at random. */
export class World {
  private readonly endpoints: Record<Kind, readonly number[]>;
  private certificate = 0;
  private readonly listenerTimeouts: Record<ListenerName, number> = { plain: 300, h2: 300, mtls: 300, tcp: 300 };
  private weight = 50;
  private retries = 1;
  private timeoutS = 2;
  private connectTimeoutMs = 1000;

  constructor(
    private readonly parts: WorldParts,
    private readonly dice: Dice,
  ) {
    this.endpoints = { ...parts.upstreams };
  }

  /** Changes one thing; what it was. */
  change(): string {
    const { dice, parts } = this;
    switch (dice.below(12)) {
      case 0:
      case 1:
      case 2: {
        const kind = dice.pick(['h1', 'h2', 'tcp'] as const);
        const left = parts.upstreams[kind].filter(() => dice.below(3) > 0);
        this.endpoints[kind] = dice.below(20) === 0 ? [] : left.length > 0 ? left : parts.upstreams[kind];
        return 'endpoints';
      }
      case 3:
        this.certificate = (this.certificate + 1) % parts.certificates.length;
        return 'certificate';
      case 4:
        this.listenerTimeouts[dice.pick(LISTENERS)] = 200 + dice.below(200);
        return 'listener';
      case 5:
        this.connectTimeoutMs = 500 + dice.below(1000);
        return 'cluster';
      case 6:
        this.retries = dice.below(3);
        return 'retries';
      case 7:
        this.timeoutS = 1 + dice.below(3);
        return 'timeout';
      default:
        this.weight = dice.below(101);
        return 'weights';
    }
  }

  /** Everything as it is now. */
  resources(): readonly PackedResource[] {
    const { parts } = this;
    const certificate = parts.certificates[this.certificate]!;
    return [
      ...LISTENERS.map((name) => pack(ListenerSchema, name, this.listener(name))),
      ...(['h1', 'h2', 'tcp'] as const).flatMap((kind) => [
        pack(ClusterSchema, kind, this.cluster(kind)),
        pack(ClusterLoadAssignmentSchema, kind, {
          cluster_name: kind,
          endpoints: [{ lb_endpoints: this.endpoints[kind].map((port): JsonValue => ({ endpoint: { address: addressOf(port) } })) }],
        }),
      ]),
      pack(RouteConfigurationSchema, 'routes', this.routes()),
      pack(SecretSchema, 'server', {
        name: 'server',
        tls_certificate: {
          certificate_chain: { inline_string: certificate.certificate },
          private_key: { inline_string: certificate.privateKey },
        },
      }),
      pack(SecretSchema, 'root', { name: 'root', validation_context: { trusted_ca: { inline_string: parts.root } } }),
    ];
  }

  private listener(name: ListenerName): JsonObject {
    const { ports, log } = this.parts;
    const common = { name, port: ports[name], log };
    if (name === 'tcp')
      return listenerOf({ ...common, cluster: 'tcp', codec: 'TCP', listener: { stat_prefix: `tcp${this.listenerTimeouts.tcp}` } });
    const manager: JsonObject = {
      rds: { config_source: ADS, route_config_name: 'routes' },
      stream_idle_timeout: `${this.listenerTimeouts[name]}s`,
    };
    const tls: JsonObject = {
      require_client_certificate: true,
      common_tls_context: {
        alpn_protocols: ['h2', 'http/1.1'],
        tls_certificate_sds_secret_configs: [{ name: 'server', sds_config: ADS }],
        validation_context_sds_secret_config: { name: 'root', sds_config: ADS },
      },
    };
    const json = listenerOf({
      ...common,
      cluster: 'h1',
      codec: name === 'h2' ? 'HTTP2' : 'AUTO',
      manager,
      ...(name === 'mtls' ? { tls, listener: { listener_filters: [typed('tls', 'filters.listener.tls_inspector.v3.TlsInspector')] } } : {}),
    });
    withoutInlineRoutes(json);
    return json;
  }

  private cluster(kind: Kind): JsonObject {
    return {
      name: kind,
      type: 'EDS',
      eds_cluster_config: { eds_config: ADS },
      connect_timeout: `${this.connectTimeoutMs / 1000}s`,
      ...(kind === 'h2' ? { typed_extension_protocol_options: HTTP2_OPTIONS } : {}),
    };
  }

  private routes(): JsonObject {
    const timeout = `${this.timeoutS}s`;
    const retry: JsonObject = { retry_on: 'connect-failure,refused-stream,reset,5xx', num_retries: this.retries };
    const to = (prefix: string, action: JsonObject): JsonObject => ({ match: { prefix }, route: { timeout, ...action } });
    return {
      name: 'routes',
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            to('/b', { cluster: 'h2' }),
            to('/retry', { cluster: 'h1', retry_policy: retry }),
            to('/gone', { cluster: 'gone' }),
            to('/split', {
              weighted_clusters: {
                clusters: [
                  { name: 'h1', weight: this.weight },
                  { name: 'h2', weight: 100 - this.weight },
                ],
                total_weight: 100,
              },
            }),
            to('/', { cluster: 'h1' }),
          ],
        },
      ],
    };
  }
}

/** Routes come by name here. */
function withoutInlineRoutes(listener: JsonObject): void {
  const chains = listener['filter_chains'] as { filters: { typed_config: JsonObject }[] }[];
  for (const chain of chains) for (const filter of chain.filters) delete filter.typed_config['route_config'];
}

function pack<Desc extends DescMessage>(schema: Desc, name: string, json: JsonObject): PackedResource {
  return packResource(schema, name, fromJson(schema, json, { registry }));
}
