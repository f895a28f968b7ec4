import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiController } from './api.controller';
import { Backends } from './backends';
import { type ProductPageConfig } from './config';
import { ProductPageController } from './productpage.controller';
import { RequestMetrics } from './request-metrics';
import { BACKENDS, CONFIG, METRICS } from './tokens';

@Module({})
class ProductPageModule {}

/** No script at all, nothing from elsewhere, no frames. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Builds the product page; the caller listens and closes. */
export async function createApp(config: ProductPageConfig): Promise<NestFastifyApplication> {
  const metrics = new RequestMetrics();
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: ProductPageModule,
      controllers: [ProductPageController, ApiController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: METRICS, useValue: metrics },
        { provide: BACKENDS, useValue: new Backends(config, metrics) },
      ],
    },
    new FastifyAdapter({ bodyLimit: 16 * 1024 }),
    { logger: ['error', 'warn'], abortOnError: false },
  );
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      reply.headers(SECURITY_HEADERS);
      done();
    });
  return app;
}
