import {
  analyze,
  type ConfigurationOptions,
  type Finding as AnalysisFinding,
  indexConfiguration,
  parseConfiguration,
} from '@lateen/analysis';
import { type Violation } from '@lateen/base';
import { type AnyResource, keyOf, type ResourceRef, toObject, toYaml } from '@lateen/config';
import { type DeadPart, type Finding, type ResourceRevision, type ResourceSummary, type ResourceView } from '@lateen/observation';
import {
  deadPartsOf,
  effectOf,
  type EffectInputs,
  partEffectsOf,
  type ReachInputs,
  reachOf,
  rejectedText,
  shadowsOf,
} from '@lateen/observatory';
import { type ConnectedClient } from '@lateen/xds/server';
import { conditionOf, effectOf as kindEffect } from '../admin/resource-status';
import { type ControlPlane } from '../control-plane';
import { rejectedBy } from './configuration-rejections';
import { appliesToProxy, rootNamespaceOf, selectsNothing } from './configuration-selectors';
import { type Revision } from './revisions';

/** The parts of a control plane that its configuration is told from. */
export type ConfigurationSource = Pick<ControlPlane, 'store' | 'world' | 'ads' | 'sync' | 'observe' | 'revisions' | 'clock' | 'violations'>;

/** What an editor's text is called in findings about it. */
const EDITED = 'editor.yaml';

/** Every resource with what is wrong with it and what it does. Findings are worked out once for each world. */
export class ConfigurationViews {
  readonly #source: ConfigurationSource;
  #analysed: { readonly generation: number; readonly byKey: ReadonlyMap<string, readonly AnalysisFinding[]> } | undefined;

  constructor(source: ConfigurationSource) {
    this.#source = source;
  }

  summaries(): readonly ResourceSummary[] {
    const reach = this.#reachInputs();
    const violations = this.#source.violations();
    return this.#source.store.list().map((resource) => this.#summary(resource, this.#effectInputs(resource, reach, violations)));
  }

