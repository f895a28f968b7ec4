import { parsePort } from '@lateen/bookinfo';

/** How a ratings version misbehaves; undefined when it does not. */
export type Fault = 'faulty' | 'delayed' | 'unavailable' | 'unhealthy';

/** Everything the ratings service takes from its environment. */
export interface RatingsConfig {
  readonly port: number;
  readonly version: string;
  readonly fault?: Fault;
  /** A v2 keeps its ratings in a database, and takes none over HTTP. */
  readonly databaseBacked: boolean;
  /** How long a delayed answer waits. */
  readonly delayMs: number;
  /** How long an unavailable or unhealthy version stays so, and then well. */
  readonly flipMs: number;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'v-faulty': 'faulty',
  'v-delayed': 'delayed',
  'v-unavailable': 'unavailable',
  'v-unhealthy': 'unhealthy',
};

/** Reads `PORT` (9080) and `SERVICE_VERSION` (v1; v2; v-faulty, v-delayed, v-unavailable, v-unhealthy). */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): RatingsConfig {
  const version = env.SERVICE_VERSION ?? 'v1';
  const fault = FAULTS[version];
  return {
    port: parsePort('PORT', env.PORT, 9080),
    version,
    fault,
    databaseBacked: version === 'v2',
    delayMs: 7000,
    flipMs: fault === 'unhealthy' ? 15 * 60_000 : 60_000,
  };
}
