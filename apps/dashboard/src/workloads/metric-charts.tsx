import { type ReactElement } from 'react';
import { type Rates, type Series } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { duration, percent, rate } from '../lib/format';
import { Chart } from '../ui/chart';
import { Section } from '../ui/pane';
import { wholeSteps } from '../ui/whole-steps';
import { Loaded } from '../ui/states';

/** Traffic of a workload with one peer, over what is kept. */
interface TrafficRow {
  readonly reporter: 'source' | 'destination';
  readonly protocol: string;
  readonly peer: string;
  readonly service: string;
  readonly rates: Rates;
  /** Response codes with flags, and how often: `503 UF`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Answer of `GET /api/workloads/:ns/:name/metrics`. */
interface MetricsAnswer {
  readonly series: readonly Series[];
  readonly rows: readonly TrafficRow[];
}

/** How a workload did in the last 15 minutes, and with whom. */
export function MetricCharts({ path }: { readonly path: string }): ReactElement {
  const polled = usePoll<MetricsAnswer>(path, 5_000);
  return (
    <Loaded polled={polled} what="metrics">
      {({ series, rows }) => (
        <>
          <Charts series={series} />
          <Rows rows={rows} />
        </>
      )}
    </Loaded>
  );
}

function Charts({ series }: { readonly series: readonly Series[] }): ReactElement {
  const line = (name: string, label: string, colour: string): { label: string; series: Series; colour: string }[] => {
    const found = series.find((s) => s.name === name);
    return found === undefined ? [] : [{ label, series: wholeSteps(found, Date.now()), colour }];
  };
  const charts = [
    { title: 'Requests received', lines: line('perSecond', 'requests', '--accent'), format: (v: number) => rate(v) },
    { title: 'Errors', lines: line('errorRatio', 'share of requests', '--bad'), format: percent },
    {
      title: 'Latency',
      lines: [
        ...line('p50Ms', 'half within', '--accent'),
        ...line('p90Ms', '90 % within', '--violet'),
        ...line('p99Ms', '99 % within', '--warn'),
      ],
      format: duration,
    },
  ].filter((c) => c.lines.length > 0);
  if (charts.length === 0) return <p className="muted">Nothing was measured in the last 15 minutes.</p>;
  return (
    <>
      {charts.map((c) => (
        <Chart key={c.title} {...c} />
      ))}
    </>
  );
}

/** The time that rows are of: all have the same. */
function rowsTime(rows: readonly TrafficRow[]): string {
  const seconds = rows[0]?.rates.observedSeconds;
  return seconds === undefined ? 'last 5 minutes' : `last ${duration(seconds * 1_000)}, as long as was counted`;
}

function Rows({ rows }: { readonly rows: readonly TrafficRow[] }): ReactElement | undefined {
  if (rows.length === 0) return undefined;
  return (
    <Section title={`By peer, ${rowsTime(rows)}`}>
      <div className="dump" tabIndex={0} role="region" aria-label="By peer">
        <table>
          <thead>
            <tr>
              {['Direction', 'Peer', 'Service', 'Requests', 'Errors', 'Latency: half, 90 %, 99 % within', 'Outcomes'].map((c) => (
                <th key={c}>{c}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ reporter, peer, service, protocol, rates, outcomes }, i) => (
              <tr key={i}>
                <td>{reporter === 'source' ? 'calls' : 'is called by'}</td>
                <td>{peer}</td>
                <td>{service}</td>
                <td>
                  {rates.requests.toLocaleString('en')} {protocol}, {rate(rates.perSecond)}
                </td>
                <td className={rates.errors > 0 ? 'bad' : ''}>{percent(rates.errorRatio)}</td>
                <td>{[rates.p50Ms, rates.p90Ms, rates.p99Ms].map((ms) => (ms === undefined ? '–' : duration(ms))).join(', ')}</td>
                <td>
                  {Object.entries(outcomes)
                    .map(([what, n]) => `${what} × ${n.toLocaleString('en')}`)
                    .join(', ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
