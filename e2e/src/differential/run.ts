import { join } from 'node:path';
import { freePort } from '../mesh';
import { bootstrap, rowId, type Side } from './bootstrap';
import { type Observed, printOutcome } from './outcome';
import { http1, type RunningUpstream, startUpstream, type Upstream, after } from './peers/upstream';
import { linesOf, type Proxy, scratch, startEnvoy, startOurs } from './proxies';
import { type Row } from './row';
import { auditNames } from './stats';

/** What a row came to; `envoy` is undefined where there is none. */
export interface RowResult {
  readonly ours: string;
  readonly envoy: string | undefined;
}

/** Rows under way at once: most of them wait, for what never comes or for what may still come. */
const AT_ONCE = 24;

/** What a run came to. */
export interface RunResult {
  readonly rows: readonly RowResult[];
  /** What becomes of the names of statistics; undefined without an Envoy. */
  readonly names: ReturnType<typeof auditNames> | undefined;
}

/** A proxy with its rows' upstreams. */
class Stand implements AsyncDisposable {
  private constructor(
    private readonly rows: readonly Row[],
    private readonly side: Side,
    private readonly upstreams: readonly Readonly<Record<string, readonly RunningUpstream[]>>[],
    private readonly proxy: Proxy,
  ) {}

  static async start(rows: readonly Row[], name: Side['name'], folder: string, envoy?: string): Promise<Stand> {
    const upstreams = await Promise.all(rows.map(startUpstreams));
    const side: Side = {
      name,
      log: join(folder, `${name}.log`),
      ports: upstreams.map((one, i) => ({
        ...Object.fromEntries(Object.keys(rows[i]!.clusters ?? {}).map((cluster) => [cluster, []])),
        ...Object.fromEntries(Object.entries(one).map(([cluster, running]) => [cluster, running.map(({ port }) => port)])),
      })),
    };
    const config = bootstrap(rows, side);
    const proxy =
      envoy === undefined ? await startOurs(config, await freePort()) : await startEnvoy(envoy, config, await freePort(), folder);
    return new Stand(rows, side, upstreams, proxy);
  }

  async runClient(index: number): Promise<string> {
    const port = this.proxy.ports.get(rowId(index));
    if (port === undefined) throw new Error(`Cannot run "${this.rows[index]!.name}": ${this.side.name} has no listener ${rowId(index)}`);
    return await this.rows[index]!.client(port);
  }

  /** What all rows came to, `clients` being what theirs saw. */
  observe(clients: readonly string[], counted: ReadonlyMap<string, number>): readonly Observed[] {
    const logs = new Map<string, string[]>();
    for (const line of linesOf(this.side.log)) {
      const id = line.slice(0, line.indexOf('|'));
      logs.set(id, [...(logs.get(id) ?? []), line.slice(id.length + 1).replaceAll(`${id}.`, '')]);
    }
    const stats = new Map<string, [string, number][]>();
    for (const [name, value] of counted) {
      const match = /^(cluster|http|tcp|listener)\.(r\d+)\.(.*)$/.exec(name);
      if (match !== null) stats.set(match[2]!, [...(stats.get(match[2]!) ?? []), [`${match[1]}.${match[3]}`, value]]);
    }
    return clients.map((client, index) => ({
      client,
      upstreams: Object.fromEntries(Object.entries(this.upstreams[index]!).map(([name, all]) => [name, all.map((one) => one.print())])),
      log: logs.get(rowId(index)) ?? [],
      stats: new Map(stats.get(rowId(index))),
      listenerPort: this.proxy.ports.get(rowId(index))!,
      ports: this.side.ports[index]!,
    }));
  }

  stats(): Promise<ReadonlyMap<string, number>> {
    return this.proxy.stats();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    for (const one of this.upstreams) for (const running of Object.values(one).flat()) running.stop();
  }
}

async function startUpstreams(row: Row): Promise<Readonly<Record<string, readonly RunningUpstream[]>>> {
  const wanted = Object.entries(row.upstreams ?? { backend: http1('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok') });
  return Object.fromEntries(
    await Promise.all(
      wanted.map(
        async ([name, one]) =>
          [name, await Promise.all((Array.isArray(one) ? (one as readonly Upstream[]) : [one as Upstream]).map(startUpstream))] as const,
      ),
    ),
  );
}

/** Runs rows against ours, and against Envoy where there is one, at once. */
export async function runRows(rows: readonly Row[], envoyPath: string | undefined): Promise<RunResult> {
  const folder = scratch();
  const stands: Stand[] = [];
  try {
    stands.push(await Stand.start(rows, 'lateen', folder.path));
    if (envoyPath !== undefined) stands.push(await Stand.start(rows, 'envoy', folder.path, envoyPath));
    const clients: string[][] = stands.map(() => []);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let i = next++; i < rows.length; i = next++) {
        await Promise.all(
          stands.map(async (stand, side) => {
            clients[side]![i] = await stand.runClient(i);
          }),
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    // Logs are written, and connections found closed, a moment later.
    await after(500);
    const counted = await Promise.all(stands.map((stand) => stand.stats()));
    const [ours, theirs] = stands.map((stand, side) => stand.observe(clients[side]!, counted[side]!));
    return {
      rows: rows.map((_row, i) => ({ ours: printOutcome(ours![i]!), envoy: theirs === undefined ? undefined : printOutcome(theirs[i]!) })),
      names: counted[1] === undefined ? undefined : auditNames(counted[0]!, counted[1]),
    };
  } finally {
    for (const stand of stands) await stand[Symbol.asyncDispose]();
    folder.remove();
  }
}
