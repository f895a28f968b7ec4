import { type ReactElement, type ReactNode, useId, useState } from 'react';
import { parseDocument } from 'yaml';
import { bounded } from './bounded';
import { type WizardInput } from './wizard-edits';

/** What a form begins with: what the rule says now, where it says something. */
export function defaultInput(
  kind: WizardInput['kind'],
  versions: readonly string[],
  virtualService: string | undefined,
  rule: number,
  destinationRule?: string,
): WizardInput {
  const last = versions.at(-1) ?? '';
  switch (kind) {
    case 'shift':
      return { kind, weights: weightsNow(versions, virtualService, rule, destinationRule) };
    case 'header':
      return { kind, header: 'end-user', how: 'exact', value: '', version: last };
    case 'fault':
      return { kind, delayMs: 2_000, delayPercent: 0, abortStatus: 503, abortPercent: 50 };
    case 'timeouts':
      return { kind, timeoutMs: 2_000, attempts: 2, perTryMs: 0, retryOn: 'connect-failure,refused-stream,unavailable,cancelled' };
    case 'mirror':
      return { kind, version: last, percent: 100 };
  }
}

/** Why a form cannot be turned into YAML yet. */
export function problemOf(input: WizardInput): string | undefined {
  switch (input.kind) {
    case 'shift': {
      const sum = input.weights.reduce((total, w) => total + w.weight, 0);
      return sum === 100 ? undefined : `The weights add up to ${sum} %; they have to add up to 100 %.`;
    }
    case 'header':
      return input.header.trim() === '' || input.value === '' ? 'Say which header has to have which value.' : undefined;
    case 'fault':
      return input.abortPercent > 0 && (input.abortStatus < 200 || input.abortStatus > 599)
        ? 'The status has to be from 200 to 599.'
        : undefined;
    case 'timeouts':
    case 'mirror':
      return undefined;
  }
}

/** The fields of a wizard. */
export function WizardFields({
  input,
  versions,
  onChange,
}: {
  readonly input: WizardInput;
  readonly versions: readonly string[];
  readonly onChange: (input: WizardInput) => void;
}): ReactElement {
  switch (input.kind) {
    case 'shift':
      return <ShiftFields input={input} onChange={onChange} />;
    case 'header':
      return (
        <>
          <Field label="Header">
            {(id) => <input id={id} value={input.header} onChange={(e) => onChange({ ...input, header: e.target.value })} />}
          </Field>
          <Field label="Condition">
            {(id) => (
              <select
                id={id}
                value={input.how}
                onChange={(e) => onChange({ ...input, how: e.target.value as 'exact' | 'prefix' | 'regex' })}
              >
                <option value="exact">is exactly</option>
                <option value="prefix">begins with</option>
                <option value="regex">matches the regular expression</option>
              </select>
            )}
          </Field>
          <Field label="Value">
            {(id) => <input id={id} value={input.value} onChange={(e) => onChange({ ...input, value: e.target.value })} />}
          </Field>
          <VersionField
            label="Goes to version"
            version={input.version}
            versions={versions}
            onChange={(version) => onChange({ ...input, version })}
          />
        </>
      );
    case 'fault':
      return (
        <>
          <NumberField
            label="Answer with an error, % of requests"
            value={input.abortPercent}
            max={100}
            onChange={(abortPercent) => onChange({ ...input, abortPercent })}
          />
          <NumberField
            label="Status of the error"
            value={input.abortStatus}
            max={599}
            onChange={(abortStatus) => onChange({ ...input, abortStatus })}
          />
          <NumberField
            label="Delay, % of requests"
            value={input.delayPercent}
            max={100}
            onChange={(delayPercent) => onChange({ ...input, delayPercent })}
          />
          <NumberField label="Delay by, ms" value={input.delayMs} max={600_000} onChange={(delayMs) => onChange({ ...input, delayMs })} />
        </>
      );
    case 'timeouts':
      return (
        <>
          <NumberField
            label="Give up after, ms (0: never)"
            value={input.timeoutMs}
            max={3_600_000}
            onChange={(timeoutMs) => onChange({ ...input, timeoutMs })}
          />
          <NumberField
            label="Retries (0: none)"
            value={input.attempts}
            max={100}
            onChange={(attempts) => onChange({ ...input, attempts })}
          />
          <NumberField
            label="Each try at most, ms (0: as long as all)"
            value={input.perTryMs}
            max={3_600_000}
            onChange={(perTryMs) => onChange({ ...input, perTryMs })}
          />
          <Field label="Retry on">
            {(id) => <input id={id} value={input.retryOn} onChange={(e) => onChange({ ...input, retryOn: e.target.value })} />}
          </Field>
        </>
      );
    case 'mirror':
      return (
        <>
          <VersionField
            label="Copy requests to version"
            version={input.version}
            versions={versions}
            onChange={(version) => onChange({ ...input, version })}
          />
          <NumberField
            label="Share copied, % (0: stop mirroring)"
            value={input.percent}
            max={100}
            onChange={(percent) => onChange({ ...input, percent })}
          />
        </>
      );
  }
}

