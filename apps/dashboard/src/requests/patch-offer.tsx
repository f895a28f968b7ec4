import { type ReactElement } from 'react';
import { applyTexts, FIX_FILE } from '../config/apply';
import { deeds, fixKey, useDeed } from '../config/deeds';
import { fixWords } from './fix-words';

/** A change of configuration that would remove a cause, shown and applied in place. `second`: something else is offered first. */
export function PatchOffer({
  title,
  yaml,
  lastMs,
  second = false,
}: {
  readonly title: string;
  readonly yaml: string;
  /** When a request failed so last, in milliseconds since the epoch. */
  readonly lastMs: number;
  readonly second?: boolean;
}): ReactElement {
  const fix = useDeed([fixKey(yaml)]);
  const busy = fix?.busy === true;
  const { text, bad, offer } = fixWords(busy ? undefined : fix, lastMs);
  const apply = (): Promise<void> => deeds.during([fixKey(yaml)], () => applyTexts([{ name: FIX_FILE, text: yaml }]), Date.now);
  return (
    <div className="stack">
      <details>
        <summary>
          {second ? 'Or' : 'What would fix it'}: {title}
        </summary>
        <pre className="scroll-x">{yaml}</pre>
      </details>
      <div className="row">
        {offer && (
          <button type="button" className={`button${second ? '' : ' primary'}`} disabled={busy} onClick={() => void apply()}>
            {busy ? 'Applying…' : second ? 'Apply this change' : 'Apply the fix'}
          </button>
        )}
        <span role="status" className={bad ? 'bad break' : 'break'}>
          {text}
        </span>
      </div>
    </div>
  );
}
