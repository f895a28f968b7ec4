import { type Clock, type Random } from '@lateen/base';

/** How connections are brought to their end. Spec: Envoy `--drain-time-s`, `--drain-strategy`. */
export interface DrainSettings {
  readonly timeMs: number;
  /** `immediate`: with the next response; `gradual`: with a chance that grows from 0 to 1 over the time. */
  readonly strategy: 'gradual' | 'immediate';
}

/** Istio's. Spec: Istio `ProxyConfig.drainDuration`. */
export const DEFAULT_DRAIN: DrainSettings = { timeMs: 45_000, strategy: 'immediate' };

/** What a drain is to cover, and what becomes of the ports. Spec: Envoy admin `/drain_listeners`. */
export interface DrainRequest {
  /** Leaves all but inbound listeners alone. */
  readonly inboundOnly: boolean;
  /** Ports are closed at the end of the time rather than at once. */
  readonly graceful: boolean;
  /** Ports stay open. */
  readonly skipExit: boolean;
}

/** Connections that come to their end, from now on. Spec: Envoy `DrainDecision`. */
export class Drain {
  private readonly startedMs: number;

  constructor(
    readonly settings: DrainSettings,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.startedMs = clock.monotonicMs();
  }

  /** Whether a connection ends with the response that is about to be sent; asked once for each. */
  closes(): boolean {
    const { timeMs, strategy } = this.settings;
    if (strategy === 'immediate') return true;
    const elapsedMs = this.clock.monotonicMs() - this.startedMs;
    return elapsedMs >= timeMs || this.random.next() < elapsedMs / timeMs;
  }

  /** Draws, with a chance from 0 to 1. */
  draws(chance: number): boolean {
    return this.random.next() < chance;
  }
}
