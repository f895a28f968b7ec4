import './requests.css';
import { type ReactElement, type RefObject, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { useMatchedHeaders } from '../config/use-matched-headers';
import { clockTime, count, duration } from '../lib/format';
import { hostShown } from '../lib/names';
import { go, hrefOf, usePlace } from '../lib/location';
import { Empty } from '../ui/states';
import { useMedia } from '../ui/use-media';
import { VirtualList } from '../ui/virtual-list';
import { ExchangePane } from './exchange-pane';
import { type ExchangeRow, rowsOf, underOf } from './exchange-rows';
import { RequestBar } from './request-bar';
import { requestQuery } from './request-query';
import { useLiveRecords } from './use-live-records';

/** Requests as they happen; one opened beside them. */
export function RequestsView(): ReactElement {
  const { path, params } = usePlace();
  const open = path[1];
  const [paused, setPaused] = useState(false);
  const query = useSettled(requestQuery(params), 300);
  const live = useLiveRecords(query, paused);
  const find = useDeferredValue(params['find'] ?? '');
  const headers = useMatchedHeaders();
  const rows = useMemo(() => rowsOf(live.records, { find, headers }), [live.records, find, headers]);
  const list = useRef<HTMLDivElement>(null);
  useRowKeys(list);
  usePauseKey(() => setPaused((p) => !p));
  // Who opens with the keyboard goes on in what opens; a pointer leaves the arrows to the list.
  const byKey = useRef(false);
  const close = (): void => {
    // Whoever goes on with the keyboard goes on from the request that was open, or where the list is entered.
    const row = '.request-row[aria-current="true"]';
    (list.current?.querySelector<HTMLElement>(row) ?? list.current?.querySelector<HTMLElement>('.request-row[tabindex="0"]'))?.focus();
    go(hrefOf(['requests'], { ...params, hop: undefined, tab: undefined }));
  };
  return (
    <div className={`split${open === undefined ? '' : ' open'}`}>
      <div
        className={`requests-list${headers.length > 0 ? ' with-headers' : ''}`}
        ref={list}
        onClickCapture={(event) => (byKey.current = event.detail === 0)}
      >
        <RequestBar params={params} live={live} paused={paused} shown={rows.length} onPause={() => setPaused((p) => !p)} />
        <Rows rows={rows} open={open} live={live} params={params} headers={headers} />
      </div>
      {open !== undefined && <ExchangePane key={open} requestId={open} focused={byKey.current} onClose={close} />}
    </div>
  );
}

function Rows({
  rows,
  open,
  live,
  params,
  headers,
}: {
  readonly rows: readonly ExchangeRow[];
  readonly open?: string;
  readonly live: { readonly state: string; readonly error?: string };
  readonly params: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
}): ReactElement {
  const phone = useMedia('(max-width: 720px)');
  const [last, setLast] = useState<string>();
  if (rows.length === 0)
    return (
      <Empty
        title={live.error === undefined ? (live.state === 'loading' ? 'Loading requests…' : 'No request yet') : 'Cannot show requests'}
      >
        <p>
          {live.error ??
            (requestQuery(params) === '' && (params['find'] ?? '') === ''
              ? 'Send some traffic through the mesh, for example with Try it. Requests appear here as they end.'
              : 'No request in memory matches these filters.')}
        </p>
      </Empty>
    );
  return (
    <VirtualList
      label="Requests, newest first: arrows move, Enter opens, Escape closes"
      count={rows.length}
      rowHeight={phone ? 44 : 31}
      stop={indexOf(rows, last) ?? indexOf(rows, open) ?? 0}
      head={
        <div className="request-head" aria-hidden="true">
          <span>Time</span>
          <span>Request</span>
          <span className="number">Status</span>
          <span className="number">Duration</span>
          <span className="number wide-only">Hops</span>
          {headers.length > 0 && (
            <span className="wide-only matched" title={`Headers that some rule looks at: ${headers.join(', ')}`}>
              Matched on
            </span>
          )}
          <span className="what-happened">What happened</span>
        </div>
      }
    >
      {(index, isStop) => {
        const row = rows[index];
        if (row === undefined) return undefined;
        return (
          <Row
            key={row.key}
            row={row}
            params={params}
            current={row.key === open}
            withHeaders={headers.length > 0}
            isStop={isStop}
            onFocus={setLast}
          />
        );
      }}
    </VirtualList>
  );
}

function Row({
  row,
  params,
  current,
  withHeaders,
  isStop,
  onFocus,
}: {
  readonly row: ExchangeRow;
  readonly params: Readonly<Record<string, string>>;
  readonly current: boolean;
  readonly withHeaders: boolean;
  /** The one row that Tab stops at. */
  readonly isStop: boolean;
  readonly onFocus: (key: string) => void;
}): ReactElement {
  const { entry, failure, hops, routed, matchedOn } = row;
  const what =
    failure?.cause?.short ??
    (failure === undefined
      ? routed.map((r) => `→ ${r}`).join(', ')
      : `${failure.status} ${failure.flags.join(' ')} at ${failure.workload.name}`);
  const under = underOf(what, matchedOn);
  const ok = entry.status > 0 && entry.status < 400;
  const asked = entry.protocol === 'tcp' ? `TCP ${entry.localAddress}` : `${entry.method} ${entry.path}`;
  const spoken = [
    `${asked} of ${hostShown(entry)}`,
    entry.protocol === 'tcp' ? statusWord(row) : `status ${statusWord(row)}`,
    duration(entry.durationMs),
    count(hops, 'hop'),
    ...matchedOn,
    failure === undefined ? routed.map((r) => `to ${r}`).join(', ') : what,
    `at ${clockTime(entry.startTimeMs, false)}`,
  ];
  return (
    <div role="listitem">
      <a
        className="request-row"
        tabIndex={isStop ? 0 : -1}
        onFocus={() => onFocus(row.key)}
        href={hrefOf(['requests', row.key], { ...params, hop: undefined, tab: undefined })}
        aria-current={current}
        aria-label={spoken.filter((part) => part !== '').join(', ')}
      >
        <span className="mono muted">
          {clockTime(entry.startTimeMs, false)}
          <span className="milliseconds">.{String(Math.floor(entry.startTimeMs % 1_000)).padStart(3, '0')}</span>
        </span>
        <span title={`${entry.authority}${entry.path}`}>
          {asked} <span className="muted wide-only">{hostShown(entry)}</span>
          <span className={`narrow-only ${failure === undefined ? 'muted' : 'bad'}`}>{under}</span>
        </span>
        <span className={`number ${ok ? 'good' : entry.status >= 500 || entry.status === 0 ? 'bad' : 'warn'}`}>{statusWord(row)}</span>
        <span className="number">{duration(entry.durationMs)}</span>
        <span className="number muted wide-only">{hops}</span>
        {withHeaders && (
          <span className="wide-only matched" title={matchedOn.join(', ')}>
            {matchedOn.join(', ')}
          </span>
        )}
        <span className={`what-happened ${failure === undefined ? 'muted' : 'bad'}`} title={failure?.cause?.sentence}>
          {what}
        </span>
        {under !== '' && <span className={`under ${failure === undefined ? 'muted' : 'bad'}`}>{under}</span>}
      </a>
    </div>
  );
}

function indexOf(rows: readonly ExchangeRow[], key: string | undefined): number | undefined {
  const at = key === undefined ? -1 : rows.findIndex((row) => row.key === key);
  return at === -1 ? undefined : at;
}

function statusWord({ entry }: ExchangeRow): string {
  if (entry.protocol === 'tcp') return entry.flags.length > 0 ? 'failed' : 'closed';
  if (entry.grpcStatus > 0) return `gRPC ${entry.grpcStatus}`;
  return entry.status === 0 ? 'none' : String(entry.status);
}

/**
 * Up and down move between rows from wherever the focus is, but not out of a field, a menu or what is open beside the
 * list, except down from the field to find in; the browser scrolls to what has the focus. The first step is to the request that is open, else to the newest.
 */
function useRowKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (step === 0 || event.ctrlKey || event.metaKey || event.altKey || list.current === null) return;
      if (!(event.target instanceof HTMLElement)) return;
      const isFromFind = step === 1 && event.target.matches('[data-find]');
      if (!isFromFind && event.target.closest('input, select, textarea, summary, dialog, aside') !== null) return;
      const rows = [...list.current.querySelectorAll<HTMLElement>('.request-row')];
      const at = rows.indexOf(document.activeElement as HTMLElement);
      const open = rows.find((row) => row.getAttribute('aria-current') === 'true');
      const next = at === -1 ? (open ?? rows[0]) : rows[Math.max(0, Math.min(rows.length - 1, at + step))];
      next?.focus();
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [list]);
}

function usePauseKey(onPress: () => void): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== ' ' || !(event.target instanceof HTMLElement) || event.target.matches('input, select, textarea, button, summary'))
        return;
      event.preventDefault();
      onPress();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
}

/** A value once it has stood still: typing in a filter does not open a stream per letter. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
