import { type EndpointView, type Explanation, type Outcome, type Stage, type Step, type Verdict } from '../model';

/** Makes text stand out; each leaves it as it is where colours are off. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** No colours. */
export const PLAIN: Paint = { bold: same, dim: same, green: same, red: same, yellow: same };

function same(text: string): string {
  return text;
}

/** What a stage is called to somebody who does not know Istio. */
const TITLES: Readonly<Record<Stage, string>> = {
  listener: 'listener',
  'filter-chain': 'connection',
  'virtual-host': 'host',
  route: 'rules',
  authorization: 'authorization',
  fault: 'fault',
  rewrite: 'rewrite',
  headers: 'headers',
  mirror: 'mirror',
  cluster: 'destination',
  endpoint: 'endpoints',
  mtls: 'encryption',
  timeout: 'timeout',
  retry: 'retries',
};

const MARKS: Readonly<Record<Verdict, string>> = { matched: '✓', 'not-matched': '✗', chosen: '✓', skipped: '·', applied: '→' };

/** More rules in a row than this that do not match are told shortly: so many from the beginning, so many before the end. */
const MOST_RULES = 20;
const SHOWN_RULES = 8;
/** Of rules that are not reached, so many in a row are told one by one. */
const MOST_SKIPPED = 2;

/** An explanation for a terminal: how it ends first, then each proxy on the way. Ends with a line break. */
export function renderText(explanation: Explanation, paint: Paint): string {
  const { request, outcomes, steps, notes } = explanation;
  const lines = [`${paint.bold(`${request.method} ${request.url}`)} ${paint.dim(`from ${request.from}`)}`, ''];
  lines.push(...outcomes.flatMap((outcome) => outcomeLines(outcome, outcomes.length > 1, paint)));
  for (const hop of new Set(steps.map((step) => step.hop))) {
    const own = steps.filter((step) => step.hop === hop);
    lines.push('', ...hopLines(hop, own, paint));
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => paint.dim(`note: ${note}`)));
  return `${lines.join('\n')}\n`;
}

function outcomeLines(outcome: Outcome, several: boolean, paint: Paint): readonly string[] {
  const { kind, status, flag, probability, reason, rule, file, line, evidence, patch } = outcome;
  // A status of its own is what really came back; else it is the proxy's answer.
  const sent = kind === 'route' || kind === 'direct-response' || kind === 'redirect' || kind === 'passthrough';
  const fine = sent && (status ?? 200) < 500 && ['', 'DI'].includes(flag ?? '');
  const mark = fine ? paint.green('✓') : paint.red('✗');
  const share = several ? `${percent(probability).padStart(7)}  ` : '';
  const by = rule === undefined ? '' : paint.dim(`  (${rule})`);
  const place = file === undefined ? '' : paint.dim(`  ${file}:${line ?? 1}`);
  const seen = evidence === undefined ? [] : [`  ${paint.dim(`seen: ${evidence.join('; ')}`)}`];
  const change = patch === undefined ? [] : [`  to change: ${patch.title} ${paint.dim('(-o json has it as YAML)')}`];
  return [`${mark} ${share}${paint.bold(reason)}${by}${place}`, ...seen, ...change];
}

const SIDES: Readonly<Record<Step['side'], string>> = {
  outbound: 'its sidecar, on the way out',
  inbound: 'its sidecar, on the way in',
  gateway: 'a gateway',
};

function hopLines(hop: number, steps: readonly Step[], paint: Paint): readonly string[] {
  const [first] = steps;
  const head = `${hop}. ${paint.bold(first?.proxy ?? '')}${paint.dim(`, ${SIDES[first?.side ?? 'outbound']}`)}`;
  const width = Math.max(...Object.values(TITLES).map((title) => title.length));
  const lines = [head];
  let stage: Stage | undefined;
  const names = nameWidth(steps);
  for (const item of shortened(steps)) {
    const title = typeof item === 'string' || item.stage === stage ? '' : TITLES[item.stage];
    const column = `   ${paint.dim(title.padEnd(width))}  `;
    if (typeof item === 'string') {
      lines.push(`${column}${paint.dim(`  ${item}`)}`);
      continue;
    }
    stage = item.stage;
    lines.push(`${column}${stepText(item, names, paint)}`);
    const indent = ' '.repeat(width + 7);
    lines.push(...(item.endpoints ?? []).map((endpoint) => `${indent}${endpointText(endpoint, paint)}`));
  }
  return lines;
}

