/** A Kubernetes object as the control plane's store answers it; only the parts read here. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
}

/** The parts of a Deployment's spec that are run. */
export interface DeploymentSpec {
  readonly replicas?: number;
  readonly template?: {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
    readonly spec?: PodSpec;
  };
}

/** The parts of a Pod's spec that are run. */
export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly serviceAccount?: string;
  readonly containers?: readonly ContainerSpec[];
}

/** The parts of a container that are run. */
export interface ContainerSpec {
  readonly name?: string;
  readonly image?: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort?: number; readonly protocol?: string }[];
  readonly env?: readonly {
    readonly name?: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath?: string } };
  }[];
}

/** The parts of a Service's spec that are read. */
export interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly name?: string;
    readonly port?: number;
    readonly targetPort?: number | string;
    readonly protocol?: string;
  }[];
}
