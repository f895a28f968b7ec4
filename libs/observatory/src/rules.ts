import { type RuleRef } from '@lateen/observation';
import { type RuleLabels } from '@lateen/xds/gen/lateen/observation_pb';
import { ruleOf } from './record-of-report';
import { Splits } from './splits';
import { KEPT_STEPS, StepNumbers, type StepShare } from './steps';

/** How often something was reached. */
export interface Tally {
  /** Since it began, whatever was edited meanwhile; steps are of this. */
  total: number;
  readonly beganMs: number;
  /** Of a rule since what it says last changed; of others as the total. */
  own: number;
  ownSinceMs: number;
  lastMs: number;
  readonly steps: StepNumbers;
}

/** A rule (or, where `rule.kind` is empty, a route that no resource made) with where it stands. */
export interface RuleTally extends Tally {
  readonly rule: RuleRef;
  /** Of the route configuration and virtual host; Envoy's names. Of connections the virtual host is the name or `HOST:PORT` dialled. */
  readonly routeConfig: string;
  readonly virtualHost: string;
  /** Listener of connections; empty for requests. */
  readonly listener: string;
  /** What no rule took (`rule` is empty): the host without its port, or the TLS name, that was asked for. Else empty. */
  readonly asked: string;
}

/** Bytes of a tally without its steps. */
const TALLY_OVERHEAD = 620;
/** Tallies of one kind; later ones are not told apart from nothing. */
const MAX_TALLIES = 20_000;

/** What traffic reached: rules, and clusters. Totals are since the control plane started, steps of 15 minutes. */
export class Reached {
  readonly #rules = new Map<string, RuleTally>();
  readonly #clusters = new Map<string, Tally>();
  /** How rules really split what they matched. */
  readonly splits = new Splits();
  #bytes = 0;
  /** Rules and clusters that are not counted because there were too many. */
  dropped = 0;

  get bytes(): number {
    return this.#bytes + this.splits.bytes;
  }

  rules(): Iterable<RuleTally> {
    return this.#rules.values();
  }

  /** By Envoy's name: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
  clusters(): ReadonlyMap<string, Tally> {
    return this.#clusters;
  }

  addRule(labels: RuleLabels, hits: number, shares: readonly StepShare[], nowMs: number): void {
    const rule = ruleOf(labels);
    const routeConfig = labels.routeConfig.slice(0, 256);
    const virtualHost = labels.virtualHost.slice(0, 256);
    const listener = labels.listener.slice(0, 256);
    const asked = labels.asked.slice(0, 256);
    const key = [rule.kind, rule.namespace, rule.name, rule.rule, rule.match, routeConfig, virtualHost, listener, asked].join('\n');
    let tally = this.#rules.get(key);
    if (tally === undefined) {
      if (this.#rules.size >= MAX_TALLIES) {
        this.dropped++;
        return;
      }
      this.#rules.set(key, (tally = { rule, routeConfig, virtualHost, listener, asked, ...emptyTally(nowMs) }));
      this.#bytes += TALLY_OVERHEAD + 2 * key.length;
    }
    this.#add(tally, hits, shares, nowMs);
  }

  addCluster(name: string, requests: number, shares: readonly StepShare[], nowMs: number): void {
    let tally = this.#clusters.get(name);
    if (tally === undefined) {
      if (this.#clusters.size >= MAX_TALLIES) {
        this.dropped++;
        return;
      }
      this.#clusters.set(name, (tally = emptyTally(nowMs)));
      this.#bytes += TALLY_OVERHEAD + 2 * name.length;
    }
    this.#add(tally, requests, shares, nowMs);
  }

  /** A rule's own counts begin anew: what it says has changed. What others are told from them, such as a Gateway's, goes on. */
  restart({ kind, namespace, name }: Pick<RuleRef, 'kind' | 'namespace' | 'name'>, nowMs: number): void {
    this.splits.restart({ kind, namespace, name });
    for (const tally of this.#rules.values()) {
      if (tally.rule.kind !== kind || tally.rule.namespace !== namespace || tally.rule.name !== name) continue;
      tally.own = 0;
      tally.ownSinceMs = nowMs;
    }
  }

  age(step: number): void {
    this.splits.age(step);
    for (const tally of [...this.#rules.values(), ...this.#clusters.values()]) {
      this.#bytes -= tally.steps.bytes;
      tally.steps.dropBefore(step - KEPT_STEPS + 1);
      this.#bytes += tally.steps.bytes;
    }
  }

  /** Makes itself at most so large: history goes first, then what was reached longest ago. */
  shrinkTo(most: number, nowStep: number): void {
    if (this.bytes <= most) return;
    this.splits.shrinkTo(most / 4);
    const bytes = most - this.splits.bytes;
    if (this.#bytes <= bytes) return;
    for (const tally of [...this.#rules.values(), ...this.#clusters.values()]) {
      this.#bytes -= tally.steps.bytes;
      tally.steps.dropBefore(nowStep - 60);
      this.#bytes += tally.steps.bytes;
    }
    const oldest = [...this.#rules].sort(([, a], [, b]) => a.lastMs - b.lastMs);
    for (const [key, tally] of oldest) {
      if (this.#bytes <= bytes) return;
      this.#rules.delete(key);
      this.#bytes -= TALLY_OVERHEAD + 2 * key.length + tally.steps.bytes;
      this.dropped++;
    }
    for (const [name, tally] of [...this.#clusters].sort(([, a], [, b]) => a.lastMs - b.lastMs)) {
      if (this.#bytes <= bytes) return;
      this.#clusters.delete(name);
      this.#bytes -= TALLY_OVERHEAD + 2 * name.length + tally.steps.bytes;
      this.dropped++;
    }
  }

  #add(tally: Tally, count: number, shares: readonly StepShare[], nowMs: number): void {
    if (!Number.isFinite(count) || count <= 0) return;
    tally.total += count;
    tally.own += count;
    tally.lastMs = nowMs;
    this.#bytes -= tally.steps.bytes;
    for (const { step, share } of shares) tally.steps.add(step, [count], share);
    this.#bytes += tally.steps.bytes;
  }
}

function emptyTally(nowMs: number): Tally {
  return { total: 0, beganMs: nowMs, own: 0, ownSinceMs: nowMs, lastMs: 0, steps: new StepNumbers(1) };
}
