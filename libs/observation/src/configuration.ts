/** What traffic says of a resource or one of its rules. */
export interface Effect {
  readonly state: 'matched' | 'never-matched' | 'ignored' | 'in-effect' | 'unknown';
  /** Since it was applied, and in the last five minutes; only where traffic can match it. */
  readonly requests?: number;
  readonly requests5m?: number;
  /** Proxies that have it, of those it concerns. */
  readonly proxies?: { readonly synced: number; readonly of: number };
  /** One sentence: "matched 214 requests in 5 min; on 7 of 7 proxies", "never matched: shadowed by rule 1". */
  readonly sentence: string;
}

/** A rule, subset or server of a resource, with its own effect. */
export interface PartEffect extends Effect {
  /** `http[1]`, `http[1].match[0]`, `subsets[0]`. */
  readonly path: string;
  readonly line: number;
}

/** One thing wrong or noteworthy in the configuration. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
  readonly path: string;
  readonly line: number;
}

/** A resource as the dashboard lists it. */
export interface ResourceSummary {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly generation: number;
  readonly effect: Effect;
  readonly findings: number;
  /** Findings of severity `error` among them. */
  readonly errors: number;
}

/** A resource opened. */
export interface ResourceView extends ResourceSummary {
  readonly yaml: string;
  /** Lines of findings and parts count within `yaml`, from 1. */
  readonly allFindings: readonly Finding[];
  readonly parts: readonly PartEffect[];
  /** Versions to go back to, newest first; the first is what is in effect. */
  readonly revisions: readonly ResourceRevision[];
}

/** A version of a resource, and where its text came from. */
export interface ResourceRevision {
  readonly generation: number;
  readonly appliedAtMs: number;
  readonly yaml: string;
  readonly file: string;
  /** Where the text begins in the file, from 1. */
  readonly line: number;
  /** It came by going back to this generation; undefined where somebody wrote it. */
  readonly undoneTo?: number;
  /** The resource was deleted then, in milliseconds since the epoch: what is newer was made anew. */
  readonly deletedAtMs?: number;
}

/** Configuration that no request has reached since it was applied. */
export interface DeadPart {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly file: string;
  readonly line: number;
  readonly appliedAtMs: number;
  /** Since when it is judged, in milliseconds since the epoch: the time that was asked for, or since it was applied, or since anybody counts, if that is later. */
  readonly judgedSinceMs: number;
  /** Requests that could have reached it: those for its hosts. 0 says that there was nothing to judge by. */
  readonly candidates: number;
  /** It is dead whatever is asked for: it selects nothing. */
  readonly certain?: true;
  readonly reason: string;
}

/** A workload that receives a header and calls on without it. */
export interface DroppedHeader {
  readonly workload: string;
  readonly namespace: string;
  readonly header: string;
  /** Service hosts it called without the header. */
  readonly towards: readonly string[];
  readonly received: number;
  readonly calls: number;
  /** Rules that can therefore never match for calls that come through it. */
  readonly rules: readonly {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly file: string;
    readonly line: number;
  }[];
  readonly sentence: string;
}
