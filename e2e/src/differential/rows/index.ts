import { type Area } from '../row';
import { faults } from './faults';
import { headers } from './headers';
import { rewriting } from './rewriting';
import { routing } from './routing';

/** Every row, by area. */
export const AREAS: readonly Area[] = [routing, rewriting, headers, faults];
