import { type ReactElement } from 'react';
import { Dialog } from './ui/dialog';
import { type Theme } from './ui/theme';

const KEYS = [
  ['1 – 5', 'Graph, Requests, Configuration, Workloads, Try it'],
  ['/', 'Find in this view; Esc leaves the field, ↓ goes to the list of requests'],
  ['Esc', 'Close what is open beside the view, and go back to where it was opened'],
  ['Space', 'Pause or resume the live list of requests'],
  ['↑ ↓', 'Move in the list of requests'],
  ['Enter', 'Open what has the focus, and go on there'],
  ['w', 'Why? of the request that is open'],
  ['Ctrl S', 'Apply the configuration that is being edited'],
  ['?', 'This help'],
] as const;

const THEMES = [
  ['auto', 'As the system has it'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const;

/** Colours and keys. */
export function Help({
  theme,
  onTheme,
  onClose,
}: {
  readonly theme: Theme;
  readonly onTheme: (theme: Theme) => void;
  readonly onClose: () => void;
}): ReactElement {
  return (
    <Dialog title="Help" onClose={onClose}>
      <fieldset className="row plain">
        <legend className="muted">Colours</legend>
        {THEMES.map(([id, label]) => (
          <label key={id} className="row">
            <input type="radio" name="theme" checked={theme === id} onChange={() => onTheme(id)} /> {label}
          </label>
        ))}
      </fieldset>
      <dl className="facts">
        {KEYS.map(([key, what]) => (
          <div key={key} className="contents">
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p className="muted">
        A call’s label reads: lock (mutual TLS), requests per second, the time within which half of them were answered. “30 % set, 28 %
        seen” compares a split’s weights with what was measured. Dashed red lines fail; dotted lines carried nothing.
      </p>
    </Dialog>
  );
}
