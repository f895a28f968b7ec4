import { type Configuration, type Description, indexConfiguration, readConfiguration as parseConfiguration } from '@lateen/analysis';
import { type SourceFile } from '@lateen/config';
import { buildMeshSnapshot, type MeshSnapshot } from '@lateen/mesh';
import { type ResourceSummary, type ResourceView } from '@lateen/observation';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { readConfiguration } from '../commands/up';
import { CliError } from '../exit';
import { printViolations } from '../output/violations';
import { namesIn, placed, type Written } from './described-places';
import { liveFiles, liveName, type ListedResource } from './listed-resources';
import { type ObservationClient } from './observation-client';

/** Configuration and what runs, as `describe` looks at it. */
export interface DescribedWorld {
  readonly configuration: Configuration;
  readonly snapshot: MeshSnapshot;
  /** `FILE:LINE` of a place; empty where nobody knows what the user wrote. */
  readonly at: (place: Position) => string;
  /** A description with its places in what the user wrote. */
  readonly placed: (description: Description) => Promise<Description>;
}

interface Position {
  readonly file: string;
  readonly line: number;
}

/** What files describe: nothing runs, so workloads are those of the Deployments. */
export async function worldOfFiles(names: readonly string[]): Promise<DescribedWorld> {
  return worldOf(await readConfiguration(names), undefined, 'cluster.local', {
    at: ({ file, line }) => `${file}:${line}`,
    placed: (description) => Promise.resolve(description),
  });
}

/** What a running mesh has. */
export async function worldOfMesh(client: ObservationClient): Promise<DescribedWorld> {
  const { items } = await client.get<{ readonly items: readonly ListedResource[] }>('/api/v1/resources');
  const { workloads } = await client.get<{ readonly workloads: readonly WorkloadInstance[] }>('/api/v1/workloads');
  const summaries = (await client.optional<{ readonly resources: readonly ResourceSummary[] }>('/api/configuration'))?.resources ?? [];
  const written = new Map(summaries.map((one) => [liveName(one.kind, one.namespace, one.name), one]));
  const files = liveFiles(items);
  const made = new Set(files.map(({ name }) => name));
  return worldOf(files, workloads, client.card.trustDomain, {
    at: ({ file, line }) => (made.has(file) ? '' : `${file}:${line}`),
    // Lines are those of the texts above, not of what the user wrote, until the resources are opened that have a place in it.
    placed: async (description) => placed(description, await opened(client, written, namesIn(description, written))),
  });
}

/** Where resources are written, with what the control plane knows of their lines. */
async function opened(
  client: ObservationClient,
  written: ReadonlyMap<string, ResourceSummary>,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Written>> {
  return new Map(
    await Promise.all(
      [...names].map(async (key): Promise<readonly [string, Written]> => {
        const { kind, namespace, name, file, line } = written.get(key)!;
        const path = [kind, namespace === '' ? '-' : namespace, name].map(encodeURIComponent).join('/');
        const view = await client.optional<ResourceView>(`/api/configuration/${path}`);
        return [key, { file, line, ...(view === undefined ? {} : { view }) }];
      }),
    ),
  );
}

/** What a text is called that is made of what the mesh has. */
function worldOf(
  files: readonly SourceFile[],
  workloads: readonly WorkloadInstance[] | undefined,
  trustDomain: string,
  words: Pick<DescribedWorld, 'at' | 'placed'>,
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
