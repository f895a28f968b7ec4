import { type Area } from '../row';
import { faults } from './faults';
import { headers } from './headers';
import { rewriting } from './rewriting';
import { retries } from './retries';
import { timeouts } from './timeouts';
import { upstreams } from './upstreams';
import { routing } from './routing';

/** Every row, by area. */
export const AREAS: readonly Area[] = [routing, rewriting, headers, faults, timeouts, retries, upstreams];
