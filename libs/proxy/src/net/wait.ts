import { type Alarm, requestTimers } from './timer-wheel';
import { gather } from './transport';

/** A timeout that is armed again and again without allocating. */
export class Wait implements Alarm {
  dueTick = 0;
  nextAlarm: Alarm | undefined;
  previousAlarm: Alarm | undefined;
  private delayMs = 0;
  private touchedAt = 0;

  constructor(private readonly fire: () => void) {}

  get armed(): boolean {
    return this.dueTick !== 0;
  }

  /** Fires after `delayMs`, up to 10 ms late. */
  arm(delayMs: number): void {
    this.delayMs = delayMs;
    this.touchedAt = 0;
    requestTimers.arm(this, delayMs);
  }

  /** Starts the wait over, without touching the wheel until it is due. */
  touch(): void {
    this.touchedAt = gather.now();
  }

  disarm(): void {
    if (this.dueTick !== 0) requestTimers.disarm(this);
  }

  onAlarm(): void {
    if (this.touchedAt !== 0) {
      const left = this.touchedAt + this.delayMs - performance.now();
      this.touchedAt = 0;
      if (left > 0) {
        requestTimers.arm(this, left);
        return;
      }
    }
    gather.enter();
    try {
      this.fire();
    } finally {
      gather.leave();
    }
  }
}
