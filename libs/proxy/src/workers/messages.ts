import { type SocketAddress } from '@lateen/proxy-config';
import { type MetricFamily } from '@lateen/telemetry';
import { type DrainRequest, type DrainSettings } from '../listener/drain';
import { type Collected, type CollectedRequests, type ObserveSettings } from '../observe/collected';

/** A resource on its way to a worker, as its control plane encoded it. */
export interface WireResource {
  readonly name: string;
  readonly version: string;
  /** The Any that carried it. */
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What a parent tells a worker. */
export type ToWorker =
  /** `ticketKey`: what TLS session tickets are sealed with, the same for all. */
  | {
      readonly type: 'start';
      readonly bootstrap: object;
      readonly logLevel: string;
      readonly ticketKey: Uint8Array;
      readonly drain?: DrainSettings;
    }
  | { readonly type: 'update'; readonly typeUrl: string; readonly changed: readonly WireResource[]; readonly removed: readonly string[] }
  /** Secrets the worker has asked for; a value of undefined: not there. */
  | { readonly type: 'secrets'; readonly secrets: readonly (readonly [name: string, value: Uint8Array | undefined])[] }
  | { readonly type: 'adopt'; readonly port: number }
  | { readonly type: 'report'; readonly id: number }
  /** Hand on what is observed from now on, and how. */
  | { readonly type: 'observe'; readonly settings: ObserveSettings }
  | { readonly type: 'log-level'; readonly level: string }
  | { readonly type: 'drain-listeners'; readonly request: DrainRequest }
  | { readonly type: 'fail-health'; readonly failing: boolean }
  | { readonly type: 'stop'; readonly drainMs: number };

/** What a worker tells its parent. */
export type ToParent =
  | { readonly type: 'hello' }
  | { readonly type: 'want-secret'; readonly name: string }
  /** Said whenever it changes. */
  | { readonly type: 'state'; readonly ready: boolean }
  | { readonly type: 'report'; readonly id: number; readonly report: WorkerReport }
  | { readonly type: 'observed'; readonly sums: Collected }
  | { readonly type: 'observed-requests'; readonly requests: CollectedRequests }
  | { readonly type: 'failed'; readonly error: string };

/** What one worker has counted, and what it holds open. */
export interface WorkerReport {
  readonly clusters: readonly WorkerCluster[];
  readonly stats: readonly (readonly [name: string, value: number])[];
  /** Istio's metrics. Not yet text, which is ten times as much. */
  readonly metrics: readonly MetricFamily[];
  readonly listeners: readonly { readonly name: string; readonly address: SocketAddress }[];
  readonly failing: readonly { readonly name: string; readonly address: SocketAddress; readonly error: string }[];
  /** Bytes. */
  readonly residentBytes: number;
}

/** A cluster's numbers in one worker; hosts by endpoint key. */
export interface WorkerCluster {
  readonly name: string;
  readonly stats: Readonly<Record<string, number>>;
  readonly hosts: readonly WorkerHost[];
}

/** A host's numbers in one worker. */
export interface WorkerHost {
  readonly key: string;
  readonly active: number;
  readonly ejected: boolean;
  readonly requests: number;
  readonly failures: number;
}
