import { type Description } from '@lateen/analysis';
import {
  type Cause,
  type DroppedHeader,
  type Graph,
  type GraphEdge,
  type Rates,
  type RequestRecord,
  type Trouble,
} from '@lateen/observation';
import { proxyConcurrency, SupervisorClient } from '@lateen/local';
import { type WorkloadInstance } from '@lateen/registry';
import { type ObservationClient } from './observation-client';

/** What a running mesh says of a described workload or service besides its configuration. */
export interface LiveFacts {
  readonly traffic: {
    readonly inbound?: Rates;
    readonly from: readonly GraphEdge[];
    readonly to: readonly GraphEdge[];
    readonly names: ReadonlyMap<string, string>;
  };
  readonly proxies: readonly { readonly id: string; readonly types: Readonly<Record<string, string>>; readonly message?: string }[];
  readonly certificates: readonly { readonly pod: string; readonly expires: string }[];
  /** Of the last five minutes, most frequent first. */
  readonly failures: readonly { readonly cause: Cause; readonly count: number; readonly lastMs: number }[];
  readonly droppedHeaders: readonly DroppedHeader[];
  /** Sidecars that nobody asks for dropped headers, as they have several workers; 0 is one per core. */
  readonly headersNotJudged: readonly { readonly pod: string; readonly concurrency: number }[];
  /** What is wrong with its applications now. */
  readonly troubles: readonly Trouble[];
}

/** One proxy of `GET /api/v1/proxies`. */
interface ProxyRow {
  readonly id: string;
  readonly namespace: string;
  readonly types: Readonly<Record<string, { readonly state: string; readonly message?: string }>>;
}

const FAILURES_MS = 5 * 60_000;
const TYPES = ['CDS', 'EDS', 'LDS', 'RDS', 'SDS'];

/** Asks for all of it. What an older control plane does not have is left out. */
export async function liveFacts(
  client: ObservationClient,
  { namespace, pods, kind, services }: Description,
  instances: readonly WorkloadInstance[],
): Promise<LiveFacts> {
  const ids = new Set(pods.map(({ workload }) => `${namespace}/${workload}`));
  const ofPods = new Set(pods.map(({ name }) => `${name}.${namespace}`));
  const [graph, proxies, requests, dropped, troubles] = await Promise.all([
    client.optional<Graph>('/api/graph', { window: 60 }),
    client.get<readonly ProxyRow[]>('/api/v1/proxies'),
    client.optional<{ readonly requests: readonly RequestRecord[] }>('/api/requests', {
      failed: 1,
      since: Date.now() - FAILURES_MS,
      limit: 1000,
    }),
    client.optional<{ readonly workloads: readonly DroppedHeader[] }>('/api/dropped-headers'),
    client.optional<{ readonly troubles: readonly Trouble[] }>('/api/troubles'),
  ]);
  const hosts = new Set(services.map(({ host }) => host));
  return {
    traffic: trafficOf(graph, ids),
    proxies: proxies
      .filter(({ id }) => ofPods.has(id))
      .map(({ id, types }) => ({
        id,
        types: Object.fromEntries(TYPES.flatMap((type) => (types[type] === undefined ? [] : [[type, types[type].state]]))),
        ...messageOf(types),
      })),
    certificates: await certificatesOf(client, namespace, pods),
    failures: failuresOf((requests?.requests ?? []).filter((record) => concerns(record, kind === 'workload' ? ids : new Set(), hosts))),
    troubles: (troubles?.troubles ?? []).filter(({ pod, workload }) => ofPods.has(`${pod}.${workload.namespace}`)),
    headersNotJudged: headersNotJudged(instances.filter((one) => ofPods.has(`${one.name}.${one.namespace}`))),
    droppedHeaders: (dropped?.workloads ?? []).filter((each) => ids.has(`${each.namespace}/${each.workload}`)),
  };
}

