import 'uplot/dist/uPlot.min.css';
import { type ReactElement, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { type Series } from '@lateen/observation';
import { clockTime } from '../lib/format';

/** A line of a chart. */
export interface ChartLine {
  readonly label: string;
  readonly series: Series;
  /** A custom property of the page: `--accent`. */
  readonly colour: string;
}

/** Lines over time with axes; values at the pointer stand in the legend. All series share start and step. */
export function Chart({
  title,
  lines,
  format,
}: {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const key = lines.map((l) => l.label).join('|');
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => resolved(element, style.getPropertyValue(name).trim());
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { stroke: colour('--line'), width: 1 },
      font: '11px system-ui',
    };
    plot.current = new uPlot(
      {
        width: element.clientWidth,
        height: 150,
        series: [
          { label: 'Time', value: (_: uPlot, v: number | null) => (v === null ? '–' : clockTime(v * 1_000, false)) },
          ...lines.map((l) => ({
            label: l.label,
            stroke: colour(l.colour),
            width: 1.5,
            value: (_: uPlot, v: number | null) => (v === null ? '–' : format(v)),
          })),
        ],
        axes: [
          { ...axis, values: (_: uPlot, ticks: readonly number[]) => ticks.map((t) => clockTime(t * 1_000, false)) },
          { ...axis, size: 76, values: (_, ticks) => ticks.map(format) },
        ],
        scales: { y: { range: (_, __, max) => [0, max <= 0 ? 1 : max * 1.1] } },
        cursor: { y: false },
      },
      dataOf(lines),
      element,
    );
    const observer = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: 150 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current?.destroy();
    };
    // The lines' numbers change by setData below.
  }, [key]);
  useEffect(() => plot.current?.setData(dataOf(lines)), [lines]);
  return (
    <figure style={{ margin: 0 }}>
      <figcaption className="strong">{title}</figcaption>
      <div
        className="chart"
        ref={box}
        role="img"
        aria-label={`${title}: ${lines.map((l) => `${l.label} ${latest(l.series, format)}`).join(', ')}`}
      />
    </figure>
  );
}

function dataOf(lines: readonly ChartLine[]): uPlot.AlignedData {
  const first = lines[0]?.series;
  const times = (first?.values ?? []).map((_, i) => ((first?.startMs ?? 0) + i * (first?.stepMs ?? 0)) / 1_000);
  // Of uPlot's two kinds of nothing only null is a gap.
  return [times, ...lines.map((l) => l.series.values.map((v) => v ?? null))] as uPlot.AlignedData;
}

function latest(series: Series, format: (value: number) => string): string {
  const value = series.values.findLast((v) => v !== undefined && v !== null);
  return value === undefined ? 'nothing yet' : `${format(value)} now`;
}

/** A canvas does not know light-dark(): the browser resolves it on an element. */
function resolved(element: HTMLElement, value: string): string {
  element.style.color = value;
  const colour = getComputedStyle(element).color;
  element.style.color = '';
  return colour;
}
