import { type Cause } from './cause';
import { type WorkloadRef } from './workload';

/** What is wrong with a workload as it runs, whether or not a request has failed for it yet. */
export interface Trouble {
  readonly workload: WorkloadRef;
  /** `ratings-v1-0`. */
  readonly pod: string;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** It is over since then: the application that ended is there again. Undefined while it goes on. */
  readonly overAtMs?: number;
  /** Somebody asked for it to be started anew, and it is not there again yet. */
  readonly restarting?: true;
  /** `app_not_answering`, `app_ended`. */
  readonly cause: Cause;
}
