import { statLine } from './stats';

/** What one proxy made of a row, as lines that can be compared. */
export interface Observed {
  readonly client: string;
  /** By cluster, what its upstreams saw. */
  readonly upstreams: Readonly<Record<string, readonly string[]>>;
  readonly log: readonly string[];
  /** Changes of counters and gauges, by name without the row's. */
  readonly stats: ReadonlyMap<string, number>;
  readonly listenerPort: number;
  readonly ports: Readonly<Record<string, readonly number[]>>;
}

/**
 * What both proxies show in another form and mean the same by; values are kept where they can be equal.
 * The page about differences says so as well.
 */
export const IN_FORM_ONLY: readonly (readonly [pattern: RegExp, form: string | ((found: string) => string), why: string])[] = [
  [/^( {2}date: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/gm, '$1(date)', 'the time of day'],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uuid)', 'x-request-id is random'],
  [/^( {2}x-envoy-upstream-service-time: )\d+$/gm, '$1(ms)', 'how long the upstream took'],
  [/(?<=^ {2}x-envoy-expected-rq-timeout-ms: )\d+$/gm, roundUp, 'another attempt is told what is left of the time'],
  [/^( {2}connection: )Upgrade$/gm, '$1upgrade', 'a word that means the same in any case'],
  [/127\.0\.0\.1:\d{4,5}\b/g, '127.0.0.1:(port)', 'the source port of a connection'],
];

/** To a tenth of a second, and long times to a second. */
function roundUp(text: string): string {
  const step = Number(text) > 2000 ? 1000 : 100;
  return String(Math.ceil(Number(text) / step) * step);
}

/** An outcome as text. */
export function printOutcome(observed: Observed): string {
  const { client, upstreams, log, stats } = observed;
  const seen = Object.entries(upstreams).flatMap(([name, all]) =>
    // Which of several equal endpoints comes first is chance.
    [...all].sort().map((text) => `upstream ${name}\n${text === '' ? '  (nothing)\n' : text}`),
  );
  const changed = [...stats].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => statLine(name, value) ?? '');
  const text = `downstream\n${client}${seen.join('')}log\n${[...log].map((line) => `  ${line}\n`).join('')}stats\n${changed.join('')}`;
  return inForm(namePorts(text, observed));
}

function namePorts(text: string, { listenerPort, ports }: Observed): string {
  let named = text;
  for (const [name, list] of Object.entries(ports)) {
    for (const port of list) named = withoutPort(named, port, `(${name})`);
  }
  return withoutPort(named, listenerPort, '(listener)');
}

function withoutPort(text: string, port: number, name: string): string {
  return text.replace(new RegExp(port > 9999 ? `\\b${port}\\b` : `(?<=:)${port}\\b`, 'g'), name);
}

function inForm(text: string): string {
  let shown = text;
  for (const [pattern, form] of IN_FORM_ONLY)
    shown = typeof form === 'string' ? shown.replace(pattern, form) : shown.replace(pattern, form);
  return shown;
}
