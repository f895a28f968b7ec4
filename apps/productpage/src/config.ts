import { parsePort } from '@lateen/bookinfo';

/** Everything the product page takes from its environment. */
export interface ProductPageConfig {
  readonly port: number;
  readonly version: string;
  readonly backends: {
    /** Origins, such as `http://reviews:9080`. */
    readonly details: string;
    readonly reviews: string;
    readonly ratings: string;
    /** How long one try of one call may take. */
    readonly timeoutMs: number;
  };
  /** How many extra calls of reviews each page makes; 0 for none. */
  readonly floodFactor: number;
  /** Signs the session cookie. */
  readonly sessionKey: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `PORT` (9080), `SERVICE_VERSION` (v1), `DETAILS_HOSTNAME` and `DETAILS_SERVICE_PORT` (details, 9080), the same
 * of `REVIEWS_` and `RATINGS_`, `SERVICES_DOMAIN`, `FLOOD_FACTOR` (0) and `SESSION_SECRET`.
 */
export function parseConfig(env: Environment): ProductPageConfig {
  return {
    port: parsePort('PORT', env.PORT, 9080),
    version: env.SERVICE_VERSION ?? 'v1',
    backends: { details: origin(env, 'details'), reviews: origin(env, 'reviews'), ratings: origin(env, 'ratings'), timeoutMs: 3000 },
    floodFactor: parseCount('FLOOD_FACTOR', env.FLOOD_FACTOR),
    // Any password signs in as anyone, so this key protects nothing; being the same everywhere, it lets replicas share users.
    sessionKey: env.SESSION_SECRET ?? 'bookinfo',
  };
}

function origin(env: Environment, service: string): string {
  const prefix = service.toUpperCase();
  const domain = env.SERVICES_DOMAIN ? `.${env.SERVICES_DOMAIN}` : '';
  return `http://${env[`${prefix}_HOSTNAME`] ?? service}${domain}:${parsePort(`${prefix}_SERVICE_PORT`, env[`${prefix}_SERVICE_PORT`], 9080)}`;
}

function parseCount(name: string, text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`Cannot read ${name}: ${JSON.stringify(text)} is not a count`);
  return Number(text);
}
