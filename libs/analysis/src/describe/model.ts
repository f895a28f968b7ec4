/** Where something is written. */
export interface Place {
  /** `VirtualService default/reviews`. */
  readonly resource: string;
  readonly file: string;
  readonly line: number;
}

/** What the configuration says of one workload or service, and why. */
export interface Description {
  readonly kind: 'workload' | 'service';
  readonly namespace: string;
  readonly name: string;
  readonly pods: readonly DescribedPod[];
  /** Those a workload serves, or the one that is described. */
  readonly services: readonly DescribedService[];
  /** VirtualServices for calls to these services, or that send to them; in the order they count. */
  readonly virtualServices: readonly DescribedVirtualService[];
  readonly destinationRules: readonly DescribedDestinationRule[];
  /** Of each port that is served, then of the others. */
  readonly mutualTls: readonly DescribedMutualTls[];
  /** What a gateway serves; empty for others. */
  readonly gatewayPorts: readonly {
    readonly port: number;
    readonly kind: string;
    readonly servers: readonly (Place & { readonly hosts: readonly string[] })[];
  }[];
  /** The Sidecar that narrows what it sees. */
  readonly sidecar?: Place;
  readonly telemetry: readonly Place[];
  readonly authorization: readonly (Place & { readonly action: string })[];
  readonly problems: readonly DescribedProblem[];
}

/** One instance. */
export interface DescribedPod {
  readonly name: string;
  readonly workload: string;
  readonly address: string;
  readonly ready: boolean;
  readonly proxy: 'sidecar' | 'gateway' | 'none';
  readonly serviceAccount: string;
  readonly identity: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A service with its ports. */
export interface DescribedService {
  readonly host: string;
  readonly place?: Place;
  readonly ports: readonly {
    readonly number: number;
    readonly name: string;
    readonly protocol: string;
    /** What can be dialled: `10.44.1.7:9080 reviews-v1`. */
    readonly endpoints: readonly {
      readonly address: string;
      readonly workload: string;
      readonly ready: boolean;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  }[];
}

/** A VirtualService with its rules in words. */
export interface DescribedVirtualService extends Place {
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  /** False: its hosts are others, but a rule sends here. */
  readonly takesHost: boolean;
  readonly rules: readonly DescribedRule[];
}

/** A rule of a VirtualService. */
export interface DescribedRule {
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** Those of its VirtualService's gateways that it is for: without `mesh` it is not in effect in sidecars, without any nowhere. */
  readonly gateways: readonly string[];
}

/** A DestinationRule with its subsets. */
export interface DescribedDestinationRule extends Place {
  readonly host: string;
  /** In words: `mutual TLS`, `at most 100 connections`. */
  readonly policies: readonly string[];
  readonly subsets: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly endpoints: number;
    readonly line: number;
  }[];
}

/** Which mutual TLS a port takes, and what says so. */
export interface DescribedMutualTls {
  /** Absent: every port that no other line names. */
  readonly port?: number;
  readonly mode: string;
  /** `PeerAuthentication default/strict`; absent for the default. */
  readonly by?: Place & { readonly path: string };
}

/** Something wrong or noteworthy. */
export interface DescribedProblem {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
  /** The field it is about, as users write it; empty for the whole resource. */
  readonly path: string;
  readonly place?: Place;
}
