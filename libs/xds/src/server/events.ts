import { type XdsClientInfo } from './resource-source';

/** What happened on a stream; times are milliseconds since the Unix epoch. */
export type XdsEvent =
  | { readonly kind: 'connected' | 'disconnected'; readonly client: XdsClientInfo; readonly atMs: number }
  | {
      readonly kind: 'pushed';
      readonly client: XdsClientInfo;
      readonly typeUrl: string;
      readonly atMs: number;
      readonly generation: number;
      readonly resources: readonly string[];
      readonly removed: readonly string[];
      readonly bytes: number;
      readonly nonce: string;
    }
  | {
      readonly kind: 'acked';
      readonly client: XdsClientInfo;
      readonly typeUrl: string;
      readonly atMs: number;
      readonly ms: number;
      readonly nonce: string;
    }
  | {
      readonly kind: 'rejected';
      readonly client: XdsClientInfo;
      readonly typeUrl: string;
      readonly atMs: number;
      readonly ms: number;
      readonly nonce: string;
      readonly message: string;
      readonly resources: readonly string[];
    }
  | { readonly kind: 'stale_nonce'; readonly client: XdsClientInfo; readonly typeUrl: string; readonly atMs: number }
  /** The client has answered everything of `generation`; `pushed` is false when there was nothing to send. */
  | {
      readonly kind: 'settled';
      readonly client: XdsClientInfo;
      readonly atMs: number;
      readonly generation: number;
      readonly pushed: boolean;
    };

/** How one client stands with one resource type. */
export interface TypeSyncState {
  readonly state: 'SYNCED' | 'STALE' | 'NACK' | 'NOT SENT';
  /** Milliseconds since the Unix epoch; undefined before the first. */
  readonly sentAtMs?: number;
  readonly ackedAtMs?: number;
  readonly sentVersion?: string;
  readonly ackedVersion?: string;
  /** The client's words when state is NACK. */
  readonly message?: string;
}

/** How one client stands. */
export interface ClientSyncState {
  readonly client: XdsClientInfo;
  /** By type URL, for the types the client asked for. */
  readonly types: ReadonlyMap<string, TypeSyncState>;
  /** The newest generation this client has answered wholly; -1 before the first. */
  readonly settledGeneration: number;
}