/** No worker of several sees all that its app serves, so none follows headers. */
export function headersNotJudged(
  instances: readonly Pick<WorkloadInstance, 'name' | 'kind' | 'annotations'>[],
): LiveFacts['headersNotJudged'] {
  return instances
    .filter(({ kind }) => kind === 'sidecar')
    .map(({ name, annotations }) => ({ pod: name, concurrency: proxyConcurrency(name, annotations) }))
    .filter(({ concurrency }) => concurrency !== 1);
}

/** Of a workload what it sees, on either side; of a service what its callers see, and those behind it. */
function concerns(record: RequestRecord, ids: ReadonlySet<string>, hosts: ReadonlySet<string>): boolean {
  const { workload, peer } = record;
  return (
    ids.has(`${workload.namespace}/${workload.name}`) ||
    (peer !== undefined && ids.has(`${peer.namespace}/${peer.name}`)) ||
    (ids.size === 0 && hosts.has(hostOf(record)))
  );
}

/** The service that a request was for, also where its cluster is not there. */
function hostOf({ cluster, virtualHost, cause }: RequestRecord): string {
  const wanted = cause?.evidence.find((item) => item.startsWith('cluster '))?.slice('cluster '.length) ?? cluster;
  return wanted.split('|')[3] ?? virtualHost.replace(/:\d+$/, '');
}

function trafficOf(graph: Graph | undefined, ids: ReadonlySet<string>): LiveFacts['traffic'] {
  const edges = graph?.edges ?? [];
  const [only, ...others] = (graph?.nodes ?? []).filter(({ id }) => ids.has(id));
  return {
    ...(only === undefined || others.length > 0 ? {} : { inbound: only.inbound }),
    from: edges.filter(({ source, target }) => ids.has(target) && !ids.has(source)),
    to: edges.filter(({ source, target }) => ids.has(source) && !ids.has(target)),
    names: new Map((graph?.nodes ?? []).map(({ id, workload }) => [id, workload.name === '' ? id : workload.name])),
  };
}

function messageOf(types: ProxyRow['types']): { readonly message?: string } {
  const message = Object.values(types).find((type) => type.message !== undefined && type.message !== '')?.message;
  return message === undefined ? {} : { message };
}

function failuresOf(records: readonly RequestRecord[]): LiveFacts['failures'] {
  const byCause = new Map<string, { cause: Cause; count: number; lastMs: number }>();
  for (const { cause, startTimeMs } of records) {
    if (cause === undefined) continue;
    const key = `${cause.code}\n${cause.where?.file ?? ''}:${cause.where?.line ?? ''}\n${cause.code === 'retries_exhausted' ? '' : cause.short}`;
    const known = byCause.get(key);
    if (known === undefined) byCause.set(key, { cause, count: 1, lastMs: startTimeMs });
    else {
      known.count++;
      known.lastMs = Math.max(known.lastMs, startTimeMs);
    }
  }
  return [...byCause.values()].sort((a, b) => b.count - a.count);
}

/** When each pod's own certificate ends, from its proxy. A mesh without a supervisor has nobody to ask. */
async function certificatesOf(
  { paths }: ObservationClient,
  namespace: string,
  pods: Description['pods'],
): Promise<LiveFacts['certificates']> {
  const supervisor = await SupervisorClient.connect(paths.socket);
  if (supervisor === undefined) return [];
  try {
    const found: { pod: string; expires: string }[] = [];
    for (const { name, proxy } of pods) {
      if (proxy === 'none') continue;
      const answer = (await supervisor
        .call({ op: 'proxy-admin', workload: `${namespace}/${name}`, path: '/certs' })
        .catch(() => undefined)) as { readonly status: number; readonly body: string } | undefined;
      if (answer?.status !== 200) continue;
      const { certificates } = JSON.parse(answer.body) as {
        readonly certificates: readonly { readonly cert_chain: readonly { readonly expiration_time: string }[] }[];
      };
      const expires = certificates
        .flatMap(({ cert_chain: chain }) => chain.slice(0, 1))
        .map(({ expiration_time: time }) => time)
        .sort()[0];
      if (expires !== undefined) found.push({ pod: name, expires });
    }
    return found;
  } finally {
    supervisor.close();
  }
}
