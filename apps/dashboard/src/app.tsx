import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { offlineWords } from './api/connection';
import { useConnection } from './api/use-connection';
import { GraphView } from './graph/graph-view';
import { Help } from './help';
import { go, hrefOf, usePlace } from './lib/location';
import { Pulse } from './pulse';
import sail from './sail.svg';
import { SignIn } from './sign-in';
import { ErrorBoundary } from './ui/error-boundary';
import { Loading } from './ui/states';
import { currentTheme, setTheme, type Theme } from './ui/theme';

const RequestsView = lazy(() => import('./requests/requests-view').then((m) => ({ default: m.RequestsView })));
const ConfigurationView = lazy(() => import('./config/configuration-view').then((m) => ({ default: m.ConfigurationView })));
const WorkloadsView = lazy(() => import('./workloads/workloads-view').then((m) => ({ default: m.WorkloadsView })));
const TryView = lazy(() => import('./try/try-view').then((m) => ({ default: m.TryView })));

/** The views in the order of their keys, 1 to 5. */
const VIEWS = [
  ['graph', 'Graph', GraphView],
  ['requests', 'Requests', RequestsView],
  ['configuration', 'Configuration', ConfigurationView],
  ['workloads', 'Workloads', WorkloadsView],
  ['try', 'Try it', TryView],
] as const;

/** The page: what is always there around the view that the address names. */
export function App(): ReactElement {
  const { path } = usePlace();
  const connection = useConnection();
  const [help, setHelp] = useState(false);
  const [theme, chooseTheme] = useState<Theme>(currentTheme);
  useEffect(() => setTheme(theme), [theme]);
  useShortcuts(() => setHelp(true));
  const [id, title, View] = VIEWS.find(([name]) => name === path[0]) ?? VIEWS[0];
  useEffect(() => {
    document.title = `${title} · Lateen`;
  }, [title]);
  return (
    <div className="shell">
      <a className="button skip" href="#view" onClick={(event) => (event.preventDefault(), document.getElementById('view')?.focus())}>
        Skip to the view
      </a>
      <header className="top">
        <a className="brand" href={hrefOf(['graph'])}>
          <img src={sail} alt="" /> Lateen
        </a>
        <nav className="views" aria-label="Views">
          {VIEWS.map(([name, label]) => (
            <a key={name} href={hrefOf([name])} aria-current={name === id ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <Pulse />
        <button type="button" className="button quiet" aria-label="Keyboard and colours" onClick={() => setHelp(true)}>
          Help
        </button>
      </header>
      {connection.state === 'offline' && (
        <div className="banner" role="alert">
          {offlineWords(connection)}
        </div>
      )}
      <main className="view" id="view" tabIndex={-1} aria-label={title}>
        {connection.state === 'refused' ? (
          <SignIn reason={connection.reason} />
        ) : (
          <Suspense fallback={<Loading what={title.toLowerCase()} />}>
            <ErrorBoundary key={id}>
              <View />
            </ErrorBoundary>
          </Suspense>
        )}
      </main>
      {help && <Help theme={theme} onTheme={chooseTheme} onClose={() => setHelp(false)} />}
    </div>
  );
}

/** Keys that work anywhere but in a field, and Escape, which leaves the one to find in. */
function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'Escape' && event.target instanceof HTMLElement && event.target.matches('[data-find]')) {
        // Of its own accord the browser would stay, and empty the field.
        event.preventDefault();
        event.target.blur();
        return;
      }
      if (inField(event.target)) return;
      const view = VIEWS[Number(event.key) - 1];
      if (view !== undefined) go(hrefOf([view[0]]));
      else if (event.key === '?') onHelp();
      else if (event.key === '/') document.querySelector<HTMLElement>('[data-find]')?.focus();
      else if (event.key === 'Escape') document.querySelector<HTMLElement>('[aria-label="Close details"]')?.click();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [onHelp]);
}

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.matches('input, textarea, select') || target.isContentEditable || target.closest('dialog') !== null)
  );
}
