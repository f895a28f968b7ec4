import { create } from '@bufbuild/protobuf';
import { type Route, RouteSchema, type VirtualHost, VirtualHostSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { ZERO } from '../filters/envoy';
import { destinationHash } from './destination-hash';
import { clusterOf } from './destinations';
import { hashPolicy } from './hash-policy';
import { isRegistryOnly, type ProxyInputs } from './inputs';
import { retryPolicy } from './retry';

const EVERYTHING = { pathSpecifier: { case: 'prefix', value: '/' } } as const;

/** The route of a service port that no VirtualService routes: everything to the whole service. */
export function defaultRoute(inputs: ProxyInputs, { host, port }: { readonly host: string; readonly port: number }): Route {
  const destination = { host, port, subset: '' };
  const hash = hashPolicy(destinationHash(inputs, destination));
  return create(RouteSchema, {
    name: 'default',
    match: EVERYTHING,
    decorator: { operation: `${host}:${port}/*` },
    action: {
      case: 'route',
      value: {
        clusterSpecifier: { case: 'cluster', value: clusterOf(destination) },
        timeout: ZERO,
        maxGrpcTimeout: ZERO,
        retryPolicy: retryPolicy({
          retries: inputs.snapshot.meshConfig.defaultHttpRetryPolicy,
          hashed: hash !== undefined,
        }),
        hashPolicy: hash === undefined ? [] : [hash],
      },
    },
  });
}

/** The last virtual host of a sidecar's port: hosts nobody knows, passed through or answered 502. */
export function unknownHosts({ snapshot }: ProxyInputs): VirtualHost {
  const registryOnly = isRegistryOnly(snapshot.meshConfig);
  const name = registryOnly ? 'block_all' : 'allow_any';
  const action = registryOnly
    ? ({ case: 'directResponse', value: { status: 502 } } as const)
    : ({
        case: 'route',
        value: {
          clusterSpecifier: { case: 'cluster', value: 'PassthroughCluster' },
          timeout: ZERO,
          maxGrpcTimeout: ZERO,
        },
      } as const);
  return create(VirtualHostSchema, {
    name,
    domains: ['*'],
    includeRequestAttemptCount: true,
    routes: [create(RouteSchema, { name, match: EVERYTHING, action })],
  });
}
