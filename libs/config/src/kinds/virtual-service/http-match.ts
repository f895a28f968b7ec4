import { checkGatewayNames } from '../../rules/destination';
import { checkMatchHeaderName, checkRegex, checkStringMatch } from '../../rules/http';
import { checkLabels } from '../../rules/labels';
import { isLabel } from '../../rules/names';
import { type Place, type Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { type HTTPMatchRequest } from './schema';

/** One match of an HTTP rule. Spec: validation.md §5.1, `http[].match[]`. */
export function checkHttpMatch(report: Report, at: Place, match: HTTPMatchRequest): void {
  for (const field of ['headers', 'withoutHeaders'] as const) {
    for (const [name, value] of Object.entries(match[field] ?? {})) {
      checkMatchHeaderName(report, [...at, field, name], name);
      // A lone star excludes whoever has the header at all.
      if (field === 'withoutHeaders' && value.regex === '*') continue;
      checkStringMatch(report, [...at, field, name], value);
    }
  }
  if (match.uri?.regex !== undefined) checkRegex(report, [...at, 'uri', 'regex'], match.uri.regex);
  for (const field of ['scheme', 'method', 'authority'] as const) checkStringMatch(report, [...at, field], match[field]);
  for (const [name, value] of Object.entries(match.queryParams ?? {})) checkStringMatch(report, [...at, 'queryParams', name], value);
  if ((match.port ?? 0) !== 0) checkPort(report, [...at, 'port'], match.port);
  checkLabels(report, [...at, 'sourceLabels'], match.sourceLabels);
  checkGatewayNames(report, [...at, 'gateways'], match.gateways, false);
  const namespace = match.sourceNamespace ?? '';
  if (namespace !== '' && !isLabel(namespace))
    report.error('invalid_name', [...at, 'sourceNamespace'], unfit(namespace, 'a namespace', 'at most 63 letters, digits and "-"'));
}
