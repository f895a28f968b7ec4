/** Who runs something, in Istio's words. Empty strings are unknown. */
export interface WorkloadRef {
  /** Deployment, not Pod: `reviews-v1`. `istio-ingressgateway` for the gateway. */
  readonly name: string;
  readonly namespace: string;
  /** Canonical service: `reviews`. */
  readonly app: string;
  /** Canonical revision: `v1`; `latest` where there is none. */
  readonly version: string;
}

/** One process of a workload and its proxy. */
export interface WorkloadView extends WorkloadRef {
  /** Pod name: `reviews-v1-0`. */
  readonly pod: string;
  readonly kind: 'sidecar' | 'gateway' | 'none';
  readonly address: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  /** SPIFFE URI. */
  readonly identity: string;
  /** What the supervisor says of its processes; `unknown` where there is no supervisor (Kubernetes). */
  readonly state: 'starting' | 'running' | 'restarting' | 'stopped' | 'unknown';
  readonly pid?: number;
  readonly restarts?: number;
  /** How its application last ended while it was meant to run; absent: it has not, or nobody watches it. */
  readonly lastExit?: AppExit;
  /** Its application is held by a signal such as SIGSTOP, or by a debugger; absent: it is not, or nobody can tell. */
  readonly suspended?: boolean;
  /** Sync state of the proxy by resource type; absent without a connected proxy. */
  readonly proxy?: ProxySync;
}

/** One end of an application. */
export interface AppExit {
  /** `exit 1`, `SIGKILL`, `cannot be started: ...`. */
  readonly how: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** When it was ready again; absent: it is not yet. */
  readonly readyAtMs?: number;
  /** Somebody asked for it to be started anew. */
  readonly wanted: boolean;
}

/** How far a proxy is with what it was sent. */
export interface ProxySync {
  /** `NAME.NAMESPACE`. */
  readonly id: string;
  readonly connectedAtMs: number;
  /** True when every resource that was sent is in effect. */
  readonly synced: boolean;
  readonly types: readonly {
    readonly type: 'CDS' | 'EDS' | 'LDS' | 'RDS' | 'SDS';
    readonly state: 'synced' | 'stale' | 'rejected' | 'not-sent';
    readonly message?: string;
  }[];
  /** Milliseconds since the epoch of the last observation that came from it; absent: none yet. */
  readonly seenAtMs?: number;
}

/** A certificate that a proxy holds. */
export interface SecretView {
  /** Of the secret: `default`, `ROOTCA`, `kubernetes://NAME`. */
  readonly name: string;
  /** The proxy's own, with its key, or one that peers are verified by. */
  readonly kind: 'certificate' | 'trusted root';
  /** Who it is for: SPIFFE URIs, DNS names, addresses; else its subject. */
  readonly names: readonly string[];
  /** Hexadecimal; empty where it cannot be read. */
  readonly serial: string;
  /** Milliseconds since the epoch; 0 where it cannot be read. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Why it cannot be read; absent: it can. */
  readonly problem?: string;
}
