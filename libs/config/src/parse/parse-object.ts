import { didYouMean } from '@lateen/base';
import { GATEWAY_API_KINDS } from '../gateway-api/catalog';
import { findKind, ISTIO_GROUPS, KINDS } from '../kinds/catalog';
import { semanticFindings } from '../kinds/common-rules';
import { type Finding, type KindDefinition } from '../kinds/kind';
import { type AnyResource, type Origin, type Resource } from '../resource';
import { quote } from '../rules/report';
import { coerce, isObject } from './coerce';
import { findingsFor, unknownFieldMessage } from './issues';
import { parseMetadata } from './metadata';

/** How one object is read. */
export interface ObjectOptions {
  /** For namespaced objects that name none. */
  readonly namespace: string;
  /** Takes kinds that would protect although they are not in effect, with a warning. */
  readonly allowIneffective: boolean;
  /** Leaves out the rules beyond the schema; `validateResource` gives them later. */
  readonly skipSemantics: boolean;
}

/** What became of one object: a resource, a kind that is none of the mesh's, or neither when findings refuse it. */
export interface ParsedObject {
  readonly resource?: AnyResource;
  readonly passedOver?: string;
  /** A resource of the Gateway API: judged, and passed over. */
  readonly gatewayApi?: Resource;
  readonly findings: readonly Finding[];
}

/** Reads one Kubernetes object. Never throws on its content. */
export function parseObject(value: Readonly<Record<string, unknown>>, origin: Origin, options: ObjectOptions): ParsedObject {
  const { apiVersion, kind } = value;
  for (const field of ['apiVersion', 'kind']) {
    if (typeof value[field] !== 'string' || value[field] === '') {
      return { findings: [error('required_field', [field], `Cannot tell what this document is: "${field}" is required`)] };
    }
  }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return { findings: [] };
  const slash = apiVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];

  const definition = findKind(group, kind);
  if (definition === undefined) {
    const gatewayApi = GATEWAY_API_KINDS.find((k) => k.group === group && k.kind === kind && k.versions.includes(version));
    return gatewayApi === undefined ? unknownKind(group, kind) : parseGatewayApi(value, gatewayApi, apiVersion, origin, options);
  }
  if (!definition.versions.includes(version)) {
    return {
      findings: [
        error(
          'unknown_version',
          ['apiVersion'],
          `Cannot read version ${quote(version)} of ${kind}: served are ${definition.versions.join(', ')}`,
        ),
      ],
    };
  }
  return parseKnown(value, definition, apiVersion, origin, options);
}

function parseKnown(
  value: Readonly<Record<string, unknown>>,
  definition: KindDefinition,
  apiVersion: string,
  origin: Origin,
  options: ObjectOptions,
): ParsedObject {
  const { metadata, findings: metaFindings } = parseMetadata(value['metadata'], definition, options.namespace);
  const findings: Finding[] = [...metaFindings];
  const { payload, at, strangers } = payloadOf(value, definition);
  for (const key of strangers) findings.push(error('unknown_field', [key], unknownFieldMessage(key, TOP_LEVEL)));

  const plain = coerce(definition.schema, payload ?? {}, definition.protobuf);
  const result = definition.schema.safeParse(plain);
  if (!result.success) for (const finding of findingsFor(definition.schema, plain, result.error.issues, at)) findings.push(finding);
  if (metadata === undefined || !result.success) return { findings };

  if (!options.skipSemantics) for (const finding of semanticFindings(definition, result.data, metadata)) findings.push(finding);
  for (const finding of effectFindings(definition, options)) findings.push(finding);
  if (findings.some((f) => f.severity === 'error')) return { findings };
  // The schema of the kind gave the spec its type; the catalogue ties the two together by kind.
  const resource = { apiVersion, kind: definition.kind, metadata, spec: result.data, origin } as AnyResource;
  return { resource, findings };
}

