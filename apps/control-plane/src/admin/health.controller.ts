import { Controller, Get, Inject, Res, UseGuards } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type ControlPlane } from '../control-plane';
import { AdminGuard } from './admin-guard';
import { CONTROL_PLANE } from './tokens';

/** Health and metrics of the control plane itself. */
@Controller()
@UseGuards(AdminGuard)
export class HealthController {
  readonly #controlPlane: ControlPlane;

  constructor(@Inject(CONTROL_PLANE) controlPlane: ControlPlane) {
    this.#controlPlane = controlPlane;
  }

  @Get('healthz')
  health(): object {
    return { status: 'ok' };
  }

  /** Configuration is loaded before anything listens, so whoever can ask gets yes. */
  @Get('readyz')
  ready(): object {
    return { status: 'ready' };
  }

  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    const { registry } = this.#controlPlane.metrics;
    await reply.header('content-type', registry.contentType).send(await registry.metrics());
  }
}
