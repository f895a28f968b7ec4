import { Controller, Get, Headers, HttpException, Inject, Param } from '@nestjs/common';
import { type IncomingHttpHeaders } from 'node:http';
import { type ReviewsConfig } from './config';
import { forwardedHeaders } from '@lateen/bookinfo';
import { fetchStars, ratingFrom } from './ratings-client';
import { type ProductReviews, reviewsWith } from './reviews';

/** Injection token of the service's configuration. */
export const CONFIG = Symbol('ReviewsConfig');

/** The reviews service's endpoints. */
@Controller()
export class ReviewsController {
  constructor(@Inject(CONFIG) private readonly config: ReviewsConfig) {}

  @Get('health')
  health(): { readonly status: string } {
    return { status: 'Reviews is healthy' };
  }

  @Get('reviews/:id')
  async reviews(@Param('id') id: string, @Headers() headers: IncomingHttpHeaders): Promise<ProductReviews> {
    if (!/^-?\d{1,10}$/.test(id)) throw new HttpException({ error: 'please provide numeric product id' }, 404);
    const { podName, clusterName, ratings } = this.config;
    const answer = { id: String(Number(id)), podname: podName, clustername: clusterName };
    if (ratings === undefined) return { ...answer, reviews: reviewsWith() };
    const stars = await fetchStars(ratings, answer.id, forwardedHeaders(headers));
    return { ...answer, reviews: reviewsWith((reviewer) => ratingFrom(stars, reviewer, ratings.starColor)) };
  }
}
