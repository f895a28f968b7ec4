import { Controller, Get, Headers, Inject, Param, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { type IncomingHttpHeaders } from 'node:http';
import { type Backends, type Fetched } from './backends';
import { type ProductPageConfig } from './config';
import { outgoingHeaders } from './outgoing-headers';
import { type Product, PRODUCTS } from './products';
import { BACKENDS, CONFIG } from './tokens';

/** The page's data as JSON, each part with the status its backend gave. */
@Controller('api/v1/products')
export class ApiController {
  constructor(
    @Inject(CONFIG) private readonly config: ProductPageConfig,
    @Inject(BACKENDS) private readonly backends: Backends,
  ) {}

  @Get()
  products(): readonly Product[] {
    return PRODUCTS;
  }

  @Get(':id')
  async details(
    @Param('id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return answer(reply, await this.backends.details(id, this.#outgoing(headers)));
  }

  @Get(':id/reviews')
  async reviews(
    @Param('id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return answer(reply, await this.backends.reviews(id, this.#outgoing(headers)));
  }

  @Get(':id/ratings')
  async ratings(
    @Param('id') id: string,
    @Headers() headers: IncomingHttpHeaders,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    return answer(reply, await this.backends.ratings(id, this.#outgoing(headers)));
  }

  #outgoing(headers: IncomingHttpHeaders): Record<string, string> {
    return outgoingHeaders(headers, this.config.sessionKey);
  }
}

/** JSON whatever it is: a backend may answer with a bare string or number. */
function answer(reply: FastifyReply, { status, body }: Fetched): string {
  reply.status(status).header('content-type', 'application/json; charset=utf-8');
  return JSON.stringify(body);
}
