import { lazy, type ReactElement, Suspense } from 'react';
import { type Graph, type GraphNode, type RequestRecord, type Series, type Trouble } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { duration, percent, rate } from '../lib/format';
import { hrefOf, setParams } from '../lib/location';
import { failureGroups } from '../requests/failure-groups';
import { FailureList, titleOfFailures } from '../requests/failure-list';
import { TroubleCard } from '../requests/trouble-card';
import { Pane, Section } from '../ui/pane';
import { Sparkline } from '../ui/sparkline';
import { type AskedRestart, restartWords } from '../workloads/restart-words';
import { useAskedRestart } from '../workloads/restarts';
import { errorsOf, splitOf, trafficOf } from './edge-words';
import { BLACK_HOLE, titleOf, titleOfId } from './model';
import { uncountedWords } from './counted-words';
import { pillOf } from './pill';
import { concerns, isBehind, seenOf } from './problems';

const VersionRules = lazy(() => import('./version-rules').then((m) => ({ default: m.VersionRules })));

/** What a node stands for that is no workload. */
const OUTSIDE_WORDS: Readonly<Record<string, string>> = {
  [BLACK_HOLE]: 'No cluster took these requests: their route names none that exists, or there was no route.',
  passthrough: 'Sent on to addresses that the mesh does not know.',
  service: 'Requests to this service that no one workload took: several could have, or none.',
  unknown: 'Clients that did not say who they are: they have no proxy, or came from outside.',
};

/** One workload: how it does, why its requests fail, who gets it by which rule, who calls it and whom it calls. */
export function NodePanel({
  node,
  graph,
  failed,
  trouble,
  focused,
  onClose,
}: {
  readonly node: GraphNode;
  readonly graph: Graph;
  readonly failed: readonly RequestRecord[];
  readonly trouble: Trouble | undefined;
  /** Opened with the keyboard, which goes on here. */
  readonly focused: boolean;
  readonly onClose: () => void;
}): ReactElement {
  const { workload, inbound } = node;
  const groups = failureGroups(
    failed.filter((r) => concerns(r, node)),
    seenOf(graph, inbound),
    trouble,
  );
  // What is over is told after what came later.
  const isPast = isBehind(groups, trouble);
  const headline = isPast ? undefined : trouble;
  const asked = useAskedRestart(workload);
  const pill = pillOf(node, headline, asked);
  const inMesh = node.kind === 'workload' || node.kind === 'gateway';
  return (
    <Pane title={node.id === BLACK_HOLE ? 'Requests that go nowhere' : titleOf(node)} focused={focused} onClose={onClose}>
      <div className="row">
        {inMesh ? (
          <span className={`chip ${pill.tone}`}>{pill.text}</span>
        ) : (
          <span className="muted">{OUTSIDE_WORDS[node.id] ?? OUTSIDE_WORDS[node.kind] ?? 'Not a workload of this mesh.'}</span>
        )}
        {workload.version !== '' && workload.version !== 'latest' && <span className="chip">version {workload.version}</span>}
        {workload.namespace !== '' && <span className="chip">namespace {workload.namespace}</span>}
        {inMesh && (
          <>
            <a href={hrefOf(['workloads', workload.namespace, workload.name])}>Logs and settings</a>
            <a href={hrefOf(['requests'], { workload: workload.name, namespace: workload.namespace })}>Its requests</a>
          </>
        )}
      </div>
      {headline !== undefined ? <TroubleCard trouble={headline} /> : <RestartNote asked={asked} />}
      {groups.length > 0 && (
        <Section title={titleOfFailures(groups)}>
          <FailureList groups={groups} trouble={trouble} />
        </Section>
      )}
      {isPast && trouble !== undefined && <TroubleCard trouble={trouble} />}
      {node.kind === 'workload' && (
        <Suspense fallback={undefined}>
          <VersionRules app={workload.app} namespace={workload.namespace} />
        </Suspense>
      )}
      <Section title="Requests received">
        {node.uncounted === true ? (
          <p className="muted">No numbers yet: {uncountedWords(graph)}.</p>
        ) : (
          <dl className="facts">
            <dt>Rate</dt>
            <dd>
              {rate(inbound.perSecond)} ({inbound.requests.toLocaleString('en')} in{' '}
              {duration((inbound.observedSeconds ?? graph.windowSeconds) * 1_000)})
            </dd>
            <dt>Errors</dt>
            <dd className={inbound.errors > 0 ? 'bad' : ''}>
              {percent(inbound.errorRatio)} ({inbound.errors.toLocaleString('en')})
            </dd>
            {inbound.p50Ms !== undefined && (
              <>
                <dt>Latency</dt>
                <dd>
                  half within {duration(inbound.p50Ms)}, 90 % within {duration(inbound.p90Ms ?? -1)}, 99 % within{' '}
                  {duration(inbound.p99Ms ?? -1)}
                </dd>
              </>
            )}
          </dl>
        )}
        <NodeSeries id={node.id} />
      </Section>
      <Calls title="Called by" edges={graph.edges.filter((e) => e.target === node.id)} end="source" />
      <Calls title="Calls" edges={graph.edges.filter((e) => e.source === node.id)} end="target" />
    </Pane>
  );
}

/** What became of a restart that was asked for here, once nothing else says it. */
function RestartNote({ asked }: { readonly asked: AskedRestart | undefined }): ReactElement {
  const { text, bad } = restartWords(asked);
  return (
    <p role="status" className={bad ? 'bad break' : 'break'}>
      {text}
    </p>
  );
}

function NodeSeries({ id }: { readonly id: string }): ReactElement | undefined {
  const { data } = usePoll<readonly Series[]>(`/api/series?node=${encodeURIComponent(id)}`, 5_000);
  const of = (name: string): Series | undefined => data?.find((s) => s.name === name);
  const [perSecond, errors] = [of('perSecond'), of('errorRatio')];
  if (perSecond === undefined) return undefined;
  return (
    <>
      <Sparkline series={perSecond} label="Requests, 15 min" format={(v) => rate(v)} />
      {errors !== undefined && errors.values.some((v) => (v ?? 0) > 0) && (
        <Sparkline series={errors} label="Errors, 15 min" format={percent} />
      )}
    </>
  );
}

function Calls({
  title,
  edges,
  end,
}: {
  readonly title: string;
  readonly edges: Graph['edges'];
  readonly end: 'source' | 'target';
}): ReactElement | undefined {
  if (edges.length === 0) return undefined;
  return (
    <Section title={title}>
      <table>
        <tbody>
          {edges.map((edge) => (
            <tr key={edge.id}>
              <td>
                <button type="button" className="link" onClick={() => setParams({ sel: `e:${edge.id}` }, false)}>
                  {titleOfId(edge[end])}
                </button>
              </td>
              <td>{splitOf(edge)}</td>
              <td className="number">
                {trafficOf(edge)} <span className="bad">{errorsOf(edge)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
