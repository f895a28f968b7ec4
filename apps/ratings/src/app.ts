import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type RatingsConfig } from './config';
import { Misbehaviour } from './misbehaviour';
import { CONFIG, MISBEHAVIOUR, RatingsController, STORE } from './ratings.controller';
import { RatingsStore } from './ratings-store';

@Module({})
class RatingsModule {}

/** What tests replace: `now` in milliseconds, `random` uniform in [0, 1). */
export interface Effects {
  readonly now: () => number;
  readonly random: () => number;
}

const SYSTEM: Effects = { now: () => performance.now(), random: () => Math.random() };

/** Builds the ratings service; the caller listens and closes. */
export async function createApp(config: RatingsConfig, { now, random }: Effects = SYSTEM): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    {
      module: RatingsModule,
      controllers: [RatingsController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: STORE, useValue: new RatingsStore() },
        { provide: MISBEHAVIOUR, useValue: new Misbehaviour(config, now, random) },
      ],
    },
    new FastifyAdapter({ bodyLimit: 64 * 1024 }),
    { logger: ['error', 'warn'], abortOnError: false, bodyParser: false },
  );
  // A body is JSON whatever its content type says: curl -d sends a form's.
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  return app;
}
