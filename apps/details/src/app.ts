import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { builtInBook } from './book';
import { type DetailsConfig } from './config';
import { BOOK_LOOKUP, DetailsController } from './details.controller';
import { type BookLookup, externalBookLookup } from './external-books';

@Module({})
class DetailsModule {}

/** Builds the details service; the caller listens and closes. */
export function createApp(config: DetailsConfig): Promise<NestFastifyApplication> {
  const lookup: BookLookup =
    config.externalBooks === undefined
      ? (id) => Promise.resolve(builtInBook(id))
      : externalBookLookup(config.externalBooks.origin, config.externalBooks.timeoutMs);
  return NestFactory.create<NestFastifyApplication>(
    { module: DetailsModule, controllers: [DetailsController], providers: [{ provide: BOOK_LOOKUP, useValue: lookup }] },
    new FastifyAdapter(),
    { logger: ['error', 'warn'], abortOnError: false },
  );
}
