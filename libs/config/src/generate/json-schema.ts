import { type KindDefinition } from '../kinds/kind';
import { type OpenApi, openApiOf } from './openapi';

const STRINGS = { type: 'object', additionalProperties: { type: 'string' } };

/** The JSON Schema of a kind, for editors: what they complete and underline. Unknown fields are errors. */
export function jsonSchemaOf(definition: KindDefinition): OpenApi {
  const { group, kind, versions } = definition;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${kind} (${group})`,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata'],
    additionalProperties: false,
    properties: {
      apiVersion: { enum: versions.map((version) => `${group}/${version}`) },
      kind: { const: kind },
      metadata: {
        type: 'object',
        properties: { name: { type: 'string' }, namespace: { type: 'string' }, labels: STRINGS, annotations: STRINGS },
      },
      spec: plain(openApiOf(definition.schema)),
      status: { type: 'object' },
    },
  };
}

/** Without Kubernetes' own keywords, and closed where the structural schema prunes. */
function plain(schema: OpenApi): OpenApi {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith('x-kubernetes-') || key === 'nullable' || key === 'format') continue;
    if (key === 'properties')
      out[key] = Object.fromEntries(
        Object.entries(value as Readonly<Record<string, OpenApi>>).map(([name, field]) => [name, plain(field)]),
      );
    else if (key === 'items' || key === 'additionalProperties') out[key] = plain(value as OpenApi);
    else out[key] = value;
  }
  if (schema['nullable'] === true) out['type'] = [schema['type'], 'null'];
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] !== undefined;
  if (schema['type'] === 'object' && !open) out['additionalProperties'] = false;
  if (schema['type'] === 'object' && open && schema['additionalProperties'] === undefined) delete out['additionalProperties'];
  return out;
}
