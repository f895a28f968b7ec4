import { type WorkloadRef } from './workload';

/** Sums over a window. */
export interface Rates {
  /** Requests (or TCP connections opened) per second. */
  readonly perSecond: number;
  /** 0 to 1: 5xx, no response, or a gRPC error. */
  readonly errorRatio: number;
  /** Milliseconds; absent where nothing was measured. */
  readonly p50Ms?: number;
  readonly p90Ms?: number;
  readonly p99Ms?: number;
  readonly requests: number;
  readonly errors: number;
  /** When some failed last, to five seconds, in milliseconds since the epoch; absent where none did in the window. */
  readonly lastErrorMs?: number;
  /** Seconds that were really observed, where that is less than the window: what `perSecond` is of. */
  readonly observedSeconds?: number;
  /** TCP only, both directions. */
  readonly bytesPerSecond?: number;
}

/** One workload (or what lies outside the mesh) in the picture. */
export interface GraphNode {
  /** `NAMESPACE/WORKLOAD`; `unknown` for a client without an identity; `external/HOST`; `black-hole`, `passthrough`. */
  readonly id: string;
  readonly kind: 'workload' | 'gateway' | 'external' | 'unknown' | 'service';
  readonly workload: WorkloadRef;
  /** Nodes of one app are drawn together. */
  readonly group: string;
  readonly running: boolean;
  /** Nobody told what it received in this time, so zeros are not counts: its proxy has not reported of it. */
  readonly uncounted?: true;
  /** What it received. */
  readonly inbound: Rates;
}

/** Traffic from one node to another. */
export interface GraphEdge {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly protocol: 'http' | 'grpc' | 'tcp';
  readonly rates: Rates;
  readonly security: {
    /** `mixed`: some connections were and some were not. */
    readonly mutualTls: 'yes' | 'no' | 'mixed' | 'unknown';
    /** SPIFFE URI of the caller, when there is one. */
    readonly principal?: string;
    /** Why there is none, in a sentence. */
    readonly reason?: string;
  };
  /**
   * Shares of a rule's split: configured, and measured of what that rule matched of the source's, 0 to 1. Absent where no
   * rule splits what it would take without conditions; `measured` is while nothing came to that rule.
   */
  readonly split?: {
    readonly configured: number;
    readonly measured?: number;
    /** Requests that `measured` is of: with few, it says little. */
    readonly measuredOf?: number;
    readonly rule: string;
    readonly file?: string;
    readonly line?: number;
  };
  /** Live state of the caller's cluster as far as it is known. */
  readonly health?: {
    readonly endpoints: number;
    readonly healthy: number;
    readonly ejected: number;
    readonly circuitOpen: boolean;
    /** Calls that were sent and whose response has not begun. */
    readonly waiting: number;
  };
  /** Response codes seen and how often: `{"200": 120, "503": 2}`. */
  readonly codes: Readonly<Record<string, number>>;
  /** Response flags seen and how often. */
  readonly flags: Readonly<Record<string, number>>;
}

/** The mesh's traffic in a window that ends at `atMs`. */
export interface Graph {
  readonly atMs: number;
  readonly windowSeconds: number;
  /** Since when the control plane has been counting, in milliseconds since the epoch: what was before is forgotten. */
  readonly countedSinceMs?: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** One number per five seconds, oldest first, aligned to `startMs`; none (as JSON `null`) where nobody told or nothing was measured. */
export interface Series {
  readonly name: string;
  readonly startMs: number;
  readonly stepMs: number;
  readonly values: readonly (number | undefined)[];
}
