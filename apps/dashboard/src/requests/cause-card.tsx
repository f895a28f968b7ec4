import { type ReactElement } from 'react';
import { type Cause, type Trouble } from '@lateen/observation';
import { FileLink } from '../config/file-link';
import { isInVain } from './fix-words';
import { PatchOffer } from './patch-offer';

/** Why something failed, what that rests on, and what would remove it. `lastMs`: when a request failed so last. */
export function CauseCard({
  cause,
  lastMs,
  ended = false,
  trouble,
}: {
  readonly cause: Cause;
  readonly lastMs: number;
  /** None fails so any more. */
  readonly ended?: boolean;
  /** What is wrong now with whom it was for. */
  readonly trouble?: Trouble;
}): ReactElement {
  return (
    <div className={`note stack${ended ? '' : ' bad'}`}>
      <p className="strong">{cause.sentence}</p>
      {cause.evidence.length > 0 && <p className="muted break">Seen: {cause.evidence.join('; ')}.</p>}
      {cause.where !== undefined && (
        <p>
          Configured at <FileLink file={cause.where.file} line={cause.where.line} /> <span className="mono muted">{cause.where.path}</span>
        </p>
      )}
      {trouble !== undefined && isInVain(cause, trouble) ? (
        <p>A longer wait would not help while {trouble.workload.name} does not answer.</p>
      ) : (
        cause.patch !== undefined && <PatchOffer key={cause.patch.yaml} title={cause.patch.title} yaml={cause.patch.yaml} lastMs={lastMs} />
      )}
    </div>
  );
}
