import { type Violation } from '@lateen/base';
import { LineCounter } from 'yaml';
import { type z } from 'zod';
import { coerce, isObject } from '../../parse/coerce';
import { composeDocuments, LIMITS } from '../../parse/documents';
import { findingsFor, unknownFieldMessage } from '../../parse/issues';
import { type SourceFile } from '../../parse/parse-files';
import { type FieldPath, formatPath } from '../../parse/path';
import { plainValue } from '../../parse/plain-value';
import { positionOf } from '../../parse/positions';
import { survey } from '../../parse/survey';
import { type AnyResource } from '../../resource';
import { shapeOf } from '../../schema/introspect';
import { Report } from '../../rules/report';
import { type Finding } from '../kind';
import { meshNetworks, validateMeshNetworks } from './networks';
import { checkProxyConfig } from './proxy';
import { proxyConfig } from './proxy-schema';
import { meshConfig, type MeshConfig } from './schema';
import { validateMeshConfig } from './validate';

/**
 * Reads a MeshConfig as the `mesh` entry of the ConfigMap `istio` holds it, and says what its shape is refused for.
 * A finding's path starts at the MeshConfig's own root. Unknown fields are kept and ignored.
 */
export function parseMeshConfig(text: string): { readonly meshConfig?: MeshConfig; readonly findings: readonly Finding[] } {
  const { value, findings } = read(text, meshConfig);
  const errors = findings.filter(({ severity }) => severity === 'error');
  return value === undefined ? { findings: errors } : { meshConfig: value, findings: errors };
}

/** Everything that is wrong with the `mesh` entry of the ConfigMap `istio`: its shape, then its rules, and unknown fields. */
export function meshConfigFindings(text: string): readonly Finding[] {
  const { value, findings } = read(text, meshConfig);
  return value === undefined ? findings : [...findings, ...validateMeshConfig(value)];
}

/** As `meshConfigFindings`, for the settings of one proxy as annotation `proxy.istio.io/config` holds them. */
export function proxyConfigFindings(text: string): readonly Finding[] {
  const { value, findings } = read(text, proxyConfig, 'settings of the proxy');
  if (value === undefined) return findings;
  const report = new Report();
  checkProxyConfig(report, [], value);
  return [...findings, ...report.findings];
}

/** As `meshConfigFindings`, for the `meshNetworks` entry. */
export function meshNetworksFindings(text: string): readonly Finding[] {
  const { value, findings } = read(text, meshNetworks);
  return value === undefined ? findings : [...findings, ...validateMeshNetworks(value)];
}

/**
 * Reads a file that holds a MeshConfig. One with errors gives none.
 * @returns what is wrong with it too, each violation with its place.
 */
export function readMeshConfigFile(file: SourceFile): { readonly meshConfig?: MeshConfig; readonly violations: readonly Violation[] } {
  const { value, findings: ofShape } = read(file.text, meshConfig);
  const findings = value === undefined ? ofShape : [...ofShape, ...validateMeshConfig(value)];
  const origin = { file: file.name, line: 1, text: file.text };
  const violations = findings.map(({ severity, code, path, message }) => ({
    severity,
    code,
    path: formatPath(path),
    message,
    position: positionOf({ origin }, path),
  }));
  return value === undefined || findings.some(({ severity }) => severity === 'error') ? { violations } : { meshConfig: value, violations };
}

/** The MeshConfig of the ConfigMap `istio` in `rootNamespace`; empty when there is none or it does not read. */
export function meshConfigOf(resources: Iterable<AnyResource>, rootNamespace = 'istio-system'): MeshConfig {
  for (const resource of resources) {
    if (resource.kind !== 'ConfigMap' || resource.metadata.name !== 'istio' || resource.metadata.namespace !== rootNamespace) continue;
    const text = resource.spec.data?.['mesh'];
    if (text !== undefined) return parseMeshConfig(text).meshConfig ?? {};
  }
  return {};
}

/** A value of a lenient schema: refused for its shape, warned of for fields that nothing reads. */
function read<S extends z.ZodType>(
  text: string,
  schema: S,
  what = 'mesh configuration',
): { readonly value?: z.output<S>; readonly findings: readonly Finding[] } {
  const refuse = (code: string, message: string): { readonly findings: readonly Finding[] } => ({
    findings: [{ severity: 'error', code, path: [], message: `Cannot read the ${what}: ${message}` }],
  });
  const { documents, tooDeepAt, tooManyAt } = composeDocuments(text, new LineCounter());
  if (tooDeepAt !== undefined) return refuse('too_deep', 'values are nested too deeply');
  if (tooManyAt !== undefined) return refuse('too_large', 'it has too many values');
  const [document, second] = documents;
  if (document === undefined) return { value: schema.parse({}), findings: [] };
  if (second !== undefined) return refuse('invalid_yaml', 'it has several documents, expected one');
  const [error] = document.errors;
  if (error !== undefined) return refuse('invalid_yaml', error.message.split('\n', 1)[0]?.slice(0, 300) ?? '');
  const { objections, targets } = survey(document, LIMITS);
  const [objection] = objections;
  if (objection !== undefined) return refuse(objection.code, objection.message);
  const plain = plainValue(document, targets, LIMITS);
  if (!('value' in plain)) return refuse(plain.code, plain.message);
  if (plain.value === null) return { value: schema.parse({}), findings: [] };
  if (!isObject(plain.value)) return refuse('wrong_type', 'expected a mapping');
  const findings: Finding[] = [];
  const value = withoutStrangers(schema, coerce(schema, plain.value, true), [], findings);
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data, findings };
  return { findings: [...findings, ...findingsFor(schema, value, result.error.issues, [])] };
}

/**
 * Warns of fields that a schema does not know, and leaves out those that it would refuse: Istio drops both silently.
 * Objects that the schema says nothing about may hold anything.
 */
function withoutStrangers(schema: z.core.$ZodType, value: unknown, at: FieldPath, findings: Finding[]): unknown {
  const shape = shapeOf(schema);
  if (shape.type === 'array' && Array.isArray(value))
    return value.map((item, i) => withoutStrangers(shape.element, item, [...at, i], findings));
  if (!isObject(value)) return value;
  if (shape.type === 'record')
    return Object.fromEntries(
      Object.entries(value).map(([key, field]) => [key, withoutStrangers(shape.value, field, [...at, key], findings)]),
    );
  if (shape.type !== 'object') return value;
  const known = Object.keys(shape.fields);
  const kept: [string, unknown][] = [];
  let strangers = 0;
  for (const [key, field] of Object.entries(value)) {
    const own = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (own !== undefined) kept.push([key, withoutStrangers(own, field, [...at, key], findings)]);
    else if (known.length === 0) kept.push([key, field]);
    else {
      const message = `${unknownFieldMessage(key, strangers++ < 20 ? known : [])}; it is ignored`;
      findings.push({ severity: 'warning', code: 'unknown_field', path: [...at, key], message });
      if (!shape.strict) kept.push([key, field]);
    }
  }
  return Object.fromEntries(kept);
}
