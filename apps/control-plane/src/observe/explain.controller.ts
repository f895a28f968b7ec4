import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  UseGuards,
} from '@nestjs/common';
import {
  explain,
  type Explanation,
  explainRecord,
  type ExplainWorld,
  findWorkload,
  type LiveEndpoint,
  ProxyWorlds,
  RequestError,
  UnknownProxyError,
} from '@lateen/explain';
import { type RequestRecord } from '@lateen/observation';
import { type ProxyState } from '@lateen/observatory';
import { z } from 'zod';
import { parseBody } from '../admin/requests';
import { CONTROL_PLANE } from '../admin/tokens';
import { type ControlPlane } from '../control-plane';
import { withCauseFurtherOn } from './cause-further-on';
import { ObserveGuard } from './observe-guard';

/** `POST /api/explain`. */
const explainRequest = z.strictObject({
  from: z.string().min(1).max(512),
  method: z.string().min(1).max(64),
  url: z.string().min(1).max(16_384),
  headers: z
    .array(z.tuple([z.string().max(1024), z.string().max(16_384)]))
    .max(256)
    .default([]),
});

/** Secrets that a proxy tells of, at most. */
const MOST_TOLD = 200;

/** Live state that no proxy has sent for so long is not known any more, in milliseconds. */
const STALE_MS = 30_000;

/** Why a request goes, or went, where it does: by what the proxies have. */
@Controller('api')
@UseGuards(ObserveGuard)
export class ExplainController {
  readonly #controlPlane: ControlPlane;
  readonly #worlds = new ProxyWorlds();

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  @Post('explain')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  explain(@Body() body: unknown): Explanation {
    const { from, ...request } = parseBody(explainRequest, body);
    const world = this.#world();
    const found = findWorkload(world.mesh, from);
    if (!found.found) throw new NotFoundException({ message: found.message });
    try {
      return explain(world, found.workload, request);
    } catch (error) {
      if (error instanceof RequestError) throw new BadRequestException({ message: error.message });
      if (error instanceof UnknownProxyError) throw new NotFoundException({ message: error.message });
      throw error;
    }
  }

  /** Each call that the request became: the proxy that sent it, and the one that took it. */
  @Get('requests/:requestId/explain')
  @Header('cache-control', 'no-store')
  async explainRequest(@Param('requestId') requestId: string): Promise<{ readonly hops: readonly Explanation[] }> {
    const id = requestId.slice(0, 128);
    const { observe, causes, apps } = this.#controlPlane;
    await apps.catchUp();
    const exchange = observe.observatory.exchange(id);
    if (exchange === undefined)
      throw new NotFoundException({
        message: `Cannot find request ${JSON.stringify(id)}: it is older than what is kept, or it was one of more than 10 a second that succeeded while nobody watched`,
      });
    const world = this.#world();
    const sent = exchange.hops.filter(({ record }) => record.reporter === 'source').map(({ record }) => record.id);
    // Where the sender's side is known, the destination's is the second part of its explanation.
    const calls = exchange.hops.filter(
      ({ record, parent }) => record.reporter === 'source' || parent === undefined || !sent.includes(parent),
    );
    const enrich = (record: RequestRecord): RequestRecord => causes.enrich(record);
    return { hops: calls.flatMap(({ record }) => this.#explained(world, withCauseFurtherOn(record, exchange, enrich))) };
  }

  #explained(world: ExplainWorld, record: RequestRecord): readonly Explanation[] {
    try {
      return [explainRecord(world, record)];
    } catch (error) {
      // Of a proxy that is gone nothing can be said; the others are explained all the same.
      if (error instanceof UnknownProxyError) return [];
      throw error;
    }
  }

  #world(): ExplainWorld {
    const { world, store, observe, clock, changes } = this.#controlPlane;
    const mesh = world.current.snapshot;
    const fresh = (proxy: string): ProxyState | undefined => {
      const state = observe.observatory.proxies.get(proxy);
      return state === undefined || clock.now() - state.seenAtMs > STALE_MS ? undefined : state;
    };
    return {
      mesh,
      resources: store.list(),
      proxyFor: ({ name, namespace }) => this.#controlPlane.proxy(`${name}.${namespace}`),
      worldOf: (proxy) => this.#worlds.of(mesh, proxy),
      liveEndpoints: (proxy, cluster) => {
        const state = fresh(proxy);
        if (state === undefined) return undefined;
        // A cluster that is not told of is plainly healthy.
        const told = state.clusters.get(cluster);
        const unwell = new Map((told?.unwell ?? []).map(({ address, ejected }): [string, LiveEndpoint] => [address, { ejected }]));
        return { unwell, empty: told?.endpoints === 0 };
      },
      heldSecrets: (proxy) => {
        const told = fresh(proxy)?.secrets;
        // Of more than it tells, nobody knows.
        return told === undefined || told.length >= MOST_TOLD ? undefined : new Set(told.map(({ name }) => name));
      },
      changedSince: (resource, sinceMs) => {
        const change = changes.of(resource, sinceMs);
        return change === undefined ? undefined : { how: change.how, moment: new Date(change.atMs).toTimeString().slice(0, 8) };
      },
    };
  }
}
