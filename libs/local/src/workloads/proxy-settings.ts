import { parse } from 'yaml';

/** The annotation with settings of one workload's proxy. Spec: Istio `proxy.istio.io/config`. */
const ANNOTATION = 'proxy.istio.io/config';

/**
 * Worker processes of a workload's proxy, by its annotation; 0 is one per core, and 1 where nothing is said: many
 * proxies share this machine. Throws an Error that names the workload when the annotation cannot be read.
 */
export function proxyConcurrency(workload: string, annotations: Readonly<Record<string, string>>): number {
  const text = annotations[ANNOTATION];
  if (text === undefined) return 1;
  const fail = (reason: string): never => {
    throw new Error(`Cannot read annotation ${ANNOTATION} of ${workload}: ${reason}`);
  };
  let settings: unknown;
  try {
    settings = parse(text);
  } catch (error) {
    return fail((error as Error).message);
  }
  if (settings === null) return 1;
  if (typeof settings !== 'object' || Array.isArray(settings)) return fail('expected a map of ProxyConfig fields');
  const { concurrency } = settings as { readonly concurrency?: unknown };
  if (concurrency === undefined || concurrency === null) return 1;
  if (typeof concurrency !== 'number' || !Number.isInteger(concurrency) || concurrency < 0)
    return fail(`concurrency is ${JSON.stringify(concurrency)}, expected a whole number from 0`);
  return concurrency;
}
