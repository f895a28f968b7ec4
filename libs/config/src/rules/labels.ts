import { isLabel } from './names';
import { type Place, quote, type Report, unfit } from './report';

/** Labels, selectors, references and visibility. Spec: validation.md §3.7 and §3.8. */

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

type Labels = Readonly<Record<string, string>>;

/** Refuses labels that no workload can carry. */
export function checkLabels(report: Report, at: Place, labels: Labels | undefined): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (!isLabelKey(key))
      report.error(
        'invalid_label',
        [...at, key],
        unfit(key, 'a label name', 'at most 63 letters, digits, "-", "_" and ".", with an optional "DOMAIN/" before'),
      );
    if (value !== '' && !NAME.test(value))
      report.error(
        'invalid_label',
        [...at, key],
        unfit(value, 'a label value', 'letters, digits, "-", "_" and ".", starting and ending with a letter or digit'),
      );
  }
}

function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  const name = slash < 0 ? key : key.slice(slash + 1);
  return name.length <= 63 && NAME.test(name) && (slash < 0 || (slash <= 253 && key.slice(0, slash).split('.').every(isLabel)));
}

/**
 * Refuses wildcards and empty names in a selector, and warns of one that selects by nothing.
 * @returns false when it was refused.
 */
export function checkSelector(report: Report, at: Place, labels: Labels | undefined): boolean {
  const before = report.errors;
  for (const [key, value] of Object.entries(labels ?? {})) {
    if (key === '') report.error('invalid_selector', [...at, key], 'Cannot select by a label without a name');
    if (key.includes('*')) report.error('invalid_selector', [...at, key], unfit(key, 'a label name in a selector', 'no "*"'));
    if (value.includes('*'))
      report.error('invalid_selector', [...at, key], unfit(value, 'a label value in a selector', 'no "*": selectors match whole values'));
  }
  if (Object.keys(labels ?? {}).length === 0)
    report.warn('ineffective_selector', at, 'The selector has no labels: it selects every workload in the namespace');
  return report.errors === before;
}

/** `selector` of a policy. */
export function checkPolicySelector(report: Report, at: Place, selector: { readonly matchLabels?: Labels | undefined } | undefined): void {
  if (selector !== undefined) checkSelector(report, [...at, 'matchLabels'], selector.matchLabels);
}

/**
 * `workloadSelector` of a Sidecar, ServiceEntry or EnvoyFilter.
 * @returns false when it was refused; then nothing else of the resource is judged.
 */
export function checkWorkloadSelector(report: Report, selector: { readonly labels?: Labels | undefined } | undefined): boolean {
  return selector === undefined || checkSelector(report, ['spec', 'workloadSelector', 'labels'], selector.labels);
}

/** A reference to what a policy applies to. */
export interface TargetRefLike {
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

const TARGETS: readonly (readonly [string, string])[] = [
  ['', 'Service'],
  ['core', 'Service'],
  ['networking.istio.io', 'ServiceEntry'],
  ['gateway.networking.k8s.io', 'Gateway'],
  ['gateway.networking.k8s.io', 'GatewayClass'],
];

/** The selector and the references of a policy: at most one of them, and each reference one that Istio follows. */
export function checkTargets(
  report: Report,
  spec: {
    readonly selector?: { readonly matchLabels?: Labels | undefined } | undefined;
    readonly targetRef?: TargetRefLike | undefined;
    readonly targetRefs?: readonly TargetRefLike[] | undefined;
  },
): void {
  checkPolicySelector(report, ['spec', 'selector'], spec.selector);
  const given = [spec.selector, spec.targetRef, (spec.targetRefs?.length ?? 0) === 0 ? undefined : spec.targetRefs].filter(
    (field) => field !== undefined,
  );
  if (given.length > 1)
    report.error(
      'exclusive_fields',
      ['spec'],
      'Cannot apply to several things at once: set only one of selector, targetRef and targetRefs',
    );
  const refs: (readonly [TargetRefLike, Place])[] = (spec.targetRefs ?? []).map((ref, i) => [ref, ['spec', 'targetRefs', i]] as const);
  if (spec.targetRef !== undefined) refs.unshift([spec.targetRef, ['spec', 'targetRef']]);
  for (const [ref, at] of refs) {
    if ((ref.name ?? '') === '') report.error('required_field', [...at, 'name'], 'Cannot follow a reference without a name');
    if ((ref.namespace ?? '') !== '')
      report.error('invalid_reference', [...at, 'namespace'], `Cannot refer to another namespace, ${quote(ref.namespace)}: leave it out`);
    if (!TARGETS.some(([group, kind]) => group === (ref.group ?? '') && kind === ref.kind)) {
      report.error(
        'invalid_reference',
        [...at, 'kind'],
        unfit(
          `${ref.group ?? ''}/${ref.kind ?? ''}`,
          'the target of a policy',
          'a Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway or gateway.networking.k8s.io/GatewayClass',
        ),
      );
    }
  }
}
