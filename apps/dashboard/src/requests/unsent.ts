import { type UnsentRequests } from '@lateen/observation';

const WINDOW_MS = 60_000;

/** What proxies passed over in the last minute because there was too much of it. */
export class UnsentLately {
  #events: { readonly atMs: number; readonly unsent: UnsentRequests }[] = [];

  /** Notes what a proxy tells. */
  add(unsent: UnsentRequests, atMs: number): void {
    this.#events.push({ atMs, unsent });
  }

  /** In words, for those who read the list; empty when nothing was passed over. */
  words(nowMs: number): string {
    this.#events = this.#events.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    const events = this.#events.map(({ unsent }) => unsent);
    const hops = events.reduce((sum, { requests }) => sum + requests, 0);
    if (hops === 0) return '';
    const names = [...new Set(events.map(({ workload }) => workload.name))].sort();
    const most = Math.max(...events.map(({ limitPerSecond }) => limitPerSecond));
    const about = events.some(({ atMost }) => atMost) ? 'up to ' : '';
    const whose = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' and ');
    return `${about}${hops.toLocaleString('en')} ${hops === 1 ? 'hop' : 'hops'} of the last minute ${hops === 1 ? 'is' : 'are'} not here: ${whose} had more than the ${most} a second that a proxy sends`;
  }

  clear(): void {
    this.#events = [];
  }
}
