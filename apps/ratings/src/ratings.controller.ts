import { Body, Controller, Get, HttpCode, HttpException, Inject, Param, Post } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RatingsConfig } from './config';
import { type Misbehaviour } from './misbehaviour';
import { parseRatings, type Ratings, type RatingsStore } from './ratings-store';

/** Injection tokens of the service's parts. */
export const CONFIG = Symbol('RatingsConfig');
export const STORE = Symbol('RatingsStore');
export const MISBEHAVIOUR = Symbol('Misbehaviour');

/** One product's ratings, as answered. */
interface ProductRatings {
  readonly id: number;
  readonly ratings: Ratings;
}

/** The ratings service's endpoints. */
@Controller()
export class RatingsController {
  constructor(
    @Inject(CONFIG) private readonly config: RatingsConfig,
    @Inject(STORE) private readonly store: RatingsStore,
    @Inject(MISBEHAVIOUR) private readonly misbehaviour: Misbehaviour,
  ) {}

  @Get('health')
  health(): { readonly status: string } {
    if (!this.misbehaviour.healthy()) throw new HttpException({ status: 'Ratings is not healthy' }, 500);
    return { status: 'Ratings is healthy' };
  }

  @Get('ratings/:id')
  async get(@Param('id') idText: string): Promise<ProductRatings> {
    const id = parseId(idText);
    if (this.config.databaseBacked) throw new HttpException({ error: 'could not connect to ratings database' }, 500);
    const outcome = this.misbehaviour.next();
    if (outcome === 'refuse') throw new HttpException({ error: 'Service unavailable' }, 503);
    if (outcome === 'delay') await sleep(this.config.delayMs);
    return { id, ratings: this.store.get(id) };
  }

  @Post('ratings/:id')
  @HttpCode(200)
  post(@Param('id') idText: string, @Body() body: string | undefined): ProductRatings {
    const id = parseId(idText);
    const ratings = parseRatings(body ?? '');
    if (ratings === undefined) throw new HttpException({ error: 'please provide valid ratings JSON' }, 400);
    if (this.config.databaseBacked)
      throw new HttpException({ error: 'ratings of this version live in a database and cannot be posted' }, 501);
    this.store.set(id, ratings);
    return { id, ratings };
  }
}

function parseId(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new HttpException({ error: 'please provide numeric product ID' }, 400);
  return Number(text);
}
