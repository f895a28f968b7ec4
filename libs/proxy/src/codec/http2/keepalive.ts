import { type Random } from '@lateen/base';
import { type Http2Keepalive } from '@lateen/proxy-config';
import { gather } from '../../net/transport';
import { Wait } from '../../net/wait';

/** What a keepalive's PING carries: it must not be taken for another. */
export const KEEPALIVE_PING = Buffer.from('stillup?', 'latin1');

/** What a keepalive does with its connection. */
export interface KeepaliveHost {
  readonly random: Random;
  /** Sends {@link KEEPALIVE_PING}. */
  ping(): void;
  /** The peer has said nothing for too long after a PING. */
  onSilent(): void;
}

/**
 * Finds out that a connection is dead though nobody closed it: PINGs now and then, and waits for the answer. Whatever
 * the peer says while it is waited for lengthens the wait. Spec: Envoy `KeepaliveSettings`.
 */
export class Keepalive {
  private heardAt = gather.now();
  private readonly due = new Wait(() => this.ping());
  private readonly limit = new Wait(() => this.host.onSilent());

  constructor(
    private readonly settings: Http2Keepalive,
    private readonly host: KeepaliveHost,
  ) {
    this.armNext();
  }

  /** Something came. */
  heard(): void {
    this.heardAt = gather.now();
    if (this.limit.armed) this.limit.touch();
  }

  /** A PING was answered; false: it was not one of ours. */
  takesPong(buffer: Buffer, start: number): boolean {
    if (buffer.compare(KEEPALIVE_PING, 0, KEEPALIVE_PING.length, start, start + KEEPALIVE_PING.length) !== 0) return false;
    this.limit.disarm();
    this.armNext();
    return true;
  }

  /** A stream is about to begin: a PING goes ahead of it when nothing was heard for long. */
  beforeStream(): void {
    const { idleIntervalMs } = this.settings;
    if (idleIntervalMs > 0 && gather.now() - this.heardAt > idleIntervalMs) this.ping();
  }

  /** The connection is over. */
  stop(): void {
    this.due.disarm();
    this.limit.disarm();
  }

  private ping(): void {
    if (this.limit.armed) return;
    this.due.disarm();
    this.host.ping();
    this.limit.arm(this.settings.timeoutMs);
  }

  private armNext(): void {
    const { intervalMs, jitterPercent } = this.settings;
    if (intervalMs > 0) this.due.arm(intervalMs + this.host.random.next() * ((intervalMs * jitterPercent) / 100));
  }
}
