import { type ReviewsConfig } from './config';
import { httpGet } from '@lateen/bookinfo';
import { type Rating } from './reviews';

/** Stars by reviewer; undefined when ratings could not be had. */
export type Stars = Readonly<Record<string, unknown>> | undefined;

const UNAVAILABLE: Rating = { error: 'Ratings service is currently unavailable' };

/** Asks ratings for a product's stars. Never rejects: a review without stars is still a review. */
export async function fetchStars(
  { origin, timeoutMs }: NonNullable<ReviewsConfig['ratings']>,
  productId: string,
  headers: Readonly<Record<string, string>>,
): Promise<Stars> {
  const url = `${origin}/ratings/${productId}`;
  try {
    const { status, body } = await httpGet(url, headers, timeoutMs);
    if (status !== 200) throw new Error(`Cannot get ${url}: it answered ${status}`);
    const answer: unknown = JSON.parse(body);
    const ratings = typeof answer === 'object' && answer !== null && 'ratings' in answer ? answer.ratings : undefined;
    if (typeof ratings !== 'object' || ratings === null) throw new Error(`Cannot read ${url}: no ratings in it`);
    return ratings as Readonly<Record<string, unknown>>;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return undefined;
  }
}

/** One reviewer's rating out of what ratings answered. */
export function ratingFrom(stars: Stars, reviewer: string, color: string): Rating {
  const count = stars !== undefined && Object.hasOwn(stars, reviewer) ? stars[reviewer] : undefined;
  return typeof count === 'number' && count >= 0 ? { stars: count, color } : UNAVAILABLE;
}
