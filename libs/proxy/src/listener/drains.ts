import { type Clock, type Random } from '@lateen/base';
import { type Listener } from '@lateen/proxy-config';
import { Drain, type DrainRequest, type DrainSettings } from './drain';

/** What a drain does to its listeners. */
export interface DrainTarget {
  /** A drain has begun: listeners it covers are told. */
  begin(): void;
  /** Ends a share of the connections of a drain, from 0 to 1, idle ones at once. */
  endShare(drain: Drain, share: number): void;
  /** Closes the ports that are closed now. */
  closePorts(): void;
}

/** Idle connections end in so many steps over the second half of the time: their clients do not all come back at once. */
const STEPS = 10;

/** The drains of a proxy: of inbound listeners, of all. Once begun, a drain is not taken back. Spec: Envoy `DrainManager`. */
export class Drains {
  private inbound: Drain | undefined;
  private all: Drain | undefined;
  private closed: 'none' | 'inbound' | 'all' = 'none';
  private readonly waits = new Set<() => void>();

  constructor(
    private readonly settings: DrainSettings,
    private readonly services: { readonly clock: Clock; readonly random: Random },
    private readonly target: DrainTarget,
  ) {}

  /** The drain of a listener; undefined without. */
  of({ direction }: Listener): Drain | undefined {
    return (direction === 'inbound' ? this.inbound : undefined) ?? this.all;
  }

  /** Whether a listener's port is to be open no more. */
  hasClosed({ direction }: Listener): boolean {
    return this.closed === 'all' || (this.closed === 'inbound' && direction === 'inbound');
  }

  /** Begins what is asked for, unless it has begun; a request that is not graceful closes ports in any case. */
  begin({ inboundOnly, graceful, skipExit }: DrainRequest): void {
    const begun = this.all !== undefined || (inboundOnly && this.inbound !== undefined);
    if (!begun) this.start(inboundOnly);
    if (skipExit) return;
    if (!graceful) this.closePorts(inboundOnly);
    else if (!begun) this.after(this.settings.timeMs, () => this.closePorts(inboundOnly));
  }

  /** Closes all ports now. */
  closeAll(): void {
    this.closePorts(false);
  }

  /** Waits for nothing any more. */
  stop(): void {
    for (const cancel of this.waits) cancel();
    this.waits.clear();
  }

  private start(inboundOnly: boolean): void {
    const drain = new Drain(this.settings, this.services.clock, this.services.random);
    if (inboundOnly) this.inbound = drain;
    else this.all = drain;
    this.target.begin();
    this.after(this.settings.timeMs / 2, () => this.endIdle(drain, STEPS));
  }

  private endIdle(drain: Drain, steps: number): void {
    this.target.endShare(drain, 1 / steps);
    if (steps > 1) this.after(this.settings.timeMs / 2 / STEPS, () => this.endIdle(drain, steps - 1));
  }

  private closePorts(inboundOnly: boolean): void {
    if (!inboundOnly) this.closed = 'all';
    else if (this.closed === 'none') this.closed = 'inbound';
    this.target.closePorts();
  }

  private after(delayMs: number, fn: () => void): void {
    const cancel = this.services.clock.after(delayMs, () => {
      this.waits.delete(cancel);
      fn();
    });
    this.waits.add(cancel);
  }
}
