import { Body, Controller, Get, Header, HttpCode, Inject, NotFoundException, Param, Post, Query, UseGuards } from '@nestjs/common';
import { StoreError } from '@lateen/config';
import { type DeadPart, type DroppedHeader, type Finding, type ResourceSummary, type ResourceView } from '@lateen/observation';
import { parseBody } from '../admin/requests';
import { storeException } from '../admin/store-exception';
import { CONTROL_PLANE } from '../admin/tokens';
import { type ControlPlane } from '../control-plane';
import { ConfigurationViews } from './configuration';
import { droppedHeaders } from './dropped-headers';
import { ObserveGuard } from './observe-guard';
import { deadQuery, undoRequest, validateRequest } from './queries';

/** Configuration with what is wrong with it, what it does, and its earlier versions. */
@Controller('api')
@UseGuards(ObserveGuard)
export class ConfigurationController {
  readonly #controlPlane: ControlPlane;
  readonly #views: ConfigurationViews;

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
    this.#views = new ConfigurationViews(controlPlane);
  }

  @Get('configuration')
  @Header('cache-control', 'no-store')
  list(): { readonly resources: readonly ResourceSummary[] } {
    return { resources: this.#views.summaries() };
  }

  /** Cluster-wide resources have the namespace `-`. */
  @Get('configuration/:kind/:namespace/:name')
  @Header('cache-control', 'no-store')
  view(@Param('kind') kind: string, @Param('namespace') namespace: string, @Param('name') name: string): ResourceView {
    const view = this.#views.view({ kind, namespace: namespace === '-' ? '' : namespace, name });
    if (view === undefined) throw new NotFoundException({ message: `Cannot find ${kind} "${namespace}/${name}": it is not configured` });
    return view;
  }

  @Post('configuration/validate')
  @HttpCode(200)
  validate(@Body() body: unknown): { readonly findings: readonly Finding[] } {
    return { findings: this.#views.validate(parseBody(validateRequest, body).yaml) };
  }

  @Post('configuration/undo')
  @HttpCode(200)
  async undo(@Body() body: unknown): Promise<object> {
    const { generation, ...ref } = parseBody(undoRequest, body);
    const { revisions, store, clock, world, sync, announce } = this.#controlPlane;
    const revision = revisions.of(ref).find((one) => one.generation === generation);
    if (revision === undefined)
      throw new NotFoundException({
        message: `Cannot go back to generation ${generation} of ${ref.kind} "${ref.namespace}/${ref.name}": its last 10 versions are kept`,
      });
    const since = clock.monotonicMs();
    const { resource } = revision;
    const { resourceVersion: _version, ...metadata } = resource.metadata;
    try {
      const results = await revisions.goingBack(ref, generation, () => store.apply([{ ...resource, metadata }]));
      announce({ type: 'applied', resources: results.filter(({ action }) => action !== 'unchanged') });
      return { results, passedOver: [], violations: [], sync: await sync.wait(await world.settled(), since, 10_000) };
    } catch (error) {
      throw error instanceof StoreError ? storeException(error) : error;
    }
  }

  @Get('dropped-headers')
  @Header('cache-control', 'no-store')
  dropped(): { readonly workloads: readonly DroppedHeader[] } {
    return { workloads: droppedHeaders(this.#controlPlane) };
  }

  @Get('dead')
  @Header('cache-control', 'no-store')
  dead(@Query() query: unknown): { readonly dead: readonly DeadPart[]; readonly judgedSinceMs: number } {
    return this.#views.dead(parseBody(deadQuery, query).since);
  }
}
