import { type ReactElement } from 'react';
import { setParams } from '../lib/location';
import { type Problem } from './problems';

/** What needs attention, each with its cause; opening one shows the service. */
export function ProblemList({ problems }: { readonly problems: readonly Problem[] }): ReactElement | undefined {
  if (problems.length === 0) return undefined;
  return (
    <section className="problems" aria-label="Problems">
      {problems.map(({ node, title, ended, cause, split, seenBy }) => (
        <button
          key={node.id}
          type="button"
          className={`problem${ended ? ' ended' : ''}`}
          onClick={() => setParams({ sel: `n:${node.id}` }, false)}
        >
          <span>{title}</span>
          {seenBy.length > 0 && <span className="muted">called by {seenBy.join(', ')}</span>}
          {cause !== undefined && <span className="why">{cause.sentence}</span>}
          {split !== undefined && <span className="why muted">{split}</span>}
        </button>
      ))}
    </section>
  );
}
