import { type ResourceRef } from '@lateen/config';
import { type RequestRecord } from '@lateen/observation';
import { proxyName } from './annotate/context';
import { targetOf } from './annotate/outcomes';
import { type ExplainedChange, type ExplainWorld, notesOf, UnknownProxyError } from './explain';
import { follow } from './follow';
import { type Explanation, type Outcome, type Step } from './model';
import { type WalkConnection, type WalkRequest } from './walk/request';
import { isRedirected, proxyWorld } from './world/proxy-world';

/** What is asked of a request that happened, as its proxy saw it. */
export type ExplainedRecord = Pick<
  RequestRecord,
  | 'proxy'
  | 'reporter'
  | 'startTimeMs'
  | 'durationMs'
  | 'protocol'
  | 'method'
  | 'scheme'
  | 'authority'
  | 'path'
  | 'requestHeaders'
  | 'status'
  | 'flags'
  | 'localAddress'
  | 'remoteAddress'
  | 'rule'
  | 'cluster'
  | 'upstreamHost'
  | 'attempts'
  | 'routeConfig'
  | 'virtualHost'
  | 'fault'
  | 'mutualTls'
  | 'serverName'
  | 'cause'
>;

/**
 * Why a request that happened went where it went: walked through the configuration of now, with what really happened
 * marked where that still says what it said then, and the outcome that it really had. Throws an UnknownProxyError when its proxy is not known any more.
 */
export function explainRecord(world: ExplainWorld, record: ExplainedRecord): Explanation {
  const instance = world.mesh.workloads.find((workload) => proxyName(workload) === record.proxy);
  const proxy = instance === undefined ? undefined : world.proxyFor(instance);
  if (proxy === undefined) throw new UnknownProxyError(`Cannot explain what ${record.proxy} did: it is not connected any more`);
  const first = (world.worldOf ?? ((one) => proxyWorld(world.mesh, one)))(proxy);
  const { steps, ends } = follow(world, {
    world: first,
    direction: record.reporter === 'destination' ? 'inbound' : 'outbound',
    connection: connectionOf(record, isRedirected(proxy)),
    request: requestOf(record),
    hop: 1,
    picked: { cluster: record.cluster, endpoint: record.upstreamHost },
  });
  const changes = changesOf(world, steps, record);
  const outcome = outcomeOf(record, changes.size === 0 ? ends : ends.map((end) => ({ ...end, probability: 1 })));
  const told = steps.map((step) => (step.hop === 1 ? marked(step, record) : step));
  // What a resource says that was changed since is not what happened.
  const isStale = ({ happened, resource }: Step): boolean =>
    happened === true && resource !== undefined && changes.has(titleOfRef(resource));
  const stale = told.some(isStale);
  return {
    version: 1,
    request: {
      from: record.proxy,
      method: record.method,
      url: `${record.scheme === '' ? 'tcp' : record.scheme}://${record.authority === '' ? record.localAddress : record.authority}${record.path}`,
      headers: record.requestHeaders.map(([name, value]) => [name, value]),
    },
    outcome,
    outcomes: [outcome],
    steps: told.map((step, i) => (isStale(step) ? steps[i]! : step)),
    notes: [...changeNotes(steps, record, { changes, stale }), ...notesOf(world, first)],
  };
}

/** Which of the resources that the steps rest on, and of the rule that the request met, were changed since. By title. */
function changesOf({ changedSince }: ExplainWorld, steps: readonly Step[], { rule, startTimeMs }: ExplainedRecord): Changes {
  const refs = [...(rule === undefined ? [] : [rule]), ...steps.flatMap(({ resource }) => (resource === undefined ? [] : [resource]))];
  const byTitle = new Map(refs.map((ref) => [titleOfRef(ref), ref]));
  return new Map(
    [...byTitle].flatMap(([title, { kind, namespace, name }]) => {
      const change = changedSince?.({ kind, namespace, name }, startTimeMs);
      return change === undefined ? [] : [[title, change] as const];
    }),
  );
}

type Changes = ReadonlyMap<string, ExplainedChange>;

