import { type StreamRecord } from '../stream-record';
import { type FormatContext, type Operator } from './operators';

/**
 * What a stream goes by everywhere: the request ID, and for a TCP connection, which has none, a UUID of this proxy's
 * and the connection's own. Spec: Envoy `%STREAM_ID%`.
 */
export function streamId({ instance }: FormatContext): Operator {
  const [a, b, c, d] = [instance?.slice(0, 8), instance?.slice(8, 12), instance?.slice(12, 15), instance?.slice(15, 18)];
  return (record) => {
    if (record.protocol !== 'tcp') return record.requestHeader('x-request-id');
    if (instance === undefined || record.connectionId === 0) return undefined;
    return `${a}-${b}-4${c}-8${d}-${record.connectionId.toString(16).padStart(12, '0')}`;
  };
}

/**
 * `TYPE:NAMESPACE:KEY...`: what Istio says of the route (`ROUTE:istio:config`) and of the cluster (`CLUSTER:istio:...`); without a
 * key everything, as JSON. Other types and namespaces have no value. Spec: Envoy `%METADATA(TYPE:NAMESPACE:KEY)%`.
 */
export function metadata(argument: string): Operator {
  const [type = '', namespace, ...keys] = argument.split(':');
  const source = namespace === 'istio' ? SOURCES[type] : undefined;
  if (source === undefined) return () => undefined;
  return (record) => {
    let value: unknown = source(record);
    for (const key of keys)
      value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Json)[key] : undefined;
    if (value === undefined || typeof value === 'string') return value;
    return JSON.stringify(value);
  };
}

type Json = Readonly<Record<string, unknown>>;

const SOURCES: Readonly<Record<string, (record: StreamRecord) => Json | undefined>> = {
  ROUTE: ({ routeSource }) => (routeSource === '' ? undefined : { config: routeSource }),
  CLUSTER: ({ clusterMetadata }) => {
    if (clusterMetadata === undefined) return undefined;
    const { services, subset, config, alpnOverride, external } = clusterMetadata;
    const said = {
      ...(alpnOverride ? {} : { alpn_override: 'false' }),
      ...(config === undefined ? {} : { config }),
      ...(external ? { external } : {}),
      ...(services.length === 0 ? {} : { services }),
      ...(subset === undefined ? {} : { subset }),
    };
    return Object.keys(said).length === 0 ? undefined : said;
  },
};
