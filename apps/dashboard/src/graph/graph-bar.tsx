import { type ReactElement } from 'react';
import { type Graph } from '@lateen/observation';
import { count } from '../lib/format';
import { setParams, usePlace } from '../lib/location';
import { countedWords } from './counted-words';
import { isFound } from './model';

const WINDOWS = [
  ['15', 'Last 15 s'],
  ['60', 'Last minute'],
  ['300', 'Last 5 min'],
  ['900', 'Last 15 min'],
] as const;

/** What is hidden, as the address spells it: `idle,ns:default`. The same text gives the same array. */
export function hiddenOf(text: string | undefined): readonly string[] {
  const key = text ?? '';
  const known = parsed.get(key) ?? key.split(',').filter((part) => part !== '');
  parsed.clear();
  parsed.set(key, known);
  return known;
}
const parsed = new Map<string, readonly string[]>();

/** Find, hide, and how far back the numbers reach. */
export function GraphBar({ graph }: { readonly graph: Graph }): ReactElement {
  const { params } = usePlace();
  const find = params['find'] ?? '';
  const hidden = hiddenOf(params['hide']);
  const namespaces = [...new Set(graph.nodes.map((n) => n.workload.namespace))].filter((ns) => ns !== '').toSorted();
  const toggle = (what: string): void => {
    const next = hidden.includes(what) ? hidden.filter((h) => h !== what) : [...hidden, what];
    setParams({ hide: next.join(',') });
  };
  const choice = (what: string, label: string): ReactElement => (
    <label key={what}>
      <input type="checkbox" checked={hidden.includes(what)} onChange={() => toggle(what)} /> {label}
    </label>
  );
  const found = graph.nodes.filter((n) => isFound(n, find)).length;
  return (
    <div className="bar">
      <input
        data-find
        type="search"
        placeholder="Find a workload ( / )"
        aria-label="Find a workload"
        value={find}
        onChange={(event) => setParams({ find: event.target.value })}
      />
      {find !== '' && (
        <span className="muted" role="status">
          {count(found, 'match', 'matches')}
        </span>
      )}
      <select aria-label="Numbers over" value={params['window'] ?? '60'} onChange={(event) => setParams({ window: event.target.value })}>
        {WINDOWS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <details className="menu">
        <summary className="button">Hide{hidden.length > 0 ? ` (${hidden.length})` : ''}</summary>
        <div>
          {choice('idle', 'Calls without traffic')}
          {choice('healthy', 'Calls without errors')}
          {namespaces.map((ns) => choice(`ns:${ns}`, `Namespace ${ns}`))}
        </div>
      </details>
      <span className="muted">{countedWords(graph, params['at'] === undefined)}</span>
    </div>
  );
}
