import './config.css';
import { type ReactElement, useEffect, useState } from 'react';
import { type ResourceSummary } from '@lateen/observation';
import { count } from '../lib/format';
import { groupBy } from '../lib/group-by';
import { go, hrefOf, setParams, usePlace } from '../lib/location';
import { Empty, Loaded } from '../ui/states';
import { DeadParts } from './dead-parts';
import { EffectSentence } from './effect';
import { type Removed, RemovedNote } from './removed-note';
import { resourceAt } from './resource-at';
import { ResourcePane } from './resource-pane';
import { useResources } from './use-resource';
import { WizardPane } from './wizard-pane';
import { WizardButtons } from './wizard-buttons';

/** Mesh kinds first: they are what people come for. */
const FIRST = ['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'PeerAuthentication', 'AuthorizationPolicy', 'Telemetry'];

/** Every resource with what it does; one opened, or a wizard. */
export function ConfigurationView(): ReactElement {
  const { path, params } = usePlace();
  const polled = useResources();
  return (
    <Loaded polled={polled} what="the configuration">
      {({ resources }) => <Page resources={resources} path={path} params={params} refresh={polled.refresh} />}
    </Loaded>
  );
}

function Page({
  resources,
  path,
  params,
  refresh,
}: {
  readonly resources: readonly ResourceSummary[];
  readonly path: readonly string[];
  readonly params: Readonly<Record<string, string>>;
  readonly refresh: () => void;
}): ReactElement {
  const [, kind, namespace, name] = path;
  const { file, line } = params;
  const at = file === undefined ? undefined : resourceAt(resources, file, Number(line ?? 1));
  useEffect(() => {
    // A file and line became a resource: the address says so from here on.
    if (at !== undefined)
      go(hrefOf(['configuration', at.kind, at.namespace, at.name], { line: String(Math.max(1, Number(line ?? 1) - at.line + 1)) }), true);
  }, [at, line]);
  const [removed, setRemoved] = useState<Removed>();
  const close = (): void => go(hrefOf(['configuration'], { find: params['find'], state: params['state'] }));
  const wizard = kind === 'wizard';
  const open = wizard || kind === 'new' || name !== undefined;
  const wanted = (params['find'] ?? '').toLowerCase();
  const shown = resources.filter(
    (r) =>
      `${r.kind} ${r.namespace}/${r.name} ${r.file}`.toLowerCase().includes(wanted) &&
      (params['state'] === undefined || params['state'] === '' || isInState(r, params['state'])),
  );
  return (
    <div className={`split${open ? ' open' : ''}`}>
      <div>
        <div className="bar">
          <input
            data-find
            type="search"
            aria-label="Find a resource"
            placeholder="Find a resource ( / )"
            value={params['find'] ?? ''}
            onChange={(event) => setParams({ find: event.target.value })}
          />
          <select aria-label="State" value={params['state'] ?? ''} onChange={(event) => setParams({ state: event.target.value })}>
            <option value="">All resources</option>
            <option value="findings">With findings</option>
            <option value="never-matched">Never matched</option>
            <option value="ignored">Ignored</option>
            <option value="dead">Parts that no request reached</option>
          </select>
          <a className="button" href={hrefOf(['configuration', 'new'])}>
            New
          </a>
          <WizardButtons />
        </div>
        {removed !== undefined && (
          <RemovedNote key={removed.atMs} removed={removed} onUndone={refresh} onClose={() => setRemoved(undefined)} />
        )}
        {file !== undefined && at === undefined && <p className="note warn">No resource comes from {file} any more.</p>}
        {params['state'] === 'dead' ? <DeadParts /> : <ResourceList resources={shown} all={resources.length} open={path} params={params} />}
      </div>
      {wizard && <WizardPane resources={resources} onClose={close} onApplied={refresh} />}
      {kind === 'new' && <ResourcePane key="new" onClose={close} onChanged={refresh} onRemoved={setRemoved} />}
      {!wizard && kind !== undefined && namespace !== undefined && name !== undefined && (
        <ResourcePane
          key={path.join('/')}
          which={{ kind, namespace, name }}
          line={line === undefined ? undefined : Number(line)}
          part={params['part']}
          onClose={close}
          onChanged={refresh}
          onRemoved={setRemoved}
        />
      )}
    </div>
  );
}

function ResourceList({
  resources,
  all,
  open,
  params,
}: {
  readonly resources: readonly ResourceSummary[];
  readonly all: number;
  readonly open: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}): ReactElement {
  const [, kind, namespace, name] = open;
  if (resources.length === 0) return <Empty title={all === 0 ? 'No configuration yet' : 'No resource matches'} />;
  return (
    <>
      {byKind(resources).map(([title, own]) => (
        <section key={title} aria-label={title}>
          <h3 className="kind-head">
            {title} ({own.length})
          </h3>
          <ul>
            {own.map((r) => (
              <li key={`${r.namespace}/${r.name}`}>
                <a
                  className="resource"
                  href={hrefOf(['configuration', r.kind, r.namespace, r.name], { find: params['find'], state: params['state'] })}
                  aria-current={r.kind === kind && r.namespace === namespace && r.name === name}
                >
                  <span className="break">
                    <span className="strong">{r.name}</span> <span className="muted">{r.namespace}</span>
                  </span>
                  <EffectSentence effect={r.effect} />
                  <FindingCount findings={r.findings} errors={r.errors} />
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

/** How much is wrong; errors apart, for they are what has to be mended. */
function FindingCount({ findings, errors }: Pick<ResourceSummary, 'findings' | 'errors'>): ReactElement {
  if (findings === 0) return <span className="muted nowrap">no findings</span>;
  const rest = findings - errors;
  return (
    <span className="nowrap">
      {errors > 0 && <span className="bad">{count(errors, 'error')}</span>}
      {errors > 0 && rest > 0 && ', '}
      {rest > 0 && <span className="warn">{count(rest, 'finding')}</span>}
    </span>
  );
}

function isInState(resource: ResourceSummary, state: string): boolean {
  return state === 'findings' ? resource.findings > 0 : resource.effect.state === state;
}

function byKind(resources: readonly ResourceSummary[]): readonly (readonly [string, readonly ResourceSummary[]])[] {
  const rank = (kind: string): number => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length);
  return [...groupBy(resources, (r) => r.kind)].toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}
