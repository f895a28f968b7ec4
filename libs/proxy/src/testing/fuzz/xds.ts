import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { fromBinary } from '@bufbuild/protobuf';
import { systemClock } from '@lateen/base';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import {
  parseCluster,
  parseListener,
  parseLoadAssignment,
  type ParseResult,
  parseRouteConfiguration,
  parseSecret,
} from '@lateen/proxy-config';
import { ResourceStore } from '../../xds/resource-store';

/** Of one resource, whatever is in it; milliseconds of the processor's, since others may have it meanwhile. */
const MAX_CPU_MS = 2000;

/** Resource types, by an input's first byte. */
export const XDS_TYPES = ['listener', 'cluster', 'route', 'endpoints', 'secret'] as const;

/**
 * Takes bytes as a resource of a control plane, after a byte that says of which type. Throws on a bug only: when it is
 * neither taken nor refused with a reason, or takes longer than anything may.
 */
export function fuzzXds(bytes: Buffer): void {
  if (bytes.length === 0) return;
  const value = bytes.subarray(1);
  const before = process.cpuUsage();
  switch (XDS_TYPES[bytes[0]! % XDS_TYPES.length]!) {
    case 'listener':
      take(
        ListenerSchema,
        ({ name }) => name,
        parseListener,
        value,
        (listener) =>
          listener.selectFilterChain({
            destinationAddress: '10.0.0.1',
            destinationPort: 80,
            sourceAddress: '::1',
            sourcePort: 1,
            serverName: 'a.b',
            transportProtocol: 'tls',
            applicationProtocols: ['h2'],
          }),
      );
      break;
    case 'cluster':
      take(
        ClusterSchema,
        ({ name }) => name,
        parseCluster,
        value,
        () => undefined,
      );
      break;
    case 'route':
      take(
        RouteConfigurationSchema,
        ({ name }) => name,
        parseRouteConfiguration,
        value,
        (table) =>
          table.match(
            {
              method: 'GET',
              path: '/a/b?c=d',
              authority: 'a.b:80',
              scheme: 'http',
              header: () => 'x',
              tlsPresented: false,
              tlsValidated: false,
            },
            { next: () => 0.5 } as unknown as Parameters<typeof table.match>[1],
          ),
      );
      break;
    case 'endpoints':
      take(
        ClusterLoadAssignmentSchema,
        ({ clusterName }) => clusterName,
        parseLoadAssignment,
        value,
        () => undefined,
      );
      break;
    case 'secret':
      take(
        SecretSchema,
        ({ name }) => name,
        parseSecret,
        value,
        () => undefined,
      );
  }
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1000;
  if (ms > MAX_CPU_MS) throw new Error(`It took ${ms.toFixed(0)} ms`);
}

/** As it is taken from the wire, then used once. */
function take<Desc extends DescMessage, T>(
  schema: Desc,
  nameOf: (message: MessageShape<Desc>) => string,
  parse: (message: MessageShape<Desc>) => ParseResult<T>,
  value: Buffer,
  use: (parsed: T) => unknown,
): void {
  let name = 'unknown';
  try {
    name = nameOf(fromBinary(schema, value));
  } catch {
    // Not a message at all: the store has to say so.
  }
  const store = new ResourceStore(schema, nameOf, parse, systemClock);
  const { changed, rejected } = store.take([{ name, version: '1', any: create(AnySchema, { typeUrl: 'x', value }) }]);
  if (changed.length + rejected.length !== 1) throw new Error('Neither taken nor refused');
  for (const { reason } of rejected) if (reason === '') throw new Error('Refused without a reason');
  for (const { value: parsed } of changed) use(parsed);
}