  /** One resource opened; undefined when there is none of that name. */
  view({ kind, namespace, name }: ResourceRef): ResourceView | undefined {
    const { store, revisions } = this.#source;
    const resource = store.list().find((r) => r.kind === kind && r.metadata.namespace === namespace && r.metadata.name === name);
    if (resource === undefined) return undefined;
    const inputs = this.#effectInputs(resource, this.#reachInputs(), this.#source.violations());
    return {
      ...this.#summary(resource, inputs),
      yaml: yamlOf(resource),
      allFindings: [...rejectionFindings(inputs), ...this.#findings(resource).map((finding) => findingIn(finding, resource.origin.line))],
      parts: resource.kind === 'Secret' ? [] : partEffectsOf(resource, inputs),
      revisions: revisions.of({ kind, namespace, name }).map(revisionView),
    };
  }

  /** What is wrong with some YAML if it were applied now. */
  validate(text: string): readonly Finding[] {
    const parsed = parseConfiguration([{ name: EDITED, text }], { allowIneffective: true });
    const ofParsing = parsed.violations.map(findingOfViolation);
    if (parsed.rejectedFiles.length > 0) return ofParsing;
    const replaced = new Set(parsed.resources.map(keyOf));
    const others = this.#source.store.list().filter((resource) => !replaced.has(keyOf(resource)));
    const found = analyze(indexConfiguration([...others, ...parsed.resources], this.#whole())).findings;
    const own = found.filter(({ position, reference, analyzer }) => (position ?? reference)?.file === EDITED && analyzer !== 'schema');
    return [...ofParsing, ...own.map((finding) => findingIn(finding, 1))];
  }

  /** What no request has reached since `sinceMs`, or since it was applied or anybody counts when that is later. */
  dead(sinceMs = 0): { readonly dead: readonly DeadPart[]; readonly judgedSinceMs: number } {
    const { store, revisions, observe } = this.#source;
    const { startedAtMs } = observe.observatory;
    const reach = this.#reachInputs();
    const dead = store.list().flatMap((resource) => {
      if (kindEffect(resource) !== 'full' || resource.kind === 'Service') return [];
      const appliedAtMs = revisions.appliedAtMs(resource);
      const judgedSinceMs = Math.max(appliedAtMs, startedAtMs, sinceMs);
      const { workloads } = reach.snapshot;
      const rootNamespace = rootNamespaceOf(reach.snapshot);
      const unselecting = selectsNothing(resource, { workloads, rootNamespace, appliedAtMs, judgedSinceMs });
      if (unselecting !== undefined) return [unselecting];
      const reached = reachOf(resource, { ...reach, sinceMs: judgedSinceMs });
      if (reached === undefined) return [];
      const shadows = shadowsOf(resource, this.#findings(resource));
      return deadPartsOf({ resource, reach: reached, shadows, appliedAtMs, judgedSinceMs, nowMs: reach.nowMs });
    });
    return { dead, judgedSinceMs: Math.max(startedAtMs, sinceMs) };
  }

  #summary(resource: AnyResource, inputs: EffectInputs): ResourceSummary {
    const { kind, metadata, origin } = resource;
    const findings = this.#findings(resource);
    const rejected = rejectionFindings(inputs).length;
    return {
      kind,
      namespace: metadata.namespace,
      name: metadata.name,
      file: origin.file,
      line: origin.line,
      generation: metadata.generation ?? 1,
      effect: effectOf(resource, inputs),
      findings: findings.length + rejected,
      errors: findings.filter(({ level }) => level === 'Error').length + rejected,
    };
  }

  #effectInputs(resource: AnyResource, reach: ReachInputs, violations: readonly Violation[]): EffectInputs {
    const { revisions, observe, ads, sync } = this.#source;
    const countedSinceMs = Math.max(revisions.appliedAtMs(resource), observe.observatory.startedAtMs);
    const reached = reachOf(resource, { ...reach, sinceMs: countedSinceMs });
    const condition = conditionOf(resource, violations);
    const used = (reached?.whole.requests ?? 0) > 0;
    const wanted = revisions.worldGeneration(resource);
    const clients = ads.clients().filter(({ state }) => appliesToProxy(resource, state.client, reach.snapshot));
    const { streams, message } = rejectedBy(resource, { rejections: sync.rejections(), clients, wanted });
    const has = ({ state }: ConnectedClient): boolean => state.settledGeneration >= wanted && !streams.has(state.client.streamId);
    const { workloads } = reach.snapshot;
    const judged = {
      workloads,
      rootNamespace: rootNamespaceOf(reach.snapshot),
      appliedAtMs: countedSinceMs,
      judgedSinceMs: countedSinceMs,
    };
    const leftOut = condition.status === 'False' && (condition.reason === 'NotYetInEffect' || !used) ? condition.message : undefined;
    return {
      reach: reached,
      ignored: leftOut ?? (used ? undefined : selectsNothing(resource, judged)?.reason),
      proxies: { synced: clients.filter(has).length, of: clients.length },
      ...(message === undefined ? {} : { rejected: { proxies: streams.size, message } }),
      shadows: shadowsOf(resource, this.#findings(resource)),
      countedSinceMs,
      nowMs: reach.nowMs,
    };
  }

  #reachInputs(): ReachInputs {
    const { world, observe, clock } = this.#source;
    return { reached: observe.observatory.reached, snapshot: world.current.snapshot, nowMs: clock.now() };
  }

  /** The resources are all there is, and these run. */
  #whole(): ConfigurationOptions {
    const { world, clock } = this.#source;
    return { nowMs: clock.now(), isWhole: true, running: world.workloads };
  }

  #findings(resource: AnyResource): readonly AnalysisFinding[] {
    const { world, store } = this.#source;
    const { generation } = world.current;
    if (this.#analysed?.generation !== generation) {
      const byKey = new Map<string, AnalysisFinding[]>();
      for (const finding of analyze(indexConfiguration(store.list(), this.#whole())).findings) {
        if (finding.origin === undefined) continue;
        const { kind, namespace, name } = finding.origin;
        const key = `${kind}/${namespace}/${name}`;
        const list = byKey.get(key);
        if (list === undefined) byKey.set(key, [finding]);
        else list.push(finding);
      }
      this.#analysed = { generation, byKey };
    }
    const { kind, metadata } = resource;
    return this.#analysed.byKey.get(`${kind}/${metadata.namespace}/${metadata.name}`) ?? [];
  }
}

function revisionView({ generation, appliedAtMs, resource, undoneTo, deletedAtMs }: Revision): ResourceRevision {
  const { file, line } = resource.origin;
  return {
    generation,
    appliedAtMs,
    yaml: yamlOf(resource),
    file,
    line,
    ...(undoneTo === undefined ? {} : { undoneTo }),
    ...(deletedAtMs === undefined ? {} : { deletedAtMs }),
  };
}

/** As written; of a Secret only the names of its values. */
function yamlOf(resource: AnyResource): string {
  if (resource.kind !== 'Secret') return resource.origin.text;
  const blank = (values: unknown): unknown =>
    typeof values === 'object' && values !== null ? Object.fromEntries(Object.keys(values).map((key) => [key, '***'])) : values;
  const { data, stringData, ...rest } = toObject(resource) as ReturnType<typeof toObject> & {
    readonly data?: unknown;
    readonly stringData?: unknown;
  };
  return toYaml({
    ...rest,
    ...(data === undefined ? {} : { data: blank(data) }),
    ...(stringData === undefined ? {} : { stringData: blank(stringData) }),
  });
}

/** That proxies rejected it: not what is written in a line, but an error all the same. */
function rejectionFindings({ rejected }: EffectInputs): readonly Finding[] {
  if (rejected === undefined) return [];
  return [{ severity: 'error', code: 'proxy_rejected', message: capitalized(rejectedText(rejected)), path: '', line: 1 }];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SEVERITY = { Error: 'error', Warning: 'warning', Info: 'info' } as const;

/** Lines count within the resource's text, which starts on `firstLine` of its file. */
function findingIn({ level, code, message, path, position, reference }: AnalysisFinding, firstLine: number): Finding {
  const line = (position ?? reference)?.line ?? firstLine;
  return { severity: SEVERITY[level], code, message, path, line: Math.max(1, line - firstLine + 1) };
}

function findingOfViolation({ severity, code, message, path, position }: Violation): Finding {
  return { severity, code, message, path, line: position?.line ?? 1 };
}
