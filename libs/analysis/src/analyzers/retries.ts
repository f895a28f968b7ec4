import { parseDurationMs } from '@lateen/base';
import { type HTTPMatchRequest, type HTTPRoute } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { conditionsAfterSending } from './retry-conditions';
import { ruleName } from './route-destinations';

/** Methods that change something each time they are sent. Spec: RFC 9110 9.2.2. */
const WRITES = ['POST', 'PATCH'];

/**
 * Retries that do harm, or that never come.
 * Spec: LAT0004 with faults, LAT0005 of writes, LAT0007 beyond the timeout. Retries that Istio adds by itself are not judged.
 */
export const retries = defineAnalyzer({
  name: 'retries',
  description: 'Retries repeat no write, fit the timeout and do not stand beside faults',
  inputs: ['VirtualService'],
  codes: ['LAT0004', 'LAT0005', 'LAT0007'],
  analyze(configuration, report) {
    for (const vs of configuration.of('VirtualService')) {
      (vs.spec.http ?? []).forEach((rule, i) => {
        const { attempts = 0, retryOn = '', perTryTimeout } = rule.retries ?? {};
        if (attempts <= 0) return;
        const at = ['spec', 'http', i];
        const name = ruleName(rule, i);
        if (rule.fault?.abort !== undefined || rule.fault?.delay !== undefined) {
          report('LAT0004', vs, {
            params: [name],
            at: [...at, 'fault'],
            related: [{ resource: vs, path: [...at, 'retries'], note: 'the retries' }],
          });
        }
        const unsafe = conditionsAfterSending(retryOn);
        const writes = writesOf(rule);
        if (unsafe.length > 0 && writes !== undefined) {
          report('LAT0005', vs, { params: [name, unsafe.join(', '), writes], at: [...at, 'retries', 'retryOn'] });
        }
        const [timeoutMs, tryMs] = [parseDurationMs(rule.timeout ?? ''), parseDurationMs(perTryTimeout ?? '')];
        if (timeoutMs === undefined || timeoutMs <= 0 || tryMs === undefined || tryMs <= 0 || timeoutMs >= tryMs * (attempts + 1)) return;
        report('LAT0007', vs, {
          params: [name, rule.timeout ?? '', attempts, attempts + 1, perTryTimeout ?? '', formatMs(tryMs * (attempts + 1))],
          at: [...at, 'timeout'],
          related: [{ resource: vs, path: [...at, 'retries'], note: `${attempts} retries of ${perTryTimeout ?? ''} each` }],
          fix: {
            title: `Allow ${formatMs(tryMs * (attempts + 1))}`,
            path: [...at, 'timeout'],
            from: rule.timeout ?? '',
            to: formatMs(tryMs * (attempts + 1)),
          },
        });
      });
    }
  },
});

/** The writes that a rule says it takes: methods its matches name. Rules for any method say nothing about writes. */
function writesOf({ match = [] }: HTTPRoute): string | undefined {
  const found = WRITES.filter((method) => match.some((one) => takes(one, method)));
  return found.length === 0 ? undefined : found.join(' and ');
}

function takes({ method }: HTTPMatchRequest, name: string): boolean {
  if (method?.exact !== undefined) return method.exact === name;
  if (method?.prefix !== undefined) return method.prefix !== '' && name.startsWith(method.prefix);
  return method?.regex?.split(/[|()]/).includes(name) === true;
}

function formatMs(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
