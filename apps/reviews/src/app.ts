import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ReviewsConfig } from './config';
import { CONFIG, ReviewsController } from './reviews.controller';

@Module({})
class ReviewsModule {}

/** Builds the reviews service; the caller listens and closes. */
export function createApp(config: ReviewsConfig): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(
    { module: ReviewsModule, controllers: [ReviewsController], providers: [{ provide: CONFIG, useValue: config }] },
    new FastifyAdapter(),
    { logger: ['error', 'warn'], abortOnError: false },
  );
}
