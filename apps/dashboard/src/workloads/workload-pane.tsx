import { lazy, type ReactElement, Suspense, useState } from 'react';
import { type LogLine, type Trouble, type WorkloadView } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { useTroubles } from '../api/use-troubles';
import { clockTime } from '../lib/format';
import { go, hrefOf } from '../lib/location';
import { TroubleCard } from '../requests/trouble-card';
import { LogList } from '../ui/log-list';
import { Pane, Section } from '../ui/pane';
import { Loaded, Loading } from '../ui/states';
import { Tabs } from '../ui/tabs';
import { ConfigTables } from './config-tables';
import { restartInterrupts } from './restart-words';
import { useRestart } from './use-restart';
import { proxyInWords, stateTone } from './workload-words';

const MetricCharts = lazy(() => import('./metric-charts').then((m) => ({ default: m.MetricCharts })));

const TABS = [
  ['state', 'State'],
  ['logs', 'Logs'],
  ['metrics', 'Metrics'],
  ['config', 'Proxy configuration'],
] as const;
type Tab = (typeof TABS)[number][0];

/** One workload opened: its processes, logs, metrics, and what its proxy was sent. */
export function WorkloadPane({
  pods,
  namespace,
  name,
  tab,
  onClose,
  onChanged,
}: {
  readonly pods: readonly WorkloadView[];
  readonly namespace: string;
  readonly name: string;
  readonly tab?: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}): ReactElement {
  const troubles = useTroubles().filter(({ workload }) => workload.namespace === namespace);
  const active: Tab = TABS.find(([id]) => id === tab)?.[0] ?? 'state';
  const path = `/api/workloads/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  return (
    <Pane
      title={name}
      onClose={onClose}
      actions={
        <Restart key={`${namespace}/${name}`} namespace={namespace} name={name} pods={pods} troubles={troubles} onDone={onChanged} />
      }
    >
      <Tabs
        label={`About ${name}`}
        tabs={TABS}
        active={active}
        onChange={(next) => go(hrefOf(['workloads', namespace, name, next]), true)}
      />
      {active === 'state' && pods.map((pod) => <PodState key={pod.pod} pod={pod} troubles={troubles.filter((t) => t.pod === pod.pod)} />)}
      {active === 'state' && pods.length === 0 && <p className="muted">This workload does not run any more.</p>}
      {active === 'state' && (
        <p>
          <a href={hrefOf(['requests'], { workload: name, namespace })}>Its requests</a> ·{' '}
          <a href={hrefOf(['graph'], { sel: `n:${namespace}/${name}` })}>In the graph</a> ·{' '}
          <a href={hrefOf(['try'], { from: `${namespace}/${name}` })}>Send a request from it</a>
        </p>
      )}
      {active === 'logs' && <Logs path={path} />}
      {active === 'config' && <ConfigTables path={`${path}/config`} />}
      {active === 'metrics' && (
        <Suspense fallback={<Loading what="charts" />}>
          <MetricCharts path={`${path}/metrics`} />
        </Suspense>
      )}
    </Pane>
  );
}

function PodState({ pod, troubles }: { readonly pod: WorkloadView; readonly troubles: readonly Trouble[] }): ReactElement {
  const proxy = proxyInWords(pod, Date.now());
  return (
    <Section title={pod.pod}>
      {troubles.map((trouble) => (
        <TroubleCard key={trouble.cause.code} trouble={trouble} tellsRestart={false} />
      ))}
      <dl className="facts">
        <dt>Process</dt>
        <dd className={pod.suspended === true ? 'bad' : stateTone(pod.state)}>
          {pod.state}
          {pod.pid !== undefined && `, pid ${pod.pid}`}
          {pod.restarts !== undefined && `, restarted ${pod.restarts} times`}
          {pod.suspended === true && ', held by a signal or a debugger'}
          {pod.lastExit !== undefined && `, last ended ${clockTime(pod.lastExit.atMs, false)} (${pod.lastExit.how})`}
        </dd>
        <dt>Proxy</dt>
        <dd className={proxy.tone}>{proxy.text}</dd>
        <dt>Identity</dt>
        <dd className="mono">{pod.identity === '' ? 'none' : pod.identity}</dd>
        <dt>Address</dt>
        <dd className="mono">{pod.address}</dd>
        <dt>Service account</dt>
        <dd>{pod.serviceAccount}</dd>
        <dt>Labels</dt>
        <dd>
          {Object.entries(pod.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(', ')}
        </dd>
      </dl>
      {pod.proxy !== undefined && (
        <table>
          <thead>
            <tr>
              <th>What the proxy was sent</th>
              <th>How it stands, connected since {clockTime(pod.proxy.connectedAtMs, false)}</th>
            </tr>
          </thead>
          <tbody>
            {pod.proxy.types.map(({ type, state, message }) => (
              <tr key={type}>
                <td>
                  {
                    { CDS: 'Clusters (CDS)', EDS: 'Endpoints (EDS)', LDS: 'Listeners (LDS)', RDS: 'Routes (RDS)', SDS: 'Secrets (SDS)' }[
                      type
                    ]
                  }
                </td>
                <td className={{ synced: 'good', stale: 'warn', rejected: 'bad', 'not-sent': 'muted' }[state]}>
                  {{ synced: 'in sync', stale: 'sent, not confirmed yet', rejected: 'rejected', 'not-sent': 'nothing to send' }[state]}
                  {message !== undefined && `: ${message}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function Logs({ path }: { readonly path: string }): ReactElement {
  const [find, setFind] = useState('');
  const [only, setOnly] = useState<'' | 'app' | 'proxy'>('');
  const polled = usePoll<{ readonly lines: readonly LogLine[] }>(`${path}/logs?lines=500`, 2_000);
  return (
    <div className="stack">
      <div className="row">
        <input
          type="search"
          aria-label="Find in the log"
          placeholder="Find in the log"
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <select aria-label="Printed by" value={only} onChange={(event) => setOnly(event.target.value as '' | 'app' | 'proxy')}>
          <option value="">App and proxy</option>
          <option value="app">App</option>
          <option value="proxy">Proxy</option>
        </select>
        <span className="muted">Newest first</span>
      </div>
      <Loaded polled={polled} what="the log">
        {({ lines }) => (
          <LogList
            lines={lines
              .filter((l) => (only === '' || l.process === only) && l.text.toLowerCase().includes(find.toLowerCase()))

              .toSorted((a, b) => b.atMs - a.atMs)}
          />
        )}
      </Loaded>
    </div>
  );
}

/** Asks first where a restart would interrupt what works. */
function Restart({
  namespace,
  name,
  pods,
  troubles,
  onDone,
}: {
  readonly namespace: string;
  readonly name: string;
  readonly pods: readonly WorkloadView[];
  readonly troubles: readonly Trouble[];
  readonly onDone: () => void;
}): ReactElement {
  const { text, bad, busy, restart } = useRestart({ namespace, name }, pods);
  const [asked, setAsked] = useState(false);
  const go = (): void => {
    setAsked(false);
    void restart().then(onDone);
  };
  if (asked)
    return (
      <div className="row" role="group" aria-label={`Restart ${name}`}>
        <span className="break">Restart {name}? Calls under way fail.</span>
        <button type="button" className="button" onClick={go}>
          Restart it
        </button>
        <button type="button" className="button" autoFocus onClick={() => setAsked(false)}>
          Let it run
        </button>
      </div>
    );
  return (
    <>
      <span role="status" className={bad ? 'bad' : 'muted'}>
        {text}
      </span>
      <button
        type="button"
        className="button"
        aria-label={`Restart ${name}`}
        disabled={busy}
        onClick={() => (restartInterrupts(pods, troubles) ? setAsked(true) : go())}
      >
        Restart{restartInterrupts(pods, troubles) ? '…' : ''}
      </button>
    </>
  );
}
