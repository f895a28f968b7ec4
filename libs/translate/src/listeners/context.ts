import { type MeshConfig } from '@lateen/config';
import { type TracingIdentity } from '../filters/tracing';

/** What every listener of a proxy depends on. */
export interface ListenerContext {
  readonly mesh: MeshConfig;
  readonly identity: TracingIdentity;
  /** Whether the proxy has an Istio-only filter, by its name in `node.extensions`. */
  readonly has: (extension: string) => boolean;
  /** Whether the mesh collects Istio's metrics. */
  readonly metrics: boolean;
  /** The mesh's trust domain, then its aliases. */
  readonly trustDomains: readonly string[];
}

/** `http/1.1` and `h2c`: what the HTTP inspector says of plaintext that is HTTP. */
export const PLAINTEXT_HTTP_ALPN = ['http/1.1', 'h2c'];
