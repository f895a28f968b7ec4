import { type Step } from '../model';
import { type Fact } from '../walk/facts';
import { ruleIndex } from './changes';
import { durationText, type HopContext, meshConfigPlace, placeIn, step } from './context';
import { parseClusterName, settingOf } from './destination';
import { ruleOf } from './rules';

type FactOf<S extends Fact['stage']> = Extract<Fact, { stage: S }>;

/** What connections to a cluster are held to: how soon they must stand, and what its DestinationRule limits besides. */
export function connectionSteps(context: HopContext, { cluster, endpoints }: FactOf<'mtls'>): readonly Step[] {
  const parts = parseClusterName(cluster.name);
  if (parts === undefined || endpoints.length === 0) return [];
  const target = `${parts.subset === '' ? '' : `subset ${parts.subset} of `}${parts.host}`;
  const pool = settingOf(context, parts, 'connectionPool');
  const written = (block: 'tcp' | 'http', field: string) =>
    pool === undefined ? {} : { source: 'DestinationRule', ...placeIn(pool.resource, `${pool.path}.${block}.${field}`) };
  const { tcp, http } = pool?.value ?? {};
  const connectBy = tcp?.connectTimeout === undefined ? meshConfigPlace(context, 'connectTimeout') : written('tcp', 'connectTimeout');
  const steps = [
    step(context, {
      stage: 'timeout',
      verdict: 'applied',
      name: 'connect',
      reason: `A new connection to ${target} must stand within ${durationText(cluster.connectTimeoutMs)}; else the try has failed with flag UF.`,
      ...connectBy,
    }),
  ];
  if (http?.idleTimeout !== undefined)
    steps.push(
      step(context, {
        stage: 'timeout',
        verdict: 'applied',
        name: 'idle',
        reason: `A connection to ${target} on which nothing happens for ${durationText(cluster.http.idleTimeoutMs)} is closed.`,
        ...written('http', 'idleTimeout'),
      }),
    );
  if (http?.maxRetries !== undefined)
    steps.push(
      step(context, {
        stage: 'retry',
        verdict: 'applied',
        name: 'at once',
        reason: `No more than ${http.maxRetries} of all requests to ${target} are tried again at once; one more is not, with flag UO.`,
        ...written('http', 'maxRetries'),
      }),
    );
  return steps;
}

/** How long the whole exchange may take. */
export function timeoutSteps(context: HopContext, { route, action }: FactOf<'timeout'>): readonly Step[] {
  if (context.side === 'inbound') return [];
  const rule = ruleOf(context, route);
  const written = rule?.resource.spec.http?.[ruleIndex(rule.path)]?.timeout;
  const by =
    rule !== undefined && written !== undefined
      ? { source: 'VirtualService', ...placeIn(rule.resource, `${rule.path}.timeout`) }
      : { source: 'default' };
  const reason =
    action.timeoutMs === 0
      ? 'No time limit.'
      : `The whole exchange may take ${durationText(action.timeoutMs)}; then it is 504 with flag UT.`;
  return [step(context, { stage: 'timeout', verdict: action.timeoutMs === 0 ? 'skipped' : 'applied', reason, ...by })];
}

/** When it is tried again. */
export function retrySteps(context: HopContext, { route, action }: FactOf<'retry'>): readonly Step[] {
  if (context.side === 'inbound') return [];
  const rule = ruleOf(context, route);
  const written = rule?.resource.spec.http?.[ruleIndex(rule.path)]?.retries;
  const by =
    rule !== undefined && written !== undefined
      ? { source: 'VirtualService', ...placeIn(rule.resource, `${rule.path}.retries`) }
      : meshConfigPlace(context, 'defaultHttpRetryPolicy');
  const { retry } = action;
  if (retry === undefined) return [step(context, { stage: 'retry', verdict: 'skipped', reason: 'It is never tried again.', ...by })];
  const times = retry.numRetries === 1 ? 'once' : retry.numRetries === 2 ? 'twice' : `${retry.numRetries} times`;
  const each = retry.perTryTimeoutMs === 0 ? '' : `, each try at most ${durationText(retry.perTryTimeoutMs)}`;
  const { baseMs, maxMs } = retry.backOff;
  const wait = `${durationText(baseMs)} to ${durationText(maxMs)} apart`;
  const unsaid = [...(written?.retryOn === undefined ? ['when'] : []), ...(written?.backoff === undefined ? ['how far apart'] : [])];
  // A policy that is written says some of it; the rest is as without one.
  const rest = written === undefined || unsaid.length === 0 ? '' : ` The default says ${unsaid.join(' and ')}.`;
  const reason = `It is tried again up to ${times} ${conditionText(retry)}${each}, ${wait}.${rest}`;
  return [step(context, { stage: 'retry', verdict: 'applied', reason, ...by })];
}

function conditionText({ on, retriableStatusCodes }: NonNullable<FactOf<'retry'>['action']['retry']>): string {
  const words = [
    ...(on.serverError ? ['the answer is a 5xx or there is none'] : []),
    ...(on.gatewayError ? ['the answer is 502, 503 or 504'] : []),
    ...(on.reset ? ['the connection breaks'] : []),
    ...(on.resetBeforeRequest ? ['the connection breaks before the request was sent'] : []),
    ...(on.connectFailure ? ['it cannot connect'] : []),
    ...(on.refusedStream ? ['the stream is refused'] : []),
    ...(on.retriable4xx ? ['the answer is 409'] : []),
    ...(on.retriableStatusCodes && retriableStatusCodes.length > 0 ? [`the answer is ${retriableStatusCodes.join(', ')}`] : []),
    ...(on.grpcStatuses.length > 0 ? [`the gRPC status is ${on.grpcStatuses.join(' or ')}`] : []),
  ];
  return words.length === 0
    ? 'on no condition'
    : `when ${words.slice(0, -1).join(', ')}${words.length > 1 ? ' or ' : ''}${words.at(-1) ?? ''}`;
}
