import { memo } from 'react';
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { type GraphNode } from '@lateen/observation';
import { setParams } from '../lib/location';
import { type BoxState, boxWords } from './box-words';

/** What a workload's box shows; equal data draws nothing anew. */
export type WorkloadNode = Node<
  {
    readonly node: GraphNode;
    readonly title: string;
    readonly selected: boolean;
    readonly dimmed: boolean;
    readonly down: boolean;
    readonly traffic: string;
    /** What is known to be wrong with it. */
    readonly state?: BoxState;
    /** None of its failures go on. */
    readonly mended: boolean;
  },
  'workload'
>;
/** The frame around the versions of one app. */
export type FrameNode = Node<{ readonly title: string; readonly dimmed: boolean }, 'frame'>;

/** A workload: its name, what it receives, and what is wrong with it in words. */
export const WorkloadBox = memo(function WorkloadBox({ data }: NodeProps<WorkloadNode>) {
  const { node, title, selected, dimmed, down } = data;
  const { words, bad, label } = boxWords(data);
  return (
    <button
      type="button"
      className={`box${bad ? ' bad-box' : ''}${selected ? ' selected' : ''}${dimmed ? ' dimmed' : ''}`}
      onClick={() => setParams({ sel: `n:${node.id}` }, false)}
      aria-label={label}
      title={label}
      aria-pressed={selected}
    >
      <Handle type="target" position={down ? Position.Top : Position.Left} isConnectable={false} />
      <span className="box-title">{title}</span>
      <span className="box-line">
        {words.map(({ text, tone }, i) => (
          <span key={text} className={tone}>
            {i > 0 && ' · '}
            {text}
          </span>
        ))}
      </span>
      <Handle type="source" position={down ? Position.Bottom : Position.Right} isConnectable={false} />
    </button>
  );
});

/** The frame of an app. */
export const AppFrame = memo(function AppFrame({ data }: NodeProps<FrameNode>) {
  return (
    <div className={`frame${data.dimmed ? ' dimmed' : ''}`}>
      <span>{data.title}</span>
    </div>
  );
});
