import { type ReactElement, useState } from 'react';
import { type ResourceView } from '@lateen/observation';
import { Section } from '../ui/pane';
import { undoTo } from './apply';
import { DiffView } from './diff-view';
import { versionWords } from './version-words';

/** Versions to go back to, each compared with what is in effect. */
export function Revisions({
  view,
  onUndone,
}: {
  readonly view: ResourceView;
  readonly onUndone: (sentence: string) => void;
}): ReactElement | undefined {
  const [open, setOpen] = useState<number>();
  const [said, setSaid] = useState('');
  const [current, ...older] = view.revisions;
  if (current === undefined || older.length === 0) return undefined;
  const words = versionWords(view.revisions);
  const chosenWords = words[older.findIndex((r) => r.generation === open)];
  const chosen = older.find((r) => r.generation === open);
  const undo = async (generation: number): Promise<void> => {
    setSaid('Going back…');
    const { kind, namespace, name } = view;
    const outcome = await undoTo({ kind, namespace, name }, generation);
    setSaid(outcome.applied ? '' : outcome.sentence);
    setOpen(undefined);
    if (outcome.applied) onUndone(outcome.sentence);
  };
  return (
    <Section title="Earlier versions">
      <ul className="row">
        {older.map((r, i) => (
          <li key={r.generation}>
            <button
              type="button"
              className="button"
              aria-pressed={r.generation === open}
              onClick={() => setOpen(r.generation === open ? undefined : r.generation)}
            >
              {words[i]}
            </button>
          </li>
        ))}
      </ul>
      {chosen !== undefined && (
        <>
          <p className="muted">What going back to this version would change ({chosenWords}):</p>
          <DiffView before={current.yaml} after={chosen.yaml} label={`Differences to: ${chosenWords}`} />
          <div className="row">
            <button type="button" className="button primary" onClick={() => void undo(chosen.generation)}>
              Go back to this version
            </button>
          </div>
        </>
      )}
      <p role="status">{said}</p>
    </Section>
  );
}
