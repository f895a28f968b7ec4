import { checkTargets } from '../../rules/labels';
import { each, type Place, quote, Report, unfit } from '../../rules/report';
import { isPort } from '../../rules/values';
import { type Finding } from '../kind';
import { type TrafficSelector, type WasmPluginSpec } from './schema';

/** Istio's rules for a WasmPlugin. Spec: validation.md §5.14. */
export function validateWasmPlugin(spec: WasmPluginSpec): readonly Finding[] {
  const report = new Report();
  checkTargets(report, spec);
  checkWasm(report, ['spec'], spec);
  checkTrafficSelectors(report, spec.match);
  return report.findings;
}

/** A Wasm module, wherever it is written. */
export function checkWasm(
  report: Report,
  at: Place,
  wasm: Pick<WasmPluginSpec, 'url' | 'sha256' | 'imagePullSecret' | 'pluginName' | 'vmConfig'>,
): void {
  if (!isModuleUrl(wasm.url))
    report.error(
      'invalid_url',
      [...at, 'url'],
      unfit(wasm.url, 'a module', 'a URL with scheme http, https, file or oci, or an image name'),
    );
  if (wasm.sha256 !== undefined && wasm.sha256 !== '' && !/^[a-f0-9]{64}$/.test(wasm.sha256))
    report.error('invalid_value', [...at, 'sha256'], unfit(wasm.sha256, 'a checksum', '64 characters of 0-9 and a-f'));
  for (const [field, most] of [
    ['imagePullSecret', 253],
    ['pluginName', 256],
  ] as const) {
    if ((wasm[field]?.length ?? 0) > most)
      report.error(
        'out_of_range',
        [...at, field],
        `Cannot use ${field} of ${wasm[field]?.length ?? 0} characters: expected at most ${most}`,
      );
  }
  const names = new Set<string>();
  for (const [i, { name, value = '', valueFrom = 'INLINE' }] of (wasm.vmConfig?.env ?? []).entries()) {
    const place = [...at, 'vmConfig', 'env', i];
    const refuse = (field: string, code: string, why: string): void => report.error(code, [...place, field], why);
    if (name === '' || name.length > 256)
      return refuse('name', 'invalid_name', unfit(name, 'the name of a variable', '1 to 256 characters'));
    if (names.has(name)) return refuse('name', 'duplicate_name', `Cannot set variable ${quote(name)} twice`);
    if (valueFrom !== 'INLINE' && value !== '')
      return refuse('value', 'exclusive_fields', `Cannot set a value that comes from ${valueFrom}`);
    names.add(name);
  }
}

/** Ports of `match`; what is wrong first is said. */
export function checkTrafficSelectors(report: Report, selectors: readonly TrafficSelector[] | undefined): void {
  let found = false;
  each(selectors, ['spec', 'match'], ({ ports }, at) =>
    each(ports, [...at, 'ports'], ({ number }, place) => {
      if (found || isPort(number)) return;
      found = true;
      report.error('invalid_port', [...place, 'number'], unfit(number, 'a port', 'a number from 1 to 65535'));
    }),
  );
}

/** As Go reads URIs: `docker.io/a:b` is a host and a path, and in `localhost:5000/a` the host is taken for a scheme. */
function isModuleUrl(text: string): boolean {
  if (text === '' || /[\u0000-\u0020\u007f]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(text)) return false;
  const scheme = /^([a-zA-Z][-+.a-zA-Z0-9]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined) return ['file', 'http', 'https', 'oci'].includes(scheme);
  return text.startsWith('/') || /^(?:\[[0-9a-fA-F:.]+\]|[^:/?#[\]]*)(?::\d*)?(?:[/?#]|$)/.test(text);
}
