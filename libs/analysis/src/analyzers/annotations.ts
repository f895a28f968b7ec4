import { type AnyResource, type FieldPath } from '@lateen/config';
import { defineAnalyzer, type Report } from '../analyzer';
import { suggest } from '../suggest';
import { ANNOTATIONS, isIstioAnnotation } from './annotation-catalog';

type Codes = 'IST0107' | 'IST0108' | 'IST0125' | 'IST0135';

/**
 * Annotations of Istio's are known, stand where they have an effect, and hold what they may.
 * Spec: IST0107, IST0108, IST0125, IST0135. Of a Deployment its own metadata is meant; its template's, which istioctl
 * sees on the pods of a cluster, is read as a pod's.
 */
export const annotations = defineAnalyzer({
  name: 'annotations',
  description: "Annotations of Istio's are known, well placed and well formed",
  inputs: ['Namespace', 'Service', 'Pod', 'Deployment'],
  codes: ['IST0107', 'IST0108', 'IST0125', 'IST0135'],
  analyze(configuration, report) {
    for (const kind of ['Namespace', 'Service', 'Pod', 'Deployment'] as const) {
      for (const resource of configuration.of(kind)) check(resource, kind, resource.metadata, ['metadata'], report);
    }
    for (const { resource, at, labels, annotations: written, from } of configuration.workloads.all) {
      if (from === 'text' && resource.kind !== 'Pod') check(resource, 'Pod', { labels, annotations: written }, [...at, 'metadata'], report);
    }
  },
});

interface Metadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function check(
  resource: AnyResource,
  kind: string,
  { labels, annotations: written }: Metadata,
  at: FieldPath,
  report: Report<Codes>,
): void {
  for (const [name, value] of Object.entries(written)) {
    if (!isIstioAnnotation(name)) continue;
    const path = [...at, 'annotations', name];
    const known = ANNOTATIONS.get(name);
    if (known === undefined) {
      const near = suggest(name, [...ANNOTATIONS.keys()]);
      report('IST0108', resource, {
        params: [name],
        at: path,
        ...(near === undefined ? {} : { fix: { title: `Use ${near}`, path, from: name, to: near, renames: true } }),
      });
      continue;
    }
    if (known.deprecated === true && !(name === 'sidecar.istio.io/inject' && Object.hasOwn(labels, name))) {
      report('IST0135', resource, {
        params: [name, name === 'sidecar.istio.io/inject' ? ` in favour of the label ${name}` : ''],
        at: path,
      });
    }
    if (known.kinds.length > 0 && !known.kinds.includes(kind)) {
      report('IST0107', resource, { params: [name, known.kinds.join(', ')], at: path });
      continue;
    }
    const problem = known.problem?.(value);
    if (problem !== undefined) report('IST0125', resource, { params: [name, problem], at: path });
  }
}
