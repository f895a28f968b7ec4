/** What the control plane is told about one workload instance. Spec: docs/architecture.md, `PUT /workloads`. */
export interface RegisteredWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly workload: string;
  readonly kind: 'sidecar' | 'router' | 'none';
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly ports: readonly { readonly name?: string; readonly containerPort: number; readonly endpointPort?: number }[];
  readonly ready: boolean;
}

/** Keeps the control plane's list of workloads equal to ours: one call at a time, the newest list wins. */
export class Registration {
  readonly #put: (workloads: readonly RegisteredWorkload[]) => Promise<void>;
  readonly #current: () => readonly RegisteredWorkload[];
  #wanted = 0;
  #sent = 0;
  #sending: Promise<void> | undefined;

  constructor(current: () => readonly RegisteredWorkload[], put: (workloads: readonly RegisteredWorkload[]) => Promise<void>) {
    this.#current = current;
    this.#put = put;
  }

  /** Something changed, or the control plane has forgotten: resolves when a list at least this new was taken. */
  async update(): Promise<void> {
    const mine = ++this.#wanted;
    while (this.#sent < mine) {
      this.#sending ??= this.#send();
      await this.#sending;
    }
  }

  async #send(): Promise<void> {
    // Changes come in bursts; one turn of the event loop joins them.
    await new Promise((resolve) => setImmediate(resolve));
    const version = this.#wanted;
    try {
      await this.#put(this.#current());
      this.#sent = version;
    } finally {
      this.#sending = undefined;
    }
  }
}
