import { type ReactElement, useEffect, useRef, useState } from 'react';
import { clockTime } from '../lib/format';
import { type ResourceName, undoTo } from './apply';

/** A resource that was deleted on this page. */
export interface Removed {
  readonly which: ResourceName;
  /** What it was then. */
  readonly generation: number;
  readonly sentence: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

/** Says that something was deleted, where the keyboard goes on, and brings it back. */
export function RemovedNote({
  removed: { which, generation, sentence, atMs },
  onUndone,
  onClose,
}: {
  readonly removed: Removed;
  readonly onUndone: () => void;
  readonly onClose: () => void;
}): ReactElement {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => note.current?.focus(), []);
  const [said, setSaid] = useState({ text: '', bad: false, done: false });
  const undo = async (): Promise<void> => {
    setSaid({ text: 'Going back…', bad: false, done: true });
    const outcome = await undoTo(which, generation);
    setSaid({ text: outcome.applied ? `Undone: ${outcome.sentence}` : outcome.sentence, bad: !outcome.applied, done: outcome.applied });
    if (outcome.applied) onUndone();
  };
  return (
    <div className="note row" role="group" aria-label={`${which.kind} ${which.name} was deleted`} tabIndex={-1} ref={note}>
      <span className="break" role="status">
        <span className="strong">{`${which.kind} ${which.namespace}/${which.name} deleted`}</span> at {clockTime(atMs, false)}. {sentence}{' '}
        <span className={said.bad ? 'bad' : ''}>{said.text}</span>
      </span>
      {!said.done && (
        <button type="button" className="button" onClick={() => void undo()}>
          Undo: bring {which.name} back
        </button>
      )}
      <button type="button" className="button quiet" onClick={onClose}>
        Hide
      </button>
    </div>
  );
}
