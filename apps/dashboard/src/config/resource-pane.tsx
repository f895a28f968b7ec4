import { type ReactElement, useEffect, useRef, useState } from 'react';
import { type Finding, type ResourceSummary, type ResourceView } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { count } from '../lib/format';
import { hrefOf } from '../lib/location';
import { Pane, Section } from '../ui/pane';
import { Loaded } from '../ui/states';
import { applyTexts, deleteResource, fileNameOf, type NamedText, refusalOf } from './apply';
import { draftOf, keepDraft } from './drafts';
import { EffectSentence } from './effect';
import { fileLine } from './file-line';
import { OriginNote } from './origin-note';
import { type Removed } from './removed-note';
import { Revisions } from './revisions';
import { resourcePath } from './use-resource';
import { useValidation } from './use-validation';
import { keptWords } from './version-words';
import { type LineNote, YamlEditor } from './yaml-editor';

type Which = Pick<ResourceSummary, 'kind' | 'namespace' | 'name'>;

/** A resource opened: what it does, its text to edit, its findings, its revisions. Without `which`: a new one. */
export function ResourcePane({
  which,
  line,
  part,
  onClose,
  onChanged,
  onRemoved,
}: {
  readonly which?: Which;
  readonly line?: number;
  readonly part?: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
  readonly onRemoved: (removed: Removed) => void;
}): ReactElement {
  const polled = usePoll<ResourceView>(which === undefined ? undefined : resourcePath(which), 5_000);
  const changed = (): void => {
    polled.refresh();
    onChanged();
  };
  return (
    <Pane title={which === undefined ? 'New configuration' : `${which.kind} ${which.namespace}/${which.name}`} onClose={onClose}>
      {which === undefined ? (
        <Editor draftKey="new" saved="" onChanged={changed} />
      ) : (
        <Loaded polled={polled} what="this resource">
          {(view) => (
            <Opened
              view={view}
              line={line ?? view.parts.find((p) => p.path === part)?.line}
              onChanged={changed}
              onRemoved={onRemoved}
              onClose={onClose}
            />
          )}
        </Loaded>
      )}
    </Pane>
  );
}

function Opened({
  view,
  line,
  onChanged,
  onRemoved,
  onClose,
}: {
  readonly view: ResourceView;
  readonly line?: number;
  readonly onChanged: () => void;
  readonly onRemoved: (removed: Removed) => void;
  readonly onClose: () => void;
}): ReactElement {
  const draftKey = `${view.kind}/${view.namespace}/${view.name}`;
  const [undone, setUndone] = useState({ times: 0, sentence: '' });
  const onUndone = (sentence: string): void => {
    // What is in effect now is shown; what was typed before was a change of something else.
    keepDraft(draftKey, undefined);
    setUndone(({ times }) => ({ times: times + 1, sentence }));
    onChanged();
  };
  return (
    <>
      <p>
        <EffectSentence effect={view.effect} />
      </p>
      {undone.sentence !== '' && <Undone key={`undone ${undone.times}`} sentence={undone.sentence} />}
      <OriginNote view={view} onUndone={onUndone} />
      <Editor
        key={`editor ${undone.times}`}
        draftKey={draftKey}
        saved={view.yaml}
        view={view}
        line={line}
        onChanged={() => (setUndone(({ times }) => ({ times, sentence: '' })), onChanged())}
      />
      <Revisions view={view} onUndone={onUndone} />
      <Remove
        view={view}
        onRemoved={(sentence) => {
          keepDraft(draftKey, undefined);
          onRemoved({ which: view, generation: view.generation, sentence, atMs: Date.now() });
          onChanged();
          onClose();
        }}
      />
    </>
  );
}

/** Says in sight, and where the keyboard goes on, that an earlier version is in effect again. */
function Undone({ sentence }: { readonly sentence: string }): ReactElement {
  const note = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    note.current?.focus();
    note.current?.scrollIntoView({ block: 'center' });
  }, []);
  return (
    <p className="note good" role="status" tabIndex={-1} ref={note}>
      Undone: {sentence} The text below is what is in effect now.
    </p>
  );
}

