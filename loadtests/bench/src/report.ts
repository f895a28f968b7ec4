/** One case on one subject: medians over the rounds. Added latencies are over the direct path of the same round. */
export interface Row {
  /** PROTOCOL-SECURITY-HOPS-BODY-CONNECTIONS. */
  readonly case: string;
  readonly subject: string;
  readonly requestsPerSecond: number;
  /** Requests for each second of the proxies' CPU time, all hops together. */
  readonly requestsPerCpuSecond: number;
  readonly addedP50Us: number;
  readonly addedP90Us: number;
  readonly addedP99Us: number;
  /** Mean over the proxies of the case. */
  readonly residentMb: number;
  readonly privateMb: number;
}

/** The rows as Markdown tables, one a case, with ratios to Envoy. */
export function markdown(rows: readonly Row[]): string {
  const cases = [...new Set(rows.map((row) => row.case))];
  return cases
    .map((name) => {
      const of = rows.filter((row) => row.case === name);
      const envoy = of.find((row) => row.subject === 'envoy');
      const lines = of.map((row) => {
        const cpu = row.subject === 'direct' ? '' : (1e6 / row.requestsPerCpuSecond).toFixed(1);
        const ratio =
          envoy === undefined || row.subject === 'direct' ? '' : `${(row.requestsPerCpuSecond / envoy.requestsPerCpuSecond).toFixed(2)}×`;
        const added = [row.addedP50Us, row.addedP90Us, row.addedP99Us].map((us) => Math.round(us)).join(' / ');
        return `| ${[row.subject, Math.round(row.requestsPerSecond), cpu, ratio, row.subject === 'direct' ? '' : added, row.subject === 'direct' ? '' : `${row.residentMb.toFixed(0)} (${row.privateMb.toFixed(0)})`].join(' | ')} |`;
      });
      return `## ${name}\n\n| subject | requests/s | CPU µs/request | requests per CPU second against Envoy | added p50 / p90 / p99 µs at 1,000/s | resident (private) MB a proxy |\n|---|---|---|---|---|---|\n${lines.join('\n')}\n`;
    })
    .join('\n');
}