/** `VirtualService default/reviews`. */
function titleOfRef({ kind, namespace, name }: ResourceRef): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function connectionOf(
  { localAddress, remoteAddress, mutualTls, serverName, scheme, reporter }: ExplainedRecord,
  redirected: boolean,
): WalkConnection {
  const secured = mutualTls && reporter === 'destination';
  const tls = secured || serverName !== '' || scheme === 'https';
  return {
    destination: addressOf(localAddress),
    sourceAddress: addressOf(remoteAddress).address,
    redirected,
    ...(tls
      ? {
          tls: {
            ...(serverName === '' ? {} : { serverName }),
            // What a peer's sidecar offers; whoever is none offered what HTTP clients do.
            applicationProtocols: secured ? ['istio-http/1.1', 'istio', 'http/1.1'] : ['h2', 'http/1.1'],
            certificate: secured,
          },
        }
      : {}),
  };
}

function requestOf({ method, path, authority, requestHeaders, protocol }: ExplainedRecord): WalkRequest {
  return { method, path, authority, headers: requestHeaders.filter(([name]) => !name.startsWith(':')), isHttp: protocol !== 'tcp' };
}

/** `HOST:PORT`, IPv6 in brackets. */
function addressOf(text: string): { readonly address: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** A step, with whether it is what happened. */
function marked(step: Step, record: ExplainedRecord): Step {
  const { cluster, rule, fault, attempts, flags, upstreamHost, cause, protocol } = record;
  const yes = (reason = step.reason): Step => ({ ...step, reason, happened: true });
  switch (step.stage) {
    case 'cluster':
      // Who gives up while it is held never comes so far.
      return step.name === cluster && (attempts > 0 || protocol === 'tcp') ? yes() : step;
    case 'endpoint':
      if (step.name !== cluster || upstreamHost === '') return step;
      return yes(`${step.reason} It went to ${upstreamHost}${attempts > 1 ? `, at attempt ${attempts}` : ''}.`);
    case 'route':
      return step.verdict === 'chosen' && (rule === undefined || isOfRule(step, rule)) ? yes() : step;
    case 'fault':
      if (step.name === 'delay' && fault?.delayMs !== undefined) return yes(`${step.reason} ${heldText(fault.delayMs, record)}`);
      if (step.name === 'abort' && fault?.abortStatus !== undefined)
        return yes(`${step.reason} This one was answered ${fault.abortStatus}.`);
      return step;
    case 'timeout':
      if (step.name === 'connect') return cause?.code === 'connect_timeout' ? yes(`${step.reason} This one's did not.`) : step;
      return step.name === undefined && flags.includes('UT') && cause?.code !== 'per_try_timeout'
        ? yes(`${step.reason} This one took longer.`)
        : step;
    case 'retry':
      if (step.name !== undefined) return step;
      if (cause?.code === 'per_try_timeout')
        return yes(`${step.reason} A try of this one took longer${attempts > 1 ? `; there were ${attempts}` : ''}.`);
      return attempts > 1 ? yes(`${step.reason} This one was tried ${attempts} times.`) : step;
    case 'listener':
    case 'filter-chain':
    case 'virtual-host':
    case 'authorization':
    case 'rewrite':
    case 'headers':
    case 'mirror':
    case 'mtls':
      return step;
  }
}

/** Whoever gave up while it was held did not wait for all of the delay. */
function heldText(delayMs: number, { flags, durationMs }: ExplainedRecord): string {
  return flags.includes('DC') && durationMs < delayMs
    ? `This one's client was gone after ${Math.round(durationMs)} ms of ${Math.round(delayMs)}.`
    : `This one was held ${Math.round(delayMs)} ms.`;
}

/** Whether a step is about the very rule that the request met. */
function isOfRule({ name, resource }: Step, rule: NonNullable<ExplainedRecord['rule']>): boolean {
  return name === ruleName(rule) && resource !== undefined && titleOfRef(resource) === titleOfRef(rule);
}

/** `http[1].match[0]`. */
function ruleName({ rule, match }: NonNullable<ExplainedRecord['rule']>): string {
  return match === '' ? rule : `${rule}.${match}`;
}

/** How it ended, by what was seen. */
function outcomeOf(record: ExplainedRecord, ends: readonly Outcome[]): Outcome {
  const { cluster, rule, flags, status, cause } = record;
  const expected = ends.find((end) => end.cluster === cluster) ?? ends[0];
  const aborted = record.fault?.abortStatus !== undefined;
  const kind = aborted ? 'fault' : flags.includes('NR') ? 'no-route' : (expected?.kind ?? 'route');
  const title = rule === undefined ? undefined : `${titleOfRef(rule)} ${ruleName(rule)}`;
  const where = cluster === '' ? 'It was answered by the proxy' : `It went to ${targetOf(cluster)}`;
  const share = (expected?.probability ?? 1) < 1 && cluster !== '' ? `, as ${percent(expected?.probability ?? 1)} of such requests do` : '';
  return {
    kind,
    ...(cluster === '' ? {} : { cluster }),
    ...(status === 0 ? {} : { status }),
    ...(flags.length === 0 ? {} : { flag: flags.join(',') }),
    ...(title === undefined ? {} : { rule: title }),
    probability: 1,
    reason: cause?.sentence ?? `${where}${share}${status === 0 ? '' : `, and was answered ${status}`}.`,
    ...(cause?.where === undefined ? {} : { file: cause.where.file, line: cause.where.line }),
    ...(cause === undefined || cause.evidence.length === 0 ? {} : { evidence: [...cause.evidence] }),
    ...(cause?.patch === undefined ? {} : { patch: cause.patch }),
  };
}

function percent(probability: number): string {
  return `${Number((probability * 100).toFixed(1))} %`;
}

/** What is not as it was then, with what the request met, or was not kept. */
function changeNotes(
  steps: readonly Step[],
  record: ExplainedRecord,
  { changes, stale }: { readonly changes: Changes; readonly stale: boolean },
): readonly string[] {
  const { rule, cluster, requestHeaders, fault, upstreamHost } = record;
  const own = steps.filter(({ hop }) => hop === 1);
  const chosen = own.find(({ stage, verdict }) => stage === 'route' && verdict === 'chosen');
  const differs = rule !== undefined && (chosen === undefined || !isOfRule(chosen, rule));
  // What a fault answers never comes to the cluster that was drawn for it.
  const sent = cluster !== '' && fault?.abortStatus === undefined;
  const gone = sent && !own.some(({ stage, name }) => stage === 'cluster' && name === cluster);
  const hidden = own.some(({ predicate }) => predicate?.actual === '***') && requestHeaders.some(([, value]) => value === '***');
  const met = [
    ...(rule !== undefined && (differs || stale) ? [`met ${titleOfRef(rule)} ${ruleName(rule)}`] : []),
    ...(stale ? dealtWith(record) : []),
    ...(sent && (gone || stale) ? [`went to ${targetOf(cluster)}${upstreamHost === '' ? '' : ` at ${upstreamHost}`}`] : []),
  ];
  return [
    ...[...changes].map(([title, change]) => changeText(title, change)),
    ...(met.length > 0 ? [`The configuration has changed since: then, the request ${met.join(', and ')}.`] : []),
    ...(hidden ? ['Values of headers with credentials are not kept: rules that ask for them are told as not matched.'] : []),
  ];
}

function changeText(title: string, { how, moment }: ExplainedChange): string {
  const text = `${title} was ${how} at ${moment}, after this request`;
  return how === 'deleted' ? `${text}.` : `${text}: what its steps say is of now.`;
}

/** What a rule did to a request, where no step can say it. */
function dealtWith({ fault, attempts, flags }: ExplainedRecord): readonly string[] {
  return [
    ...(fault?.delayMs === undefined ? [] : [`was held ${Math.round(fault.delayMs)} ms by a fault`]),
    ...(fault?.abortStatus === undefined ? [] : [`was answered ${fault.abortStatus} by a fault`]),
    ...(attempts > 1 ? [`was tried ${attempts} times`] : []),
    ...(flags.includes('UT') ? ['took longer than it might'] : []),
  ];
}
