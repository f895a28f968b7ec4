import { type ReactElement } from 'react';
import { type Graph, type GraphEdge, type RequestRecord, type Series, type Trouble } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { bytes, count, duration, percent, rate } from '../lib/format';
import { hrefOf, setParams } from '../lib/location';
import { FileLink } from '../config/file-link';
import { failureGroups } from '../requests/failure-groups';
import { FailureList, titleOfFailures } from '../requests/failure-list';
import { TroubleCard } from '../requests/trouble-card';
import { Pane, Section } from '../ui/pane';
import { Sparkline } from '../ui/sparkline';
import { titleOfId } from './model';
import { failuresOf } from './edge-failures';
import { measuredWords, securityOf, troubleOf } from './edge-words';
import { isBehind, seenOf } from './problems';

/** The calls from one workload to another. */
export function EdgePanel({
  edge,
  failed,
  seen,
  trouble,
  focused,
  onClose,
}: {
  readonly edge: GraphEdge;
  /** The time that failures are of. */
  readonly seen: Pick<Graph, 'atMs' | 'windowSeconds'>;
  readonly failed: readonly RequestRecord[];
  /** Of whom it calls. */
  readonly trouble: Trouble | undefined;
  /** Opened with the keyboard, which goes on here. */
  readonly focused: boolean;
  readonly onClose: () => void;
}): ReactElement {
  const { rates, split, health } = edge;
  const groups = failureGroups(failuresOf(edge, failed), seenOf(seen, rates), trouble);
  // What is over is told after what came later.
  const isPast = isBehind(groups, trouble);
  const words = troubleOf(edge);
  const { data } = usePoll<readonly Series[]>(`/api/series?edge=${encodeURIComponent(edge.id)}`, 5_000);
  const perSecond = data?.find((s) => s.name === 'perSecond');
  return (
    <Pane
      title={
        <>
          <NodeLink id={edge.source} /> to <NodeLink id={edge.target} />
        </>
      }
      focused={focused}
      onClose={onClose}
    >
      {trouble !== undefined && !isPast && <TroubleCard trouble={trouble} />}
      {groups.length > 0 && (
        <Section title={titleOfFailures(groups)}>
          <FailureList groups={groups} trouble={trouble} />
        </Section>
      )}
      {isPast && trouble !== undefined && <TroubleCard trouble={trouble} />}
      <Section title="Traffic">
        <dl className="facts">
          <dt>Rate</dt>
          <dd>
            {rate(rates.perSecond, edge.protocol === 'tcp' ? 'connections' : 'req')}, {edge.protocol}
            {rates.bytesPerSecond !== undefined && `, ${bytes(rates.bytesPerSecond)}/s`}
          </dd>
          <dt>Errors</dt>
          <dd className={rates.errors > 0 ? 'bad' : ''}>
            {percent(rates.errorRatio)} ({rates.errors.toLocaleString('en')} of {count(rates.requests, 'request')})
          </dd>
          {rates.p50Ms !== undefined && (
            <>
              <dt>Latency</dt>
              <dd>
                half within {duration(rates.p50Ms)}, 90 % within {duration(rates.p90Ms ?? -1)}, 99 % within {duration(rates.p99Ms ?? -1)}
              </dd>
            </>
          )}
          <dt>Answers</dt>
          <dd>{tally(edge.codes) || 'none yet'}</dd>
          {Object.keys(edge.flags).length > 0 && (
            <>
              <dt>Response flags</dt>
              <dd>{tally(edge.flags)}</dd>
            </>
          )}
        </dl>
        {perSecond !== undefined && <Sparkline series={perSecond} label="Requests, 15 min" format={(v) => rate(v)} />}
        <p>
          <a href={hrefOf(['requests'], { workload: edge.source.slice(edge.source.indexOf('/') + 1) })}>Requests of {edge.source}</a>
        </p>
      </Section>
      {split !== undefined && (
        <Section title="Split">
          <dl className="facts">
            <dt>Set</dt>
            <dd>{percent(split.configured)} of the requests that the rule matches</dd>
            <dt>Measured</dt>
            <dd>{measuredWords(split)}</dd>
            <dt>Rule</dt>
            <dd>
              {split.rule} {split.file !== undefined && <FileLink file={split.file} line={split.line} />}
            </dd>
          </dl>
        </Section>
      )}
      <Section title="Identity">
        <p className="break">{securityOf(edge)}</p>
      </Section>
      {health !== undefined && (
        <Section title="Endpoints, as the caller sees them">
          <p>
            {health.healthy} of {count(health.endpoints, 'endpoint')} healthy, {health.ejected} ejected, circuit{' '}
            {health.circuitOpen ? 'open: it refuses requests' : 'closed: it lets requests through'}.
          </p>
          {words.length > 0 && <p className="bad">{words.join(', ')}</p>}
        </Section>
      )}
    </Pane>
  );
}

function NodeLink({ id }: { readonly id: string }): ReactElement {
  return (
    <button type="button" className="link" onClick={() => setParams({ sel: `n:${id}` }, false)}>
      {titleOfId(id)}
    </button>
  );
}

/** `200 × 118, 503 × 2`. */
function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([what, n]) => `${what === '0' ? 'none' : what} × ${n.toLocaleString('en')}`)
    .join(', ');
}
