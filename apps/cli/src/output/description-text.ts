import { type DescribedRule, type Description, pairs, type Place } from '@lateen/analysis';
import { type GraphEdge } from '@lateen/observation';
import { type LiveFacts } from '../mesh/live-facts';
import { out } from './colors';
import { errorsText, fails, milliseconds, rate } from './numbers';
import { plain } from './plain';
import { causeLines } from './request-line';
import { age } from './table';

/** Says where something is written: `reviews.yaml:12`; empty where nobody knows. */
export type At = (place: { readonly file: string; readonly line: number }) => string;

/** A description as text: what it is, what applies to it, how it is now, what is wrong. */
export function drawDescription(description: Description, live: LiveFacts | undefined, at: At, nowMs: number): string {
  const { kind, namespace, name } = description;
  const sections = [
    [out.bold(plain(`${kind === 'workload' ? 'Workload' : 'Service'} ${namespace}/${name}`)), ...podLines(description, live, nowMs)],
    ...(live === undefined ? [] : [troubleLines(live), trafficLines(live)]),
    serviceLines(description, at),
    virtualServiceLines(description, at),
    destinationRuleLines(description, at),
    gatewayLines(description, at),
    policyLines(description, at),
    problemLines(description, at),
    ...(live === undefined ? [] : [failureLines(live, nowMs), droppedLines(live)]),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function podLines({ pods }: Description, live: LiveFacts | undefined, nowMs: number): readonly string[] {
  if (pods.length === 0) return [`  ${out.yellow('no pods')}`];
  return pods.flatMap(({ name, address, ready, proxy, identity, labels }) => {
    const sync = live?.proxies.find(({ id }) => id.startsWith(`${name}.`));
    const certificate = live?.certificates.find(({ pod }) => pod === name);
    return [
      `  ${plain(name)}  ${plain(address)}  ${ready ? out.green('ready') : out.yellow('not ready')}  ${proxy === 'none' ? out.yellow('no proxy') : proxy}`,
      `    labels ${plain(pairs(ownLabels(labels)))}`,
      ...(identity === '' ? [] : [`    identity ${plain(identity)}`]),
      ...(certificate === undefined ? [] : [`    certificate ${validity(certificate.expires, nowMs)}`]),
      ...(live === undefined || proxy === 'none' ? [] : [`    proxy ${syncText(sync)}`]),
    ];
  });
}

/** Without those that injection adds. */
function ownLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !/^(security|service)\.istio\.io\//.test(key)));
}

function validity(expires: string, nowMs: number): string {
  const left = Date.parse(expires) - nowMs;
  return left <= 0 ? out.red(`expired at ${plain(expires)}`) : `valid for ${age(nowMs, Date.parse(expires))}, until ${plain(expires)}`;
}

function syncText(sync: LiveFacts['proxies'][0] | undefined): string {
  if (sync === undefined) return out.red('not connected');
  const late = Object.entries(sync.types).filter(([, state]) => !['SYNCED', 'NOT SENT'].includes(state));
  if (late.length === 0) return out.green('in sync');
  return out.red(
    `${late.map(([type, state]) => `${type} ${state}`).join(', ')}${sync.message === undefined ? '' : `: ${plain(sync.message)}`}`,
  );
}

/** Who calls it and whom it calls, and how well. */
export function trafficLines({ traffic }: Pick<LiveFacts, 'traffic'>): readonly string[] {
  const { inbound, from, to, names } = traffic;
  const line = (edge: GraphEdge, other: string): string =>
    `${plain(names.get(other) ?? other)}  ${rate(edge.rates.perSecond)}/s  ${
      fails(edge.rates) ? out.red(errorsText(edge.rates)) : errorsText(edge.rates)
    }  p99 ${milliseconds(edge.rates.p99Ms)}`;
  if (from.length === 0 && to.length === 0) return [heading('Traffic, last minute'), '  none'];
  return [
    heading('Traffic, last minute'),
    ...(inbound === undefined
      ? []
      : [
          `  received ${rate(inbound.perSecond)}/s, ${errorsText(inbound)}, p50 ${milliseconds(inbound.p50Ms)}, p99 ${milliseconds(inbound.p99Ms)}`,
        ]),
    ...from.map((edge) => `  from ${line(edge, edge.source)}`),
    ...to.map((edge) => `  to   ${line(edge, edge.target)}`),
  ];
}

function troubleLines({ troubles }: LiveFacts): readonly string[] {
  return troubles.length === 0 ? [] : [heading('Wrong now'), ...troubles.flatMap(({ cause }) => causeLines(cause))];
}

function serviceLines({ services }: Description, at: At): readonly string[] {
  if (services.length === 0) return [];
  return [
    heading('Services'),
    ...services.flatMap(({ host, place, ports }) => [
      `  ${plain(host)}${where(place, at)}`,
      ...ports.flatMap(({ number, name, protocol, endpoints }) => [
        `    ${number} ${plain(name)} ${protocol}${endpoints.length === 0 ? `  ${out.red('no endpoints')}` : ''}`,
        ...endpoints.map(
          ({ address, workload, ready }) => `      ${plain(address)}  ${plain(workload)}${ready ? '' : `  ${out.yellow('not ready')}`}`,
        ),
      ]),
    ]),
  ];
}

/** VirtualServices with their rules in words. */
export function virtualServiceLines({ virtualServices }: Pick<Description, 'virtualServices'>, at: At): readonly string[] {
  if (virtualServices.length === 0) return [];
  return [
    heading('VirtualServices'),
    ...virtualServices.flatMap(({ resource, file, line, hosts, gateways, takesHost, rules }) => [
      `  ${shortName(resource)}${where({ file, line }, at)}  hosts ${plain(hosts.join(', '))}${
        gateways.length === 1 && gateways[0] === 'mesh' ? '' : `, gateways ${plain(gateways.join(', '))}`
      }${takesHost ? '' : out.dim('  (sends here)')}`,
      ...rules.map((rule) => `    ${rule.path}  ${plain(rule.text)}${reachText(rule, gateways)}`),
    ]),
  ];
}

/** Of a rule that is for less than its VirtualService, whom it leaves out. */
function reachText({ gateways }: DescribedRule, all: readonly string[]): string {
  if (gateways.length === 0) return out.yellow(plain(`  (in effect nowhere: the VirtualService is for ${all.join(', ')})`));
  return all.includes('mesh') && !gateways.includes('mesh') ? out.yellow('  (not in effect in sidecars)') : '';
}

function destinationRuleLines({ destinationRules }: Description, at: At): readonly string[] {
  if (destinationRules.length === 0) return [];
  return [
    heading('DestinationRules'),
    ...destinationRules.flatMap(({ resource, file, line, policies, subsets }) => [
      `  ${shortName(resource)}${where({ file, line }, at)}${policies.length === 0 ? '' : `  ${plain(policies.join(', '))}`}`,
      ...subsets.map(
        ({ name, labels, endpoints }) =>
          `    subset ${plain(name)}  ${plain(pairs(labels))}  ${endpoints === 0 ? out.red('no endpoints') : `${endpoints} endpoint${endpoints === 1 ? '' : 's'}`}`,
      ),
    ]),
  ];
}

function gatewayLines({ gatewayPorts }: Description, at: At): readonly string[] {
  if (gatewayPorts.length === 0) return [];
  return [
    heading('Serves as a gateway'),
    ...gatewayPorts.flatMap(({ port, kind, servers }) => [
      `  ${port} ${kind}`,
      ...servers.map((server) => `    ${shortName(server.resource)}${where(server, at)}  ${plain(server.hosts.join(', '))}`),
    ]),
  ];
}

function policyLines({ mutualTls, sidecar, telemetry, authorization }: Description, at: At): readonly string[] {
  const modes = mutualTls.map(({ port, mode, by }) => {
    const what = port === undefined ? 'other ports' : `port ${port}`;
    return `  ${what}  ${mode}  ${by === undefined ? out.dim('the default: no PeerAuthentication says otherwise') : `${plain(by.resource)} ${plain(by.path)}${where(by, at)}`}`;
  });
  const others = [
    ...(sidecar === undefined ? [] : [`  ${plain(sidecar.resource)}${where(sidecar, at)}`]),
    ...telemetry.map((place) => `  ${plain(place.resource)}${where(place, at)}`),
    ...authorization.map((place) => `  ${plain(place.resource)} ${place.action}${where(place, at)}`),
  ];
  return [
    ...(modes.length === 0 ? [] : [heading('Mutual TLS'), ...modes]),
    ...(others.length === 0 ? [] : [heading('Also applies'), ...others]),
  ];
}

function problemLines({ problems }: Description, at: At): readonly string[] {
  if (problems.length === 0) return [];
  const paint = { error: out.red, warning: out.yellow, info: out.cyan };
  return [
    heading('Problems'),
    ...problems.map(
      ({ severity, code, message, place }) =>
        `  ${paint[severity](severity)} ${code} ${plain(message)}${place === undefined ? '' : `  ${plain(place.resource)}${where(place, at)}`}`,
    ),
  ];
}

function failureLines({ failures }: LiveFacts, nowMs: number): readonly string[] {
  if (failures.length === 0) return [];
  return [
    heading('Failures, last 5 minutes'),
    ...failures.flatMap(({ cause, count, lastMs }) => [
      `  ${count} × ${cause.code}, the last ${age(lastMs, nowMs)} ago`,
      ...causeLines(cause),
    ]),
  ];
}

/** Headers that are dropped, and of whom nobody can say. */
export function droppedLines({
  droppedHeaders,
  headersNotJudged,
}: Pick<LiveFacts, 'droppedHeaders' | 'headersNotJudged'>): readonly string[] {
  if (droppedHeaders.length === 0 && headersNotJudged.length === 0) return [];
  return [
    heading('Dropped headers'),
    ...droppedHeaders.map(({ sentence }) => `  ${out.yellow(plain(sentence))}`),
    ...headersNotJudged.map(
      ({ pod, concurrency }) =>
        `  not judged for ${plain(pod)}: its proxy has ${concurrency === 0 ? 'a worker per core' : `${concurrency} workers`} (concurrency: ${concurrency}), and none of them sees all that the app serves`,
    ),
  ];
}

const heading = (text: string): string => out.bold(text);

function where(place: Omit<Place, 'resource'> | undefined, at: At): string {
  const text = place === undefined ? '' : at(place);
  return text === '' ? '' : `  ${out.dim(plain(text))}`;
}

/** Without the kind, which the heading says. */
function shortName(resource: string): string {
  return plain(resource.slice(resource.indexOf(' ') + 1));
}
