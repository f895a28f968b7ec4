import { hostname } from 'node:os';
import { parsePort } from '@lateen/bookinfo';

/** Everything the reviews service takes from its environment. */
export interface ReviewsConfig {
  readonly port: number;
  readonly version: string;
  readonly podName: string;
  readonly clusterName: string;
  /** Whose stars to show; undefined when this version shows none. */
  readonly ratings?: {
    readonly origin: string;
    readonly starColor: string;
    readonly timeoutMs: number;
  };
}

/**
 * Reads `PORT` (9080), `SERVICE_VERSION` (v1), `ENABLE_RATINGS` (`true` shows stars), `STAR_COLOR` (black),
 * `RATINGS_HOSTNAME` (ratings), `RATINGS_SERVICE_PORT` (9080), `SERVICES_DOMAIN`, `HOSTNAME` and `CLUSTER_NAME`.
 * Ratings get ten seconds when stars are black, two and a half when they are not: Bookinfo's bug to be found.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ReviewsConfig {
  const starColor = env.STAR_COLOR ?? 'black';
  const domain = env.SERVICES_DOMAIN ? `.${env.SERVICES_DOMAIN}` : '';
  const port = parsePort('RATINGS_SERVICE_PORT', env.RATINGS_SERVICE_PORT, 9080);
  return {
    port: parsePort('PORT', env.PORT, 9080),
    version: env.SERVICE_VERSION ?? 'v1',
    podName: env.HOSTNAME ?? hostname(),
    clusterName: env.CLUSTER_NAME ?? 'null',
    ratings:
      env.ENABLE_RATINGS === 'true'
        ? {
            origin: `http://${env.RATINGS_HOSTNAME ?? 'ratings'}${domain}:${port}`,
            starColor,
            timeoutMs: starColor === 'black' ? 10_000 : 2500,
          }
        : undefined,
  };
}
