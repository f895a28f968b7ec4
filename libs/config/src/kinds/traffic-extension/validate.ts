import { checkTargets } from '../../rules/labels';
import { Report } from '../../rules/report';
import { type Finding } from '../kind';
import { checkTrafficSelectors, checkWasm } from '../wasm-plugin/validate';
import { type TrafficExtensionSpec } from './schema';

/** Istio's rules for a TrafficExtension. Spec: validation.md §5.15. */
export function validateTrafficExtension(spec: TrafficExtensionSpec): readonly Finding[] {
  const report = new Report();
  checkTargets(report, spec);
  if (spec.wasm === undefined && spec.lua === undefined)
    report.error('required_field', ['spec'], 'Cannot extend by nothing: expected wasm or lua');
  if (spec.lua !== undefined) {
    const bytes = new TextEncoder().encode(spec.lua.inlineCode).length;
    if (bytes < 1 || bytes > 65_536)
      report.error('out_of_range', ['spec', 'lua', 'inlineCode'], `Cannot use Lua code of ${bytes} bytes: expected 1 to 65536`);
  }
  if (spec.wasm !== undefined) checkWasm(report, ['spec', 'wasm'], spec.wasm);
  checkTrafficSelectors(report, spec.match);
  return report.findings;
}
