import {
  additionTo,
  type AppEnd,
  type Configuration,
  indexConfiguration,
  parseConfiguration,
  withAddition,
  withEnd,
} from '@lateen/analysis';
import { type Clock } from '@lateen/base';
import { type AnyResource, type ResourceRef } from '@lateen/config';
import { type Cause, type Exchange, type Patch, type RequestRecord } from '@lateen/observation';
import { type ResourceChange } from './changes-since';

/** What causes are told from. */
export interface CauseSources {
  readonly clock: Clock;
  /** What there is at the start. */
  readonly resources: readonly AnyResource[];
  /** How a resource differs from what proxies had of it then; undefined: it does not. */
  readonly changedSince: (ref: ResourceRef, sinceMs: number) => ResourceChange | undefined;
  /** Applications that have ended, in the order they did. */
  readonly ends: () => readonly AppEnd[];
  /** Whether a workload is behind a host, of a subset where one is given. */
  readonly serves: (end: AppEnd, host: string, subset: string) => boolean;
}

/** One configuration, with what it said of causes already. */
interface Era {
  readonly resources: readonly AnyResource[];
  /** Indexed when the first failure of its time comes. */
  configuration: Configuration | undefined;
  /** By what is asked. */
  readonly additions: Map<string, Addition | undefined>;
  /** Of all patches among them. */
  patchCharacters: number;
  /** When another took its place; undefined: it is the one of now. */
  untilMs: number | undefined;
}

type Addition = NonNullable<ReturnType<typeof additionTo>>;

/** A request may be reported so long after it was made, in milliseconds; by so many configurations before that of now at most. */
const LATE_MS = 10_000;
const MAX_PAST = 8;
/** Additions that are remembered of one configuration, and characters of their patches. */
const MAX_ADDITIONS = 256;
const MAX_PATCHES = 1024 * 1024;
/** A longer patch is for nobody to read, and is left out, in characters. */
const MAX_PATCH = 128 * 1024;

/**
 * Adds to what proxies say of failures where the configuration says so, and what would change it: when a request is
 * reported, by the configuration of when it was made, so that it says the same after a change. That an application
 * had ended is added when somebody reads it, since its supervisor may learn of it later.
 */
export class Causes {
  readonly #sources: CauseSources;
  #now: Era;
  /** The oldest first. */
  #past: readonly Era[] = [];
  readonly #patched = new WeakMap<Patch, readonly ResourceRef[]>();

  constructor(sources: CauseSources) {
    this.#sources = sources;
    this.#now = eraOf(sources.resources);
  }

  /** Proxies are sent another configuration from now on. */
  configure(resources: readonly AnyResource[]): void {
    if (resources === this.#now.resources) return;
    const nowMs = this.#sources.clock.now();
    this.#now.untilMs = nowMs;
    this.#past = [...this.#past, this.#now].slice(-MAX_PAST);
    this.#now = eraOf(resources);
    this.#forget();
  }

  /** A record that was just reported, with what its configuration says of its cause; itself where that is nothing. */
  told(record: RequestRecord): RequestRecord {
    const { cause } = record;
    this.#forget();
    if (cause === undefined) return record;
    const addition = additionIn(this.#eraAt(record.startTimeMs), cause, record);
    return addition === undefined ? record : { ...record, cause: withAddition(cause, addition) };
  }

  /** A record as it is read: with an application that had ended, without a patch whose resource was changed since. */
  enrich(record: RequestRecord): RequestRecord {
    if (record.cause === undefined) return record;
    const { ends, serves } = this.#sources;
    const cause = withEnd(this.#standing(record.cause, record.startTimeMs), record, ends(), serves);
    return cause === record.cause ? record : { ...record, cause };
  }

  /** The configuration of now. */
  get configuration(): Configuration {
    return configurationOf(this.#now);
  }

  /** The same for every hop of a request. */
  enrichExchange(exchange: Exchange): Exchange {
    return { ...exchange, hops: exchange.hops.map((hop) => ({ ...hop, record: this.enrich(hop.record) })) };
  }

  /** Of configurations that are long gone nothing is reported any more. */
  #forget(): void {
    const oldestMs = this.#sources.clock.now() - LATE_MS;
    while ((this.#past[0]?.untilMs ?? Infinity) <= oldestMs) this.#past = this.#past.slice(1);
  }

  #eraAt(ms: number): Era {
    return this.#past.find(({ untilMs = Infinity }) => untilMs > ms) ?? this.#now;
  }

  /** A patch writes whole resources: it would undo what was done to them since. */
  #standing(cause: Cause, sinceMs: number): Cause {
    const { patch, ...rest } = cause;
    if (patch === undefined) return cause;
    return this.#resourcesOf(patch).some((ref) => this.#sources.changedSince(ref, sinceMs) !== undefined) ? rest : cause;
  }

  #resourcesOf(patch: Patch): readonly ResourceRef[] {
    let refs = this.#patched.get(patch);
    if (refs === undefined) {
      const { resources } = parseConfiguration([{ name: 'patch.yaml', text: patch.yaml }], { allowIneffective: true });
      refs = resources.map(({ kind, metadata: { namespace, name } }) => ({ kind, namespace, name }));
      this.#patched.set(patch, refs);
    }
    return refs;
  }
}

function eraOf(resources: readonly AnyResource[]): Era {
  return { resources, configuration: undefined, additions: new Map(), patchCharacters: 0, untilMs: undefined };
}

function configurationOf(era: Era): Configuration {
  return (era.configuration ??= indexConfiguration(era.resources));
}

/** Requests that fail alike share what is said of it. */
function additionIn(era: Era, cause: Cause, record: RequestRecord): Addition | undefined {
  const key = questionOf(cause, record);
  if (era.additions.has(key)) return era.additions.get(key);
  const addition = bounded(additionTo(cause, record, configurationOf(era)));
  era.patchCharacters += addition?.patch?.yaml.length ?? 0;
  if (era.additions.size >= MAX_ADDITIONS || era.patchCharacters > MAX_PATCHES) {
    era.additions.clear();
    era.patchCharacters = addition?.patch?.yaml.length ?? 0;
  }
  era.additions.set(key, addition);
  return addition;
}

/** All that an addition depends on but the configuration; not how long it took, which differs each time. */
function questionOf({ code, evidence }: Cause, record: RequestRecord): string {
  const { rule, cluster, authority, serverName, protocol, routeConfig, localAddress, workload } = record;
  const lasting = evidence.filter((item) => !/^(took|after) /.test(item));
  return JSON.stringify([code, lasting, rule, cluster, authority, serverName, protocol, routeConfig, localAddress, workload]);
}

function bounded(addition: Addition | undefined): Addition | undefined {
  if ((addition?.patch?.yaml.length ?? 0) <= MAX_PATCH) return addition;
  const { patch: _patch, ...rest } = addition!;
  return rest;
}
