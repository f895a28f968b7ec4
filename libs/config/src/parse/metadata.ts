import { z } from 'zod';
import { type Finding, type KindDefinition } from '../kinds/kind';
import { type ObjectMeta } from '../resource';
import { quote } from '../rules/report';
import { coerce } from './coerce';
import { findingsFor } from './issues';

const metadataSchema = z.looseObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().optional(),
  uid: z.string().optional(),
});

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Reads `metadata`, filling in `defaultNamespace` where a namespaced kind names none.
 * Spec: Kubernetes object names: DNS subdomains of at most 253 characters, namespaces labels of at most 63.
 */
export function parseMetadata(
  value: unknown,
  kind: KindDefinition,
  defaultNamespace: string,
): { readonly metadata?: ObjectMeta; readonly findings: readonly Finding[] } {
  const plain = coerce(metadataSchema, value ?? {}, false);
  const result = metadataSchema.safeParse(plain);
  if (!result.success) return { findings: findingsFor(metadataSchema, plain, result.error.issues, ['metadata']) };
  const { name, labels, annotations, resourceVersion, generation, creationTimestamp, uid } = result.data;
  const namespace = kind.scope === 'cluster' ? '' : (result.data.namespace ?? '') === '' ? defaultNamespace : (result.data.namespace ?? '');
  const findings: Finding[] = [];
  if (name.length > 253 || !SUBDOMAIN.test(name)) {
    findings.push({
      severity: 'error',
      code: 'invalid_name',
      path: ['metadata', 'name'],
      message: `Cannot use ${quote(name)} as a name: lower-case letters, digits, "-" and "." only, starting and ending with a letter or digit`,
    });
  }
  if (namespace !== '' && (namespace.length > 63 || !LABEL.test(namespace))) {
    findings.push({
      severity: 'error',
      code: 'invalid_name',
      path: ['metadata', 'namespace'],
      message: `Cannot use ${quote(namespace)} as a namespace: lower-case letters, digits and "-" only, at most 63`,
    });
  }
  const metadata: ObjectMeta = {
    name,
    namespace,
    labels: labels ?? {},
    annotations: annotations ?? {},
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(uid === undefined ? {} : { uid }),
  };
  return { metadata, findings };
}
