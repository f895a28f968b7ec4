import { isLabel } from './names';
import { type Place, quote, type Report, unfit } from './report';

/** Who sees the resource. Spec: validation.md §3.8. */
export function checkExportTo(
  report: Report,
  namespaces: readonly string[] | undefined,
  options: { readonly namespace: string; readonly mayBeNone?: boolean; readonly onlyOwn?: boolean },
): void {
  const at: Place = ['spec', 'exportTo'];
  const seen = new Set<string>();
  namespaces?.forEach((entry, i) => {
    const known = entry === '.' || entry === '*' || isLabel(entry) || (options.mayBeNone === true && entry === '~');
    if (!known)
      report.error(
        'invalid_export_to',
        [...at, i],
        unfit(entry, 'a namespace to export to', `a namespace, "." or "*"${options.mayBeNone === true ? ', or "~" alone' : ''}`),
      );
    const own = entry === '.' ? options.namespace : entry;
    if (seen.has(own)) report.error('invalid_export_to', [...at, i], `Cannot export to ${quote(entry)}: it is listed already`);
    seen.add(own);
  });
  const list = namespaces ?? [];
  for (const alone of ['*', '~']) {
    if (list.length > 1 && list.includes(alone))
      report.error('invalid_export_to', at, `Cannot export to ${quote(alone)} and others: it stands alone`);
  }
  if (options.onlyOwn === true && list.length > 0 && !(list.length === 1 && (list[0] === '.' || list[0] === options.namespace))) {
    report.error('invalid_export_to', at, 'Cannot export a rule with a workloadSelector to other namespaces: expected "." alone');
  }
}