function Editor({
  draftKey,
  saved,
  view,
  line,
  onChanged,
}: {
  readonly draftKey: string;
  readonly saved: string;
  readonly view?: ResourceView;
  readonly line?: number;
  readonly onChanged: () => void;
}): ReactElement {
  const [draft, setDraft] = useState(() => draftOf(draftKey));
  const [said, setSaid] = useState<{ readonly text: string; readonly bad: boolean }>();
  const [busy, setBusy] = useState(false);
  // What is shown of a Secret are not its values: applying that text would lose them.
  const secret = view?.kind === 'Secret';
  const edited = draft !== undefined && draft !== saved;
  const { findings, state } = useValidation(edited ? draft : undefined);
  const shown = edited ? findings : (view?.allFindings ?? []);
  const errors = shown.filter((f) => f.severity === 'error').length;
  // The text that is asked about: another one is another question.
  const [asked, setAsked] = useState<string>();
  const isAsked = asked !== undefined && asked === draft && errors > 0;
  const change = (text: string | undefined): void => {
    setSaid(undefined);
    setAsked(undefined);
    keepDraft(draftKey, text);
    setDraft(text);
  };
  const filesOf = (text: string): readonly NamedText[] => [{ name: view === undefined ? 'dashboard/new.yaml' : fileNameOf(view), text }];
  const askWhether = async (text: string): Promise<void> => {
    setBusy(true);
    const refusal = await refusalOf(filesOf(text), view?.namespace);
    setBusy(false);
    if (refusal === undefined) setAsked(text);
    else setSaid({ text: `Not applied, and cannot be until this is mended: ${refusal}`, bad: true });
  };
  const apply = async (): Promise<void> => {
    if (draft === undefined || busy) return;
    setAsked(undefined);
    setBusy(true);
    const outcome = await applyTexts(filesOf(draft), view?.namespace);
    setBusy(false);
    if (outcome.applied) {
      change(undefined);
      onChanged();
    }
    setSaid({ text: outcome.sentence, bad: !outcome.applied });
  };
  const ask = (): void => {
    if (draft === undefined || !edited || busy) return;
    if (state === 'checking') setSaid({ text: 'Not applied: it is still being checked.', bad: true });
    else if (errors > 0) void askWhether(draft);
    else void apply();
  };
  const firstLine = view?.line ?? 1;
  return (
    <Section
      title="YAML"
      aside={
        edited && (
          <span className="muted">
            {{ idle: '', checking: 'Checking…', checked: errors === 0 ? 'Valid' : 'Not valid', unknown: 'Not checked: no answer' }[state]}
          </span>
        )
      }
    >
      <YamlEditor
        text={draft ?? saved}
        notes={notesOf(shown, edited ? undefined : view)}
        firstLine={firstLine}
        focusLine={line}
        onChange={secret ? undefined : change}
        onSave={ask}
      />
      {secret && <p className="muted">The values of a Secret are not shown, so it cannot be edited here.</p>}
      <FindingList findings={shown} firstLine={firstLine} />
      {edited && isAsked && (
        <div className="row note warn" role="group" aria-label="Apply with errors">
          <span className="break">Apply although it has {count(errors, 'error')}? Requests that it concerns may fail at once.</span>
          <button type="button" className="button" onClick={() => void apply()}>
            Apply with {count(errors, 'error')}
          </button>
          <button type="button" className="button" autoFocus onClick={() => setAsked(undefined)}>
            Go on editing
          </button>
        </div>
      )}
      <div className="row">
        <button type="button" className="button primary" disabled={!edited || busy || state === 'checking' || isAsked} onClick={ask}>
          {busy ? 'Applying…' : errors > 0 && edited ? 'Apply…' : 'Apply'}
        </button>
        <button type="button" className="button" disabled={!edited || busy} onClick={() => change(undefined)}>
          Discard changes
        </button>
        <span role="status" className={said?.bad === true ? 'bad break' : 'break'}>
          {said?.text}
        </span>
      </div>
    </Section>
  );
}

/** Lines are the file's, as everywhere on the page. */
function FindingList({
  findings,
  firstLine,
}: {
  readonly findings: readonly Finding[];
  readonly firstLine: number;
}): ReactElement | undefined {
  if (findings.length === 0) return undefined;
  return (
    <ul className="stack" aria-label="Findings">
      {findings.map((f, i) => (
        <li key={i} className={`note ${f.severity === 'error' ? 'bad' : f.severity === 'warning' ? 'warn' : ''}`}>
          <span className="strong">
            {f.severity} {f.code}
          </span>
          , line {fileLine(f.line, firstLine)}: {f.message}
        </li>
      ))}
    </ul>
  );
}

function Remove({ view, onRemoved }: { readonly view: ResourceView; readonly onRemoved: (sentence: string) => void }): ReactElement {
  const [asked, setAsked] = useState(false);
  const [said, setSaid] = useState('');
  const remove = async (): Promise<void> => {
    const outcome = await deleteResource(view);
    setSaid(outcome.sentence);
    if (outcome.applied) onRemoved(outcome.sentence);
  };
  if (!asked)
    return (
      <div className="row">
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Delete…
        </button>
        <a href={hrefOf(['try'])}>Try a request</a>
      </div>
    );
  return (
    <div className="row note warn">
      <span className="break">
        Delete {view.kind} {view.name} from the running mesh? {keptWords(view)}
      </span>
      <button type="button" className="button" onClick={() => void remove()}>
        Delete {view.name}
      </button>
      <button type="button" className="button" onClick={() => setAsked(false)}>
        Keep it
      </button>
      <span role="status">{said}</span>
    </div>
  );
}

function notesOf(findings: readonly Finding[], view: ResourceView | undefined): readonly LineNote[] {
  const found = findings.map((f) => ({ line: f.line, tone: f.severity, text: f.message }));
  const effects = (view?.parts ?? []).map((p) => ({
    line: p.line,
    tone: p.state === 'never-matched' || p.state === 'ignored' ? ('warning' as const) : ('effect' as const),
    text: p.sentence,
  }));
  return [...found, ...effects];
}
