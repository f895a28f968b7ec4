import { type ReactElement } from 'react';
import { setParams } from '../lib/location';
import { Icon } from '../ui/icons';
import { requestQuery } from './request-query';
import { type LiveRecords } from './use-live-records';

const STATES = {
  loading: 'Loading…',
  live: 'Live: proxies send every request while this is open; of before, failures and a sample',
  narrowed: 'Live: proxies send what matches while this is open; of before, failures and a sample',
  paused: 'Paused',
  lost: 'The stream broke off; opening it again',
} as const;

/** Filters of the list, and whether it is live. */
export function RequestBar({
  params,
  live,
  paused,
  shown,
  onPause,
}: {
  readonly params: Readonly<Record<string, string>>;
  readonly live: LiveRecords;
  readonly paused: boolean;
  readonly shown: number;
  readonly onPause: () => void;
}): ReactElement {
  const more = ['workload', 'method', 'status', 'path', 'header', 'cause', 'namespace'].filter(
    (name) => (params[name] ?? '') !== '',
  ).length;
  const field = (name: string, label: string): ReactElement => (
    <input
      type="search"
      aria-label={label}
      placeholder={label}
      value={params[name] ?? ''}
      onChange={(event) => setParams({ [name]: event.target.value })}
    />
  );
  return (
    <div className="bar request-bar">
      <button type="button" className="button" onClick={onPause} aria-pressed={paused}>
        <Icon name={paused ? 'play' : 'pause'} /> {paused ? 'Resume' : 'Pause'}
      </button>
      <input
        data-find
        type="search"
        aria-label="Find in requests"
        placeholder="Find a path, header, cause ( / )"
        style={{ width: 230 }}
        value={params['find'] ?? ''}
        onChange={(event) => setParams({ find: event.target.value })}
      />
      <label className="row">
        <input
          type="checkbox"
          checked={params['failed'] === '1'}
          onChange={(event) => setParams({ failed: event.target.checked ? '1' : undefined })}
        />{' '}
        Failed only
      </label>
      <details className="menu">
        <summary className="button">More filters{more > 0 ? ` (${more})` : ''}</summary>
        <div>
          {field('workload', 'Workload')}
          <select aria-label="Method" value={params['method'] ?? ''} onChange={(event) => setParams({ method: event.target.value })}>
            <option value="">Any method</option>
            {['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((m) => (
              <option key={m}>{m}</option>
            ))}
          </select>
          <select aria-label="Status" value={params['status'] ?? ''} onChange={(event) => setParams({ status: event.target.value })}>
            <option value="">Any status</option>
            {['2xx', '3xx', '4xx', '5xx'].map((s) => (
              <option key={s}>{s}</option>
            ))}
          </select>
          {field('path', 'Path')}
          {field('header', 'Header, name:value')}
          {field('namespace', 'Namespace')}
          {field('cause', 'Cause code')}
        </div>
      </details>
      <span className="muted said" role="status">
        {STATES[live.state === 'live' && requestQuery(params) !== '' ? 'narrowed' : live.state]}
        {live.waiting > 0 && `, ${live.waiting.toLocaleString('en')} hops wait`} · {shown.toLocaleString('en')}{' '}
        {shown === 1 ? 'request' : 'requests'}
        {live.unsent !== '' && <span className="warn"> · {live.unsent}</span>}
      </span>
    </div>
  );
}
