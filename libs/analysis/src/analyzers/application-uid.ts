import { type FieldPath } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { asList, asMap, dig } from '../configuration/raw';
import { isControlPlane } from './service-ports';

/** The user that sidecars run as, whose traffic is not captured. */
const SIDECAR_UID = 1337;
const EXEMPT = new Set(['istio-proxy', 'istio-operator']);

/**
 * No application runs as the sidecar's user: its traffic would pass by the sidecar.
 * Spec: IST0144. Init containers are not looked at.
 */
export const applicationUid = defineAnalyzer({
  name: 'application-uid',
  description: 'No application runs as the user of sidecars',
  inputs: ['Pod', 'Deployment'],
  codes: ['IST0144'],
  analyze(configuration, report) {
    for (const { resource, at, spec, from, labels } of configuration.workloads.all) {
      if (
        from !== 'text' ||
        (resource.kind !== 'Pod' && resource.kind !== 'Deployment') ||
        isControlPlane(resource.metadata.labels) ||
        isControlPlane(labels)
      )
        continue;
      const path = placeOf(spec);
      if (path !== undefined) report('IST0144', resource, { params: [], at: [...at, 'spec', ...path] });
    }
  },
});

function placeOf(spec: object): FieldPath | undefined {
  if (dig(spec, 'securityContext', 'runAsUser') === SIDECAR_UID) return ['securityContext', 'runAsUser'];
  const index = asList(dig(spec, 'containers')).findIndex(
    (c) => dig(c, 'securityContext', 'runAsUser') === SIDECAR_UID && !EXEMPT.has(String(asMap(c)['name'])),
  );
  return index < 0 ? undefined : ['containers', index, 'securityContext', 'runAsUser'];
}
