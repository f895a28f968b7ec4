import { type Node } from '../gen/envoy/config/core/v3/base_pb';
import { type PackedResource } from '../wire/packed-resource';

/** Who is on a stream, as the transport proved it; never what `node` claims. */
export interface Caller {
  /** How it was proved; `none` on the plaintext port. */
  readonly via: 'none' | 'token' | 'certificate';
  readonly trustDomain?: string;
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly pod?: string;
  /** The deployment the pod belongs to, where the token says. */
  readonly workload?: string;
}

/** One stream, once its first request has named its node. */
export interface XdsClientInfo {
  /** Unique among the streams of this process. */
  readonly streamId: string;
  readonly node: Node;
  readonly caller: Caller;
  readonly protocol: 'delta' | 'sotw';
  /** Milliseconds since the Unix epoch. */
  readonly connectedAtMs: number;
}

/** Everything one client may see at one moment. Immutable. */
export interface ResourceView {
  /** Grows by every change of configuration, also when this view's resources stay the same. */
  readonly generation: number;
  /** By name; empty for a type this client has none of. The same Map as before means nothing changed. */
  resources(typeUrl: string): ReadonlyMap<string, PackedResource>;
}

/** What a source gives for one client. */
export interface ResourceWatch {
  /** The current view. */
  readonly view: ResourceView;
  /** Ends the notifications. */
  close(): void;
}

/**
 * Where the server's resources come from. `watch` may refuse a client by throwing RefusedClientError; then `onChange`
 * is never called.
 */
export interface ResourceSource {
  /** Starts watching for one client; `onChange` hands over each later view. */
  watch(client: XdsClientInfo, onChange: (view: ResourceView) => void): ResourceWatch;
}

/** The client may not have what it asks for; its stream ends with `code`. */
export class RefusedClientError extends Error {
  override readonly name = 'RefusedClientError';

  constructor(
    readonly code: 'permission_denied' | 'invalid_argument' | 'unavailable' | 'unauthenticated',
    message: string,
  ) {
    super(message);
  }
}
