/** Something a wheel can wake: embed it in the object that waits, so that arming a timer allocates nothing. */
export interface Alarm {
  /** Tick at which it is due; 0 when not armed. Only the wheel writes it. */
  dueTick: number;
  nextAlarm: Alarm | undefined;
  previousAlarm: Alarm | undefined;
  /** Called once, unless disarmed before. */
  onAlarm(): void;
}

const SLOTS = 512;

/**
 * One coarse timer for everything that waits: arming and disarming are a few writes.
 *
 * Fires up to one tick late, never early. Its timer runs only while something is armed and does not keep a process alive.
 */
export class TimerWheel {
  private readonly slots: (Alarm | undefined)[] = new Array<Alarm | undefined>(SLOTS).fill(undefined);
  private tick = 1;
  private startedAt = performance.now();
  private armed = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param tickMs Resolution. */
  constructor(readonly tickMs: number) {}

  /** Wakes `alarm` after `delayMs`; replaces what it was armed for. */
  arm(alarm: Alarm, delayMs: number): void {
    if (alarm.dueTick !== 0) this.disarm(alarm);
    if (this.armed++ === 0) this.run();
    const now = this.startedAt + this.tick * this.tickMs;
    const behind = Math.max(0, performance.now() - now);
    alarm.dueTick = this.tick + 1 + Math.ceil((delayMs + behind) / this.tickMs);
    const slot = alarm.dueTick % SLOTS;
    const first = this.slots[slot];
    alarm.nextAlarm = first;
    alarm.previousAlarm = undefined;
    if (first !== undefined) first.previousAlarm = alarm;
    this.slots[slot] = alarm;
  }

  /** Forgets `alarm`; harmless when it is not armed. */
  disarm(alarm: Alarm): void {
    if (alarm.dueTick === 0) return;
    const { nextAlarm: next, previousAlarm: previous } = alarm;
    if (previous === undefined) this.slots[alarm.dueTick % SLOTS] = next;
    else previous.nextAlarm = next;
    if (next !== undefined) next.previousAlarm = previous;
    alarm.dueTick = 0;
    alarm.nextAlarm = alarm.previousAlarm = undefined;
    if (--this.armed === 0) this.stop();
  }

  /** Stops the timer; armed alarms stay silent until something is armed again. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private run(): void {
    if (this.timer !== undefined) return;
    this.startedAt = performance.now() - this.tick * this.tickMs;
    this.timer = setInterval(() => this.advance(), this.tickMs);
    this.timer.unref();
  }

  private advance(): void {
    const target = Math.floor((performance.now() - this.startedAt) / this.tickMs);
    while (this.tick < target && this.armed > 0) {
      this.tick++;
      let alarm = this.slots[this.tick % SLOTS];
      while (alarm !== undefined) {
        const next: Alarm | undefined = alarm.nextAlarm;
        if (alarm.dueTick <= this.tick) {
          this.disarm(alarm);
          alarm.onAlarm();
        }
        // What fired may have disarmed its neighbour: then the walk goes on with the next tick's round of this slot.
        alarm = next !== undefined && next.dueTick === 0 ? undefined : next;
      }
    }
  }
}

/** For timeouts of requests: 10 ms. */
export const requestTimers = new TimerWheel(10);
/** For idle connections: half a second. */
export const idleTimers = new TimerWheel(500);
