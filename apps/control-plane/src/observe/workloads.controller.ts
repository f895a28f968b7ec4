import { Controller, Get, Header, HttpCode, Inject, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { type LogLine, type WorkloadView } from '@lateen/observation';
import { nodeId } from '@lateen/observatory';
import { parseBody } from '../admin/requests';
import { CONTROL_PLANE } from '../admin/tokens';
import { type ControlPlane } from '../control-plane';
import { proxyName } from '../push/sync-tracker';
import { lineOf } from './log-follower';
import { ObserveGuard } from './observe-guard';
import { logsQuery, restartQuery } from './queries';
import { workloadViews } from './workloads';

/** What runs: its state, its logs, its proxy's configuration and metrics. */
@Controller('api/workloads')
@UseGuards(ObserveGuard)
export class WorkloadsController {
  readonly #controlPlane: ControlPlane;

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  @Get()
  @Header('cache-control', 'no-store')
  async list(): Promise<{ readonly workloads: readonly WorkloadView[] }> {
    return { workloads: workloadViews(this.#controlPlane, await this.#controlPlane.apps.refresh()) };
  }

  /** Lines that came while this control plane followed have their moment; for older ones it is 0, unless they say it. */
  @Get(':namespace/:workload/logs')
  @Header('cache-control', 'no-store')
  async logs(
    @Param('namespace') namespace: string,
    @Param('workload') workload: string,
    @Query() query: unknown,
  ): Promise<{ readonly lines: readonly LogLine[] }> {
    const { lines: wanted } = parseBody(logsQuery, query);
    const { supervisor, observe } = this.#controlPlane;
    const seen = observe.observatory.logs.ofWorkload(namespace, workload, wanted);
    if (seen.length >= wanted) return { lines: seen };
    const before: LogLine[] = [];
    await supervisor.ask('read logs', { op: 'logs', workload: `${namespace}/${workload}`, tail: 200 }, (event) => {
      if (event.type !== 'log') return;
      const line = lineOf(event.source, event.line, momentIn(event.line));
      if (line !== undefined) before.push(line);
    });
    const known = new Set(seen.map(({ process, text }) => `${process} ${text}`));
    const older = before.filter(({ process, text }) => !known.has(`${process} ${text}`));
    return { lines: [...older, ...seen].slice(-wanted) };
  }

  @Post(':namespace/:workload/restart')
  @HttpCode(202)
  async restart(@Param('namespace') namespace: string, @Param('workload') workload: string, @Query() query: unknown): Promise<object> {
    const { part } = parseBody(restartQuery, query);
    await this.#controlPlane.supervisor.ask('restart a workload', { op: 'restart', workload: `${namespace}/${workload}`, part });
    return { restarting: `${namespace}/${workload}`, part };
  }

  @Get(':namespace/:workload/config')
  @Header('cache-control', 'no-store')
  async config(@Param('namespace') namespace: string, @Param('workload') workload: string): Promise<object> {
    const { world, ads, observe } = this.#controlPlane;
    const pods = world.workloads
      .filter((one) => one.namespace === namespace && (one.workload === workload || one.name === workload))
      .map(({ name }) => `${name}.${namespace}`);
    const client = ads.clients().findLast(({ state }) => pods.includes(proxyName(state.client)));
    if (client === undefined)
      throw new NotFoundException({ message: `Cannot show the configuration of "${namespace}/${workload}": no proxy of it is connected` });
    const { proxyConfiguration } = await import('./proxy-configuration');
    return proxyConfiguration(client, observe.observatory.proxies.get(proxyName(client.state.client))?.secrets);
  }

  @Get(':namespace/:workload/metrics')
  @Header('cache-control', 'no-store')
  metrics(@Param('namespace') namespace: string, @Param('workload') workload: string): object {
    const { observatory } = this.#controlPlane.observe;
    const node = nodeId({ namespace, name: workload });
    return { series: observatory.series({ node }), rows: observatory.rowsOf(node) };
  }
}

/** When a line says it was printed, in milliseconds since the epoch; 0: it does not say. */
function momentIn(line: string): number {
  const moment = /^\[?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/.exec(line)?.[1];
  return moment === undefined ? 0 : Date.parse(moment);
}
