import { type Snapshot } from '@lateen/proxy-config';
import { type ClusterContext, ClusterRuntime } from './cluster';

/** Every cluster's live side, by name. Spec: Envoy `ClusterManager`. */
export class ClusterManager {
  private clusters = new Map<string, ClusterRuntime>();
  private waiting: Snapshot['waiting'];

  constructor(private readonly context: ClusterContext) {}

  /** The cluster of that name, or undefined. */
  get(name: string): ClusterRuntime | undefined {
    return this.clusters.get(name);
  }

  /** What a cluster that is not in use yet waits for; undefined for any other. */
  waitsFor(name: string): string | undefined {
    return this.waiting?.get(name);
  }

  /** All of them, in no order. */
  all(): Iterable<ClusterRuntime> {
    return this.clusters.values();
  }

  /** Follows a snapshot: new ones are made, changed ones updated, others drained as their requests end. */
  apply(snapshot: Snapshot): void {
    this.context.tlsContexts.update(snapshot.secrets);
    const next = new Map<string, ClusterRuntime>();
    for (const [name, config] of snapshot.clusters) {
      const runtime = this.clusters.get(name) ?? new ClusterRuntime(config, this.context);
      runtime.update(config, snapshot.endpoints.get(name));
      next.set(name, runtime);
    }
    for (const [name, runtime] of this.clusters) if (!next.has(name)) runtime.retire();
    this.clusters = next;
    this.waiting = snapshot.waiting;
  }

  /** Closes every idle connection. */
  close(): void {
    for (const runtime of this.clusters.values()) runtime.retire();
    this.clusters = new Map();
  }
}