function ShiftFields({
  input,
  onChange,
}: {
  readonly input: Extract<WizardInput, { readonly kind: 'shift' }>;
  readonly onChange: (input: WizardInput) => void;
}): ReactElement {
  const { weights } = input;
  const [note, setNote] = useState('');
  /** What is taken from or given to one version is made up by the others, the largest first. */
  const set = (version: string, weight: number): void => {
    const next = weights.map((w) => ({ ...w, weight: w.version === version ? weight : w.weight }));
    const others = next.filter((w) => w.version !== version).toSorted((a, b) => b.weight - a.weight);
    let missing = 100 - next.reduce((sum, w) => sum + w.weight, 0);
    for (const other of others) {
      const change = Math.max(-other.weight, Math.min(missing, 100 - other.weight));
      other.weight += change;
      missing -= change;
    }
    onChange({ ...input, weights: next });
  };
  return (
    <>
      <span className="label">Share of requests</span>
      <div className="stack">
        {weights.map(({ version, weight }) => (
          <div key={version} className="weight">
            <span className="strong">{version}</span>
            <input
              type="range"
              min={0}
              max={100}
              value={weight}
              aria-label={`Share of ${version}`}
              onChange={(e) => set(version, Number(e.target.value))}
            />
            <input
              type="number"
              min={0}
              max={100}
              value={weight}
              aria-label={`Weight of ${version} in percent`}
              onChange={(e) => {
                const taken = bounded(Math.round(Number(e.target.value)), 100);
                setNote(taken.note);
                set(version, taken.value);
              }}
            />
            <span className="muted">%</span>
          </div>
        ))}
        <span role="status" className="warn">
          {note}
        </span>
      </div>
    </>
  );
}

function Field({ label, children }: { readonly label: string; readonly children: (id: string) => ReactNode }): ReactElement {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </>
  );
}

function NumberField({
  label,
  value,
  max,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}): ReactElement {
  const [note, setNote] = useState('');
  return (
    <Field label={label}>
      {(id) => (
        <div className="row">
          <input
            id={id}
            className="short"
            type="number"
            min={0}
            max={max}
            value={value}
            aria-describedby={`${id}-note`}
            onChange={(e) => {
              const taken = bounded(Number(e.target.value), max);
              setNote(taken.note);
              onChange(taken.value);
            }}
          />
          <span id={`${id}-note`} role="status" className="warn">
            {note}
          </span>
        </div>
      )}
    </Field>
  );
}

function VersionField({
  label,
  version,
  versions,
  onChange,
}: {
  readonly label: string;
  readonly version: string;
  readonly versions: readonly string[];
  readonly onChange: (version: string) => void;
}): ReactElement {
  return (
    <Field label={label}>
      {(id) => (
        <select id={id} value={version} onChange={(e) => onChange(e.target.value)}>
          {versions.map((v) => (
            <option key={v}>{v}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The weights the rule has; one destination has all of them; no rule: the first version has. */
function weightsNow(
  versions: readonly string[],
  virtualService: string | undefined,
  rule: number,
  destinationRule: string | undefined,
): readonly { readonly version: string; readonly weight: number }[] {
  type Route = readonly { readonly destination?: { readonly subset?: string }; readonly weight?: number }[];
  const route: Route =
    virtualService === undefined
      ? []
      : ((parseDocument(virtualService).toJS() as { readonly spec?: { readonly http?: readonly { readonly route?: Route }[] } }).spec
          ?.http?.[rule]?.route ?? []);
  const subsets =
    (destinationRule === undefined
      ? undefined
      : (
          parseDocument(destinationRule).toJS() as {
            readonly spec?: { readonly subsets?: readonly { readonly name: string; readonly labels?: Readonly<Record<string, string>> }[] };
          }
        ).spec?.subsets) ?? [];
  const versionOf = (subset: string | undefined): string | undefined =>
    subsets.find((s) => s.name === subset)?.labels?.['version'] ?? subset;
  const weights = versions.map((version) => ({
    version,
    weight: route
      .filter((r) => versionOf(r.destination?.subset) === version)
      .reduce((sum, r) => sum + (r.weight ?? (route.length === 1 ? 100 : 0)), 0),
  }));
  const even = weights.every((w) => w.weight === 0);
  return even ? versions.map((version, i) => ({ version, weight: i === 0 ? 100 : 0 })) : weights;
}
