import { type MeshConfig } from '@lateen/config';
import { type AccessLog } from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { type TypedExtension } from '../filters/envoy';
import { type Direction } from '../filters/istio-filters';
import { type RequestTracing } from '../filters/tracing';

/** What every listener of a proxy depends on. */
export interface ListenerContext {
  readonly mesh: MeshConfig;
  /** Whether the proxy has an Istio-only filter, by its name in `node.extensions`. */
  readonly has: (extension: string) => boolean;
  /** The filters that count, of listeners facing one way. */
  readonly stats: (direction: Direction) => readonly TypedExtension[];
  /** Access loggers of what a listener's chains carry. */
  readonly accessLogs: (direction: Direction) => AccessLog[];
  /** Access loggers of a listener itself, one that connections can arrive at and be refused: captured traffic's, gateways', bound ones. */
  readonly listenerAccessLogs: (direction: Direction) => AccessLog[];
  /** What connection managers do about traces, of listeners facing one way. */
  readonly tracing: (direction: Direction) => RequestTracing;
  /** The mesh's trust domain, then its aliases. */
  readonly trustDomains: readonly string[];
}

/** `http/1.1` and `h2c`: what the HTTP inspector says of plaintext that is HTTP. */
export const PLAINTEXT_HTTP_ALPN = ['http/1.1', 'h2c'];
