import { type ReactElement, useMemo, useState } from 'react';
import { usePoll } from '../api/use-poll';
import { Loaded } from '../ui/states';
import { Tabs } from '../ui/tabs';
import { dumpTables } from './config-dump';

/** Rows of one table in the document; the find field narrows the rest. */
const MAX_ROWS = 400;

/** What a proxy was sent, as tables. */
export function ConfigTables({ path }: { readonly path: string }): ReactElement {
  const polled = usePoll<unknown>(path, 0);
  return (
    <Loaded polled={polled} what="the proxy’s configuration">
      {(dump) => <Tables dump={dump} />}
    </Loaded>
  );
}

function Tables({ dump }: { readonly dump: unknown }): ReactElement {
  const [title, setTitle] = useState('Listeners');
  const [find, setFind] = useState('');
  const tables = useMemo(() => dumpTables(dump, Date.now()), [dump]);
  const table = tables.find((t) => t.title === title);
  const wanted = find.toLowerCase();
  const rows = (table?.rows ?? []).filter((row) => row.some((cell) => cell.toLowerCase().includes(wanted)));
  return (
    <div className="stack">
      <Tabs
        label="Part"
        tabs={[...tables.map((t) => [t.title, `${t.title} (${t.rows.length})`] as const), ['Raw', 'As JSON'] as const]}
        active={title}
        onChange={setTitle}
      />
      {table === undefined ? (
        <pre className="log">{JSON.stringify(dump, undefined, 2)}</pre>
      ) : (
        <>
          <input
            type="search"
            aria-label={`Find in ${title.toLowerCase()}`}
            placeholder={`Find in ${title.toLowerCase()}`}
            value={find}
            onChange={(event) => setFind(event.target.value)}
          />
          {rows.length === 0 ? (
            <p className="muted">
              {table.rows.length === 0
                ? title === 'Secrets'
                  ? 'This proxy does not tell what it holds, and the control plane sends it none: its certificate comes from the agent beside it.'
                  : `The proxy was sent no ${title.toLowerCase()}.`
                : 'Nothing matches.'}
            </p>
          ) : (
            <div className="dump" tabIndex={0} role="region" aria-label={title}>
              <table>
                <thead>
                  <tr>
                    {table.columns.map((c) => (
                      <th key={c}>{c}</th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {rows.slice(0, MAX_ROWS).map((row, i) => (
                    <tr key={i}>
                      {row.map((cell, k) => (
                        <td key={k}>{cell}</td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {rows.length > MAX_ROWS && (
            <p className="muted">
              {MAX_ROWS} of {rows.length} rows: find narrows them.
            </p>
          )}
        </>
      )}
    </div>
  );
}
