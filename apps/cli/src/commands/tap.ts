import { parseDurationMs } from '@lateen/base';
import { type RequestRecord, type UnsentRequests, type WorkloadView } from '@lateen/observation';
import { CliError, EXIT } from '../exit';
import { type ObservationClient, openObservation, type Query } from '../mesh/observation-client';
import { checkCause } from '../mesh/cause-codes';
import { noWorkloadIn } from '../mesh/check-namespace';
import { resolveWorkloads, type WorkloadName } from '../mesh/resolve-workload';
import { requestLines } from '../output/request-line';
import { TroubleWatch } from '../output/trouble-watch';
import { Unshown, unshownText } from '../output/unshown';

/** Options of `lateen tap`. */
export interface TapOptions {
  readonly namespace?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: string;
  readonly failed?: boolean;
  readonly header?: string;
  readonly cause?: string;
  readonly max?: number;
  readonly since?: string;
  /** Default true. */
  readonly follow?: boolean;
  readonly output?: 'text' | 'json';
  readonly patch?: boolean;
  readonly state?: string;
}

/** Records of the past that are asked for at once. */
const MOST_BEFORE = 1000;

/** Prints requests as they happen, one line a hop, until `--max` of them, or until it is interrupted. */
export async function tap(workload: string | undefined, options: TapOptions): Promise<void> {
  const filter = checked(options);
  const client = openObservation(options.state);
  const wanted = await wantedOf(client, workload, options.namespace);
  const [only] = wanted ?? [];
  // The API filters by one workload; an app of several versions is told apart here.
  const query: Query = {
    ...filter,
    namespace: only?.namespace ?? options.namespace,
    ...(wanted?.length === 1 ? { workload: only?.name } : {}),
  };
  const concerns = ({ workload: of }: Pick<RequestRecord, 'workload'>): boolean =>
    wanted === undefined || wanted.some(({ namespace, name }) => namespace === of.namespace && name === of.name);

  const stop = new AbortController();
  const print = printer(options, () => stop.abort());
  const unshown = new Unshown((sum) => {
    if (options.output === 'json') process.stdout.write(`${JSON.stringify({ event: 'unsent', ...sum })}\n`);
    else process.stderr.write(`${unshownText(sum)}\n`);
  });
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    if (options.follow === false) {
      for (const record of await before(client, query, options.since ?? '5m')) if (concerns(record)) print(record);
      return;
    }
    // Calls that wait for an answer are no records yet: what keeps them is told meanwhile.
    if (options.output !== 'json') void new TroubleWatch(client, concerns, options).follow(stop.signal);
    if (options.output !== 'json' && process.stderr.isTTY) process.stderr.write('Watching requests; Ctrl-C ends.\n');
    // Watching begins before the past is read, so that nothing is lost in between.
    const early: RequestRecord[] = [];
    let take = (record: RequestRecord): unknown => early.push(record);
    const past = async (): Promise<void> => {
      if (options.since !== undefined) for (const record of await before(client, query, options.since)) if (concerns(record)) print(record);
      take = print;
      early.forEach(print);
    };
    const onEvent = (type: string, data: unknown): void => {
      if (!concerns(data as RequestRecord | UnsentRequests)) return;
      if (type === 'request') take(data as RequestRecord);
      else if (type === 'unsent') unshown.add(data as UnsentRequests);
    };
    await Promise.all([client.stream('/api/requests/stream', query, onEvent, stop.signal), past()]);
  } finally {
    unshown.flush();
    stop.abort();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Whose requests are wanted; undefined: all, of a namespace that there is. */
async function wantedOf(
  client: ObservationClient,
  workload: string | undefined,
  namespace: string | undefined,
): Promise<readonly WorkloadName[] | undefined> {
  if (workload === undefined && namespace === undefined) return undefined;
  const { workloads } = await client.get<{ readonly workloads: readonly WorkloadView[] }>('/api/workloads');
  if (workload !== undefined) return resolveWorkloads(workload, namespace, workloads);
  const namespaces = workloads.map((view) => view.namespace);
  if (namespaces.includes(namespace!)) return undefined;
  // What has ended meanwhile may have left requests.
  const { requests } = await client.get<{ readonly requests: readonly RequestRecord[] }>('/api/requests', { namespace, limit: 1 });
  if (requests.length === 0) throw noWorkloadIn(namespace!, namespaces);
  return undefined;
}

/** What is kept of the last while, oldest first. */
async function before(client: ObservationClient, query: Query, duration: string): Promise<readonly RequestRecord[]> {
  const since = Date.now() - durationMs(duration);
  const { requests } = await client.get<{ readonly requests: readonly RequestRecord[] }>('/api/requests', {
    ...query,
    since,
    limit: MOST_BEFORE,
  });
  return requests.toReversed();
}

/** Prints each record once, and says when there were enough. */
function printer({ output, max, patch }: TapOptions, enough: () => void): (record: RequestRecord) => void {
  const printed = new Set<string>();
  return (record) => {
    if (printed.has(record.id) || (max !== undefined && printed.size >= max)) return;
    printed.add(record.id);
    if (output === 'json') process.stdout.write(`${JSON.stringify(record)}\n`);
    else process.stdout.write(`${requestLines(record, { patch }).join('\n')}\n`);
    if (max !== undefined && printed.size >= max) enough();
    // Only what was read of the past can come again; what is older than that cannot.
    if (max === undefined && printed.size > 4 * MOST_BEFORE) printed.delete(printed.values().next().value!);
  };
}

/** The filters as the API takes them. Throws a `CliError` for one that can match nothing. */
function checked({ method, path, status, failed, header, cause, since }: TapOptions): Query {
  if (status !== undefined && !/^(\d{3}|[1-5]xx)$/i.test(status)) throw usage('--status', status, 'a status such as 503, or 5xx');
  if (header !== undefined && !/^[^:\s]+:/.test(header)) throw usage('--header', header, 'NAME:VALUE');
  if (cause !== undefined) checkCause(cause);
  if (since !== undefined) durationMs(since);
  return {
    method: method?.toUpperCase(),
    path,
    status: status?.toLowerCase(),
    header,
    cause,
    ...(failed === true ? { failed: 1 } : {}),
  };
}

function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined || ms <= 0) throw usage('--since', text, 'a duration such as 30s or 5m');
  return ms;
}

function usage(option: string, value: string, expected: string): CliError {
  return new CliError(`Cannot use ${option} "${value}": expected ${expected}`, EXIT.usage);
}
