import { clusterParts, shortHost } from '../lib/names';

/** One decision on the way of a request. Spec: docs/explain.md. */
export interface Step {
  /** 1 is the proxy that the request meets first. */
  readonly hop: number;
  /** `POD.NAMESPACE`. */
  readonly proxy: string;
  readonly side: 'outbound' | 'inbound' | 'gateway';
  readonly stage: string;
  readonly verdict: 'matched' | 'not-matched' | 'chosen' | 'skipped' | 'applied';
  readonly reason: string;
  readonly name?: string;
  readonly resource?: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly file?: string;
  readonly line?: number;
  /** 0 to 1; absent: every request that comes this far. */
  readonly probability?: number;
  /** Who set a value: `default`, `MeshConfig`, a kind. */
  readonly source?: string;
  readonly endpoints?: readonly EndpointView[];
  /** This is what really happened to the request. */
  readonly happened?: boolean;
}

/** One address a cluster may pick. */
export interface EndpointView {
  readonly address: string;
  readonly workload?: string;
  readonly locality?: string;
  readonly weight: number;
  readonly health: string;
  readonly ejected?: boolean;
  readonly unresolved?: true;
  readonly usable: boolean;
}

/** How a request ends, as far as configuration decides it. */
export interface Outcome {
  readonly kind: string;
  readonly cluster?: string;
  readonly status?: number;
  readonly flag?: string;
  readonly rule?: string;
  readonly probability: number;
  readonly reason: string;
  /** Where the configuration said so when a request failed. */
  readonly file?: string;
  readonly line?: number;
}

/** What `POST /api/explain` answers. */
export interface Explanation {
  readonly request: { readonly from: string; readonly method: string; readonly url: string };
  readonly outcome: Outcome;
  readonly outcomes: readonly Outcome[];
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Whether it ends as somebody wanted: it is answered, and not with an error. */
export function isGood({ kind, status, flag }: Outcome): boolean {
  const goesOn = kind === 'route' || kind === 'redirect' || kind === 'passthrough' || kind === 'direct-response';
  return goesOn && (status ?? 0) < 400 && (flag ?? '') === '';
}

/** Rules that were tried in vain and are worth a line each: those next before the chosen one. */
const MAX_TRIED = 3;

/**
 * The decisions that made a request go where it went, in their order: rules that were chosen and those just before that
 * did not match, where it was sent by a rule or by chance, what was done to it, and everything that stood in its way.
 */
export function decidedBy(steps: readonly Step[]): readonly Step[] {
  const tried = steps.filter((s) => s.stage === 'route' && s.verdict === 'not-matched').slice(-MAX_TRIED);
  return steps.filter((step) => tried.includes(step) || decides(step));
}

function decides({ stage, verdict, side, source, probability, endpoints, file }: Step): boolean {
  switch (stage) {
    case 'route':
      // Inside the destination every request goes to its app; that decides nothing.
      return verdict === 'chosen' && (side !== 'inbound' || file !== undefined);
    case 'cluster':
      if (verdict === 'not-matched') return true;
      return side !== 'inbound' && verdict === 'chosen' && (source !== 'default' || (probability ?? 1) < 1);
    case 'endpoint':
      return verdict === 'not-matched' || (endpoints !== undefined && !endpoints.some((e) => e.usable));
    case 'authorization':
      return verdict !== 'skipped';
    case 'fault':
    case 'rewrite':
    case 'headers':
    case 'mirror':
      return verdict === 'applied' || verdict === 'chosen';
    case 'timeout':
    case 'retry':
      return verdict === 'applied' && source !== undefined && source !== 'default';
    default:
      return verdict === 'not-matched' && stage !== 'virtual-host';
  }
}

/** What a call was for, as people name it: `reviews v2` of its cluster, else the host that was asked. */
export function destinationOf({ request, outcome }: Pick<Explanation, 'request' | 'outcome'>): string {
  const { host, subset } = clusterParts(outcome.cluster ?? '');
  if (host !== '') return subset === '' ? shortHost(host) : `${shortHost(host)} ${subset}`;
  return /^[a-z]+:\/\/([^/]*)/i.exec(request.url)?.[1] ?? request.url;
}

/** The path and query of what was asked. */
export function pathOf({ url }: Pick<Explanation['request'], 'url'>): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/i, '') || '/';
}

/** The call that says how a request as a whole ended: the innermost that failed, else the first. */
export function tellingCall<T extends Pick<Explanation, 'outcome'>>(calls: readonly T[]): T | undefined {
  return calls.findLast(({ outcome }) => !isGood(outcome)) ?? calls[0];
}

/**
 * The call to open first: the innermost that failed, else the first whose rule chose among versions, one that tried several
 * rules or split by weight before others; else the first.
 */
export function openedCall<T extends Pick<Explanation, 'outcome' | 'steps'>>(calls: readonly T[]): T | undefined {
  const failed = calls.findLast(({ outcome }) => !isGood(outcome));
  const versioned = calls.filter(
    ({ outcome, steps }) => clusterParts(outcome.cluster ?? '').subset !== '' && ruleStepOf(steps) !== undefined,
  );
  return failed ?? versioned.find(({ steps }) => hadChoice(steps)) ?? versioned[0] ?? calls[0];
}

function hadChoice(steps: readonly Step[]): boolean {
  return steps.some(
    ({ stage, verdict, side, probability }) =>
      side !== 'inbound' &&
      ((stage === 'route' && (verdict === 'not-matched' || verdict === 'skipped')) ||
        (stage === 'cluster' && verdict === 'chosen' && (probability ?? 1) < 1)),
  );
}

/** Where the rule is written that chose the route; undefined where no file says it. */
export function ruleStepOf(steps: readonly Step[]): Step | undefined {
  return steps.find((s) => s.stage === 'route' && s.verdict === 'chosen' && s.file !== undefined && s.file !== '');
}

/** Decisions of one proxy. */
export interface HopSteps {
  readonly hop: number;
  readonly proxy: string;
  readonly side: Step['side'];
  readonly steps: readonly Step[];
}

/** Steps by the proxy that decides, in the order a request meets them. */
export function hopsOf(steps: readonly Step[]): readonly HopSteps[] {
  const hops: { hop: number; proxy: string; side: Step['side']; steps: Step[] }[] = [];
  for (const step of steps) {
    const last = hops.at(-1);
    if (last !== undefined && last.hop === step.hop && last.side === step.side) last.steps.push(step);
    else hops.push({ hop: step.hop, proxy: step.proxy, side: step.side, steps: [step] });
  }
  return hops;
}
