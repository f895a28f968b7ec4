import { type Configuration, indexConfiguration, readConfiguration as parseConfiguration } from '@lateen/analysis';
import { type KubernetesObject, type SourceFile, toYaml } from '@lateen/config';
import { buildMeshSnapshot, type MeshSnapshot } from '@lateen/mesh';
import { type ResourceSummary } from '@lateen/observation';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { readConfiguration } from '../commands/up';
import { CliError } from '../exit';
import { printViolations } from '../output/violations';
import { type ObservationClient } from './observation-client';

/** Configuration and what runs, as `describe` looks at it. */
export interface DescribedWorld {
  readonly configuration: Configuration;
  readonly snapshot: MeshSnapshot;
  /** `FILE:LINE` of a place; `inside` keeps lines within a resource, where they are the user's own. */
  readonly at: (place: Position) => string;
  /** The same with the places of the user's files in it. */
  readonly located: <T>(value: T) => T;
}

interface Position {
  readonly file: string;
  readonly line: number;
}

/** What files describe: nothing runs, so workloads are those of the Deployments. */
export async function worldOfFiles(names: readonly string[]): Promise<DescribedWorld> {
  return worldOf(await readConfiguration(names), undefined, 'cluster.local', {
    at: ({ file, line }) => `${file}:${line}`,
    located: (value) => value,
  });
}

/** What a running mesh has. */
export async function worldOfMesh(client: ObservationClient): Promise<DescribedWorld> {
  const { items } = await client.get<{ readonly items: readonly Item[] }>('/api/v1/resources');
  const { workloads } = await client.get<{ readonly workloads: readonly WorkloadInstance[] }>('/api/v1/workloads');
  const summaries = (await client.optional<{ readonly resources: readonly ResourceSummary[] }>('/api/configuration'))?.resources ?? [];
  const places = new Map(summaries.map(({ kind, namespace, name, file, line }) => [liveName(kind, namespace, name), { file, line }]));
  const files = items.map((item) => ({ name: liveName(item.kind, item.metadata.namespace ?? '', item.metadata.name), text: toYaml(item) }));
  // Lines are those of the text above, not of what the user wrote: only where the resource begins is known.
  return worldOf(files, workloads, client.card.trustDomain, {
    at: ({ file }) => {
      const place = places.get(file);
      return place === undefined ? '' : `${place.file}:${place.line}`;
    },
    located: (value) => located(value, places),
  });
}

/** A copy in which every place in a text that was made for the description is where the user wrote that resource. */
export function located<T>(value: T, places: ReadonlyMap<string, Position>): T {
  if (Array.isArray(value)) return value.map((one: unknown) => located(one, places)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, one]: [string, unknown]) => [key, located(one, places)]));
  const place = typeof copy['file'] === 'string' ? places.get(copy['file']) : undefined;
  return (place === undefined ? copy : { ...copy, ...place }) as T;
}

type Item = KubernetesObject & { readonly metadata: { readonly name: string; readonly namespace?: string } };

function liveName(kind: string, namespace: string, name: string): string {
  return `live/${kind}/${namespace}/${name}`;
}

function worldOf(
  files: readonly SourceFile[],
  workloads: readonly WorkloadInstance[] | undefined,
  trustDomain: string,
  words: Pick<DescribedWorld, 'at' | 'located'>,
): DescribedWorld {
  const { resources, parseErrors } = parseConfiguration(files);
  printViolations(parseErrors);
  if (parseErrors.some(({ severity }) => severity === 'error')) throw new CliError('');
  const registry = buildRegistry({ resources, ...(workloads === undefined ? {} : { workloads }) });
  return {
    configuration: indexConfiguration(resources, { nowMs: Date.now(), ...(workloads === undefined ? {} : { running: workloads }) }),
    snapshot: buildMeshSnapshot({ resources, registry, meshConfig: { trustDomain } }),
    ...words,
  };
}
