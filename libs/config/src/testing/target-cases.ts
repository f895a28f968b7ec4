import { type KindCase } from './kind-table';

/** What every `selector` of a policy is judged by, around a spec that is otherwise fine. Spec: validation.md §3.7. */
export function selectorCases(spec: object, field = 'selector'): readonly KindCase[] {
  const at = `spec.${field}.matchLabels`;
  const select = (matchLabels: object): object => ({ ...spec, [field]: { matchLabels } });
  return [
    { name: 'a selector', spec: select({ 'app.kubernetes.io/name': 'a', 'any text?': 'at all!' }) },
    { name: 'a selector without labels', spec: { ...spec, [field]: {} }, want: [`warning ineffective_selector ${at}`] },
    { name: 'a selector by no labels', spec: select({}), want: [`warning ineffective_selector ${at}`] },
    { name: 'a selector with a star as a value', spec: select({ app: '*' }), want: [`error invalid_selector ${at}.app`] },
    { name: 'a selector with a star in a name', spec: select({ 'a*': 'a' }), want: [`error invalid_selector ${at}["a*"]`] },
    { name: 'a selector by a label without a name', spec: select({ '': 'a' }), want: [`error invalid_selector ${at}[""]`] },
  ];
}

/** As `selectorCases`, for `workloadSelector`, whose errors hide the rest of the resource. */
export function workloadSelectorCases(spec: object, broken: object, always: readonly string[] = []): readonly KindCase[] {
  const at = 'spec.workloadSelector.labels';
  const select = (labels: object, rest: object): object => ({ ...rest, workloadSelector: { labels } });
  return [
    { name: 'selected workloads', spec: select({ app: 'a' }, spec), want: always },
    { name: 'workloads by no labels', spec: select({}, spec), want: [`warning ineffective_selector ${at}`, ...always] },
    { name: 'workloads by a star hide the rest', spec: select({ app: 'a*' }, broken), want: [`error invalid_selector ${at}.app`] },
    { name: 'workloads by a name with a star', spec: select({ '*': 'a' }, broken), want: [`error invalid_selector ${at}["*"]`] },
    { name: 'workloads by a label without a name', spec: select({ '': 'a' }, broken), want: [`error invalid_selector ${at}[""]`] },
  ];
}

/** What the references of a policy are judged by. `singular`: whether the kind has `targetRef` too. */
export function targetCases(spec: object, singular: boolean): readonly KindCase[] {
  const refs = (...targetRefs: object[]): object => ({ ...spec, targetRefs });
  const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a' };
  const service = { kind: 'Service', name: 'a' };
  const several = ['error exclusive_fields spec'];
  const cases: readonly KindCase[] = [
    {
      name: 'targets of each kind',
      spec: refs(
        { ...gateway, namespace: '' },
        { ...gateway, kind: 'GatewayClass' },
        service,
        { ...service, group: 'core' },
        { group: 'networking.istio.io', kind: 'ServiceEntry', name: 'a' },
      ),
    },
    { name: 'a target of another kind', spec: refs({ kind: 'Pod', name: 'a' }), want: ['error invalid_reference spec.targetRefs[0].kind'] },
    {
      name: 'a target in lower case',
      spec: refs({ kind: 'service', name: 'a' }),
      want: ['error invalid_reference spec.targetRefs[0].kind'],
    },
    {
      name: 'a target of a kind in another group',
      spec: refs({ ...gateway, group: 'networking.istio.io' }),
      want: ['error invalid_reference spec.targetRefs[0].kind'],
    },
    { name: 'a target without a name', spec: refs({ kind: 'Service', name: '' }), want: ['error required_field spec.targetRefs[0].name'] },
    {
      name: 'a target elsewhere',
      spec: refs({ ...service, namespace: 'b' }),
      want: ['error invalid_reference spec.targetRefs[0].namespace'],
    },
    { name: 'no targets beside a selector', spec: { ...refs(), selector: { matchLabels: { app: 'a' } } } },
    {
      name: 'a target and a selector of nothing',
      spec: { ...refs(service), selector: {} },
      want: ['warning ineffective_selector spec.selector.matchLabels', ...several],
    },
  ];
  if (!singular) return cases;
  return [
    ...cases,
    { name: 'one target', spec: { ...spec, targetRef: { ...gateway, namespace: '' } } },
    { name: 'a target and targets', spec: { ...refs(service), targetRef: service }, want: several },
    {
      name: 'one target of another kind',
      spec: { ...spec, targetRef: { kind: 'Pod', name: 'a' } },
      want: ['error invalid_reference spec.targetRef.kind'],
    },
  ];
}