/** Reads what is judged and then passed over. What a cluster would prune is a warning, as it loses only itself. */
function parseGatewayApi(
  value: Readonly<Record<string, unknown>>,
  definition: KindDefinition,
  apiVersion: string,
  origin: Origin,
  options: ObjectOptions,
): ParsedObject {
  const passedOver = `${definition.kind}.${definition.group}`;
  const { resource, findings } = parseKnown(value, definition, apiVersion, origin, options);
  const judged = findings
    .filter((f) => f.code !== 'not_yet_in_effect')
    .map((f): Finding => (f.code === 'unknown_field' ? { ...f, severity: 'warning' } : f));
  return { passedOver, findings: judged, ...(resource === undefined ? {} : { gatewayApi: resource as Resource }) };
}

const TOP_LEVEL = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/** Finds the payload, and the top-level keys that do not belong. Kubernetes kinds may carry any. */
function payloadOf(
  value: Readonly<Record<string, unknown>>,
  definition: KindDefinition,
): { readonly payload: unknown; readonly at: readonly string[]; readonly strangers: readonly string[] } {
  if (definition.payload === 'fields') {
    const own = Object.entries(value).filter(([key]) => !['apiVersion', 'kind', 'metadata', 'status'].includes(key));
    return { payload: Object.fromEntries(own), at: [], strangers: [] };
  }
  const strangers = ISTIO_GROUPS.includes(definition.group) ? Object.keys(value).filter((key) => !TOP_LEVEL.includes(key)) : [];
  return { payload: value['spec'], at: ['spec'], strangers };
}

function effectFindings(definition: KindDefinition, options: ObjectOptions): readonly Finding[] {
  const { kind } = definition;
  switch (definition.effect) {
    case 'full':
      return [];
    case 'inert':
      return [{ severity: 'warning', code: 'not_yet_in_effect', path: ['kind'], message: `${kind} is accepted, not yet in effect` }];
    case 'protecting':
      if (options.allowIneffective) {
        return [
          {
            severity: 'warning',
            code: 'not_yet_in_effect',
            path: ['kind'],
            message: `${kind} is accepted, not yet in effect: it protects nothing`,
          },
        ];
      }
      return [
        error(
          'ineffective_protection',
          ['kind'],
          `Cannot put ${kind} into effect: it would protect nothing here; --allow-ineffective takes it nevertheless`,
        ),
      ];
  }
}

function unknownKind(group: string, kind: string): ParsedObject {
  if (group === 'istio.io' || group.endsWith('.istio.io')) {
    if (!ISTIO_GROUPS.includes(group)) {
      return {
        findings: [
          error('unknown_group', ['apiVersion'], `Cannot read group ${quote(group)}: no such Istio group${suggest(group, ISTIO_GROUPS)}`),
        ],
      };
    }
    const elsewhere = KINDS.find((k) => k.kind === kind && ISTIO_GROUPS.includes(k.group));
    const hint =
      elsewhere === undefined
        ? suggest(
            kind,
            KINDS.filter((k) => k.group === group).map((k) => k.kind),
          )
        : `; it is in ${elsewhere.group}`;
    return { findings: [error('unknown_kind', ['kind'], `Cannot read kind ${quote(kind)}: ${group} has no such kind${hint}`)] };
  }
  const near = KINDS.some((k) => k.kind === kind && ISTIO_GROUPS.includes(k.group)) ? didYouMean(group, ISTIO_GROUPS) : undefined;
  const findings: readonly Finding[] =
    near === undefined
      ? []
      : [
          {
            severity: 'warning',
            code: 'unknown_group',
            path: ['apiVersion'],
            message: `${kind} of group ${quote(group)} is passed over; did you mean "${near}"?`,
          },
        ];
  return { passedOver: group === '' ? kind : `${kind}.${group}`, findings };
}

function suggest(word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function error(code: string, path: readonly (string | number)[], message: string): Finding {
  return { severity: 'error', code, path, message };
}

/** Whether a document is a list of objects, as `kubectl get -o yaml` prints. */
export function isList(
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & { readonly items: readonly unknown[] } {
  const { kind, items } = value;
  return (
    typeof kind === 'string' &&
    kind.endsWith('List') &&
    Array.isArray(items) &&
    (kind === 'List' || KINDS.some((k) => `${k.kind}List` === kind) || items.every(isObject))
  );
}
