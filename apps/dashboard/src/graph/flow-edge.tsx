import { memo } from 'react';
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from '@xyflow/react';
import { type GraphEdge } from '@lateen/observation';
import { duration } from '../lib/format';
import { setParams } from '../lib/location';
import { Icon } from '../ui/icons';
import { edgeSentence, errorsOf, securityOf, splitOf, trafficOf, troubleOf, waitingOf } from './edge-words';

/** `at`: where along the line the label stands, 0 to 1, so that labels of a fan do not cover each other. */
export type CallEdge = Edge<
  {
    readonly edge: GraphEdge;
    /** Whom it calls does not answer, or ended. */
    readonly troubled: boolean;
    /** None of its failures go on. */
    readonly mended: boolean;
    readonly at: number;
    readonly selected: boolean;
    readonly dimmed: boolean;
    readonly down: boolean;
  },
  'call'
>;

/** Calls from one workload to another: rate, errors, latency, split, lock, health; each in words. */
export const CallLine = memo(function CallLine(props: EdgeProps<CallEdge>) {
  const { id, data, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition } = props;
  const [path] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  if (data === undefined) return undefined;
  const { edge, troubled, mended, at, selected, dimmed, down } = data;
  const waiting = troubled ? waitingOf(edge) : '';
  const failing = (edge.rates.errors > 0 && !mended) || waiting !== '';
  const idle = edge.rates.requests === 0 && (edge.rates.bytesPerSecond ?? 0) === 0 && waiting === '';
  const traffic = waiting !== '' && edge.rates.requests === 0 ? '' : trafficOf(edge);
  const [x, y] = down
    ? alongCurve(sourceY, sourceX, targetY, targetX, at).toReversed()
    : alongCurve(sourceX, sourceY, targetX, targetY, at);
  const state = `${failing ? ' failing' : ''}${idle ? ' idle' : ''}${selected ? ' selected' : ''}${dimmed ? ' dimmed' : ''}`;
  const errors = errorsOf(edge, mended);
  const more = errors !== '' || failing || edge.split !== undefined ? ' more' : '';
  const secure = edge.security.mutualTls;
  return (
    <>
      <BaseEdge id={id} path={path} className={`call${state}`} strokeWidth={1 + Math.min(3, Math.log10(1 + edge.rates.perSecond) * 1.6)} />
      <EdgeLabelRenderer>
        <button
          type="button"
          className={`call-label nodrag nopan${state}${more}`}
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          onClick={() => setParams({ sel: `e:${edge.id}` }, false)}
          aria-label={waiting === '' ? edgeSentence(edge, mended) : `${edgeSentence(edge, mended)} ${waiting}.`}
          aria-pressed={selected}
          title={securityOf(edge)}
        >
          <span className="call-line">
            {secure !== 'unknown' && !idle && (
              <span className={secure === 'yes' ? 'muted' : 'warn'}>
                <Icon name={secure === 'yes' ? 'lock' : 'unlock'} />
              </span>
            )}
            {traffic !== '' && <span className="rate nowrap">{traffic}</span>}
            {edge.rates.p50Ms !== undefined && !idle && <span className="muted">{duration(edge.rates.p50Ms)}</span>}
          </span>
          {(failing || errors !== '') && (
            <span className={failing ? 'bad strong' : 'muted'}>{[errors, waiting].filter((t) => t !== '').join(', ')}</span>
          )}
          {edge.split !== undefined && <span>{splitOf(edge)}</span>}
          {secure !== 'yes' && secure !== 'unknown' && !idle && (
            <span className="warn">{secure === 'no' ? 'no mutual TLS' : 'some without mutual TLS'}</span>
          )}
          {troubleOf(edge).map((trouble) => (
            <span key={trouble} className="bad">
              {trouble}
            </span>
          ))}
        </button>
      </EdgeLabelRenderer>
    </>
  );
});

/** A point of the S-curve that xyflow draws between two handles: first along, then across the direction of calls. */
function alongCurve(sx: number, sy: number, tx: number, ty: number, t: number): readonly [along: number, across: number] {
  const bend = Math.max(0.5 * (tx - sx), 0);
  const cubic = (a: number, b: number, c: number, d: number): number =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  return [cubic(sx, sx + bend, tx - bend, tx), cubic(sy, sy, ty, ty)];
}