/** Steps, with long rows of rules that do not matter cut to a sentence. */
function shortened(steps: readonly Step[]): readonly (Step | string)[] {
  const result: (Step | string)[] = [];
  for (let i = 0; i < steps.length;) {
    const kind = missOf(steps[i]);
    let end = i + 1;
    while (kind !== undefined && end < steps.length && missOf(steps[end]) === kind) end++;
    result.push(...row(kind, steps.slice(i, end)));
    i = end;
  }
  return result;
}

function row(kind: 'not-matched' | 'skipped' | undefined, steps: readonly Step[]): readonly (Step | string)[] {
  const count = steps.length;
  if (kind === 'skipped' && count > MOST_SKIPPED) return [`${count} more rules are not tried: an earlier one takes the request`];
  if (kind !== 'not-matched' || count <= MOST_RULES) return steps;
  const text = `… ${count - 2 * SHOWN_RULES} more rules do not match; -o json has them all`;
  return [...steps.slice(0, SHOWN_RULES), text, ...steps.slice(-SHOWN_RULES)];
}

/** Rules that did not get the request for a reason of which there may be thousands. */
function missOf(step: Step | undefined): 'not-matched' | 'skipped' | undefined {
  if (step?.stage !== 'route') return undefined;
  if (step.verdict === 'not-matched') return 'not-matched';
  return step.verdict === 'skipped' && step.predicate === undefined && !step.reason.startsWith('It can never') ? 'skipped' : undefined;
}

/** Names of rules stand in one column. */
function nameWidth(steps: readonly Step[]): number {
  return Math.max(0, ...steps.filter(isNamed).map(({ name }) => name?.length ?? 0));
}

function isNamed({ stage, name }: Step): boolean {
  return stage === 'route' && name !== undefined && /^http\[/.test(name);
}

function stepText(step: Step, names: number, paint: Paint): string {
  const { verdict, reason, file, line, source, stage } = step;
  const name = isNamed(step) ? `${(step.name ?? '').padEnd(names)}  ` : '';
  const color =
    verdict === 'not-matched' ? (stage === 'route' ? paint.yellow : paint.red) : verdict === 'skipped' ? paint.dim : paint.green;
  const place = file === undefined ? (source === 'default' ? 'default' : undefined) : `${file}:${line ?? 1}`;
  const mark = step.happened === true ? paint.bold('  ← this happened') : '';
  const text =
    verdict === 'skipped'
      ? paint.dim(`${name}${reason}`)
      : `${verdict === 'chosen' && stage === 'route' ? paint.bold(name) : name}${reason}`;
  return `${color(MARKS[verdict])} ${text}${mark}${place === undefined ? '' : `  ${paint.dim(place)}`}`;
}

function endpointText({ address, workload, locality, health, ejected, unresolved, usable, priority }: EndpointView, paint: Paint): string {
  const facts = [
    ...(workload === undefined ? [] : [workload]),
    ...(locality === undefined ? [] : [locality]),
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ejected === true ? 'ejected' : unresolved === true ? 'no address' : health,
  ];
  const text = `${address}  ${facts.join(', ')}`;
  return usable ? `${paint.dim('•')} ${text}` : `${paint.red('•')} ${paint.dim(text)}`;
}

/** `33.3 %`. */
function percent(probability: number): string {
  return probability > 0 && probability < 0.0005 ? '< 0.1 %' : `${Number((probability * 100).toFixed(1))} %`;
}
