import './explain.css';
import { type ReactElement } from 'react';
import { FileLink } from '../config/file-link';
import { count, percent } from '../lib/format';
import { useRuleWords } from './use-rule-words';
import { decidedBy, type Explanation, hopsOf, isGood, type Outcome, type Step } from './explanation';

const SIDES = { outbound: 'as it calls', inbound: 'as it is called', gateway: 'at the gateway' } as const;
const VERDICTS = { matched: 'matched', 'not-matched': 'not matched', chosen: 'chosen', skipped: 'skipped', applied: 'applied' } as const;

/** Stages that people ask about; what was chosen in them stands out. */
const DECIDING: ReadonlySet<string> = new Set(['route', 'cluster', 'fault', 'authorization']);

/** Why a request goes where it goes: the outcome, what decided it, and folded every decision with where it is written. */
export function ExplanationView({ explanation }: { readonly explanation: Explanation }): ReactElement {
  const { outcome, outcomes, steps, notes } = explanation;
  const rule = useRuleWords(steps);
  const decided = decidedBy(steps);
  return (
    <div className="stack" data-testid="explanation">
      {outcomes.length > 1 ? (
        <ul className="stack">
          {outcomes.map((one) => (
            <li key={`${one.kind} ${one.cluster} ${one.status} ${one.reason}`}>
              <OutcomeNote outcome={one} />
            </li>
          ))}
        </ul>
      ) : (
        <OutcomeNote outcome={outcome} />
      )}
      {notes.map((note) => (
        <p key={note} className="muted">
          {note}
        </p>
      ))}
      <StepList label="What decided" steps={decided} rule={rule} />
      <details className="all-steps" open={decided.length === 0}>
        <summary>All {count(steps.length, 'step')}, proxy by proxy</summary>
        {hopsOf(steps).map(({ hop, proxy, side, steps: own }) => (
          <section key={`${hop} ${side}`} className="section" aria-label={`Decisions of ${proxy}`}>
            <h3>
              {hop}. {proxy}, {SIDES[side]}
            </h3>
            <StepList label={`Steps of ${proxy}`} steps={own} rule={rule} />
          </section>
        ))}
      </details>
    </div>
  );
}

function StepList({
  label,
  steps,
  rule,
}: {
  readonly label: string;
  readonly steps: readonly Step[];
  readonly rule: (step: Step) => string;
}): ReactElement | undefined {
  if (steps.length === 0) return undefined;
  return (
    <ol className="steps" aria-label={label}>
      {steps.map((step, i) => (
        <StepRow key={i} step={step} rule={step.verdict === 'chosen' ? rule(step) : ''} />
      ))}
    </ol>
  );
}

function OutcomeNote({ outcome }: { readonly outcome: Outcome }): ReactElement {
  return (
    <div className={`note ${isGood(outcome) ? 'good' : 'bad'}`}>
      <p className="strong">
        {outcome.probability < 1 && `${percent(outcome.probability)}: `}
        {outcome.reason}
        {outcome.file !== undefined && (
          <>
            {' '}
            <FileLink file={outcome.file} line={outcome.line} />
          </>
        )}
      </p>
      <p className="muted break">
        {[
          outcome.kind.replaceAll('-', ' '),
          outcome.status === undefined ? undefined : `status ${outcome.status}`,
          outcome.flag === undefined || outcome.flag === '' ? undefined : `response flag ${outcome.flag}`,
          outcome.rule,
          outcome.cluster,
        ]
          .filter((part) => part !== undefined)
          .join(' · ')}
      </p>
    </div>
  );
}

function StepRow({ step, rule }: { readonly step: Step; readonly rule: string }): ReactElement {
  return (
    <li
      className={`step ${step.verdict}${step.stage === 'cluster' && step.verdict === 'not-matched' ? ' failed' : ''}${DECIDING.has(step.stage) ? ' deciding' : ''}`}
    >
      <span>{step.stage.replace('-', ' ')}</span>
      <span className="verdict">
        {VERDICTS[step.verdict]}
        {step.probability !== undefined && step.probability < 1 && ` ${percent(step.probability)}`}
      </span>
      <span className="reason break">
        {step.name !== undefined && <span className="mono">{step.name} </span>}
        {step.reason}
        {rule !== '' && <span> It asks that {rule}.</span>}
        {step.source !== undefined && <span className="muted"> Set by {step.source === 'default' ? 'the default' : step.source}.</span>}
        {step.file !== undefined && step.file !== '' && (
          <>
            {' '}
            <FileLink file={step.file} line={step.line} />
          </>
        )}
        {step.happened === true && <span className="good"> This is what happened.</span>}
      </span>
      {step.endpoints !== undefined && step.endpoints.length > 0 && (
        <ul className="endpoints">
          {step.endpoints.map((e) => (
            <li key={e.address}>
              <span className="mono">{e.address}</span> {e.workload} {e.locality}:{' '}
              {e.ejected === true ? 'ejected' : e.unresolved === true ? 'no address' : e.health}
              {!e.usable && e.ejected !== true && e.health === 'healthy' && ', takes no requests'}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
