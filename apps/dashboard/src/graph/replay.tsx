import { type ReactElement, useEffect, useState } from 'react';
import { clockTime, relative } from '../lib/format';
import { setParams } from '../lib/location';
import { MEMORY_S, replayRange, STEP_S } from './replay-range';

/** What is remembered as a slider: 15 minutes, or since the control plane started (`countedSinceMs`). `atMs` undefined: live. */
export function Replay({ atMs, countedSinceMs }: { readonly atMs?: number; readonly countedSinceMs?: number }): ReactElement {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const rangeS = replayRange(nowMs, countedSinceMs);
  const back = atMs === undefined ? 0 : Math.min(rangeS, Math.round((nowMs - atMs) / 1_000));
  const words = atMs === undefined ? 'Live' : `${clockTime(atMs, false)}, ${relative(atMs, nowMs)}`;
  const choose = (secondsAgo: number): void =>
    setParams({
      at: secondsAgo === 0 ? undefined : String(Math.round((Date.now() - secondsAgo * 1_000) / 1_000 / STEP_S) * STEP_S * 1_000),
    });
  return (
    <div className="replay" role="group" aria-label="Replay">
      {countedSinceMs === undefined || rangeS === MEMORY_S ? (
        <span className="muted">15 min ago</span>
      ) : (
        <span
          className="muted"
          title="What was seen is kept in the control plane’s memory: it started then, and knows nothing from before."
        >
          Since {clockTime(countedSinceMs, false)}
          <span className="wide-words">, when the control plane started</span>
        </span>
      )}
      <input
        type="range"
        min={-rangeS}
        max={0}
        step={STEP_S}
        value={-back}
        aria-label="Moment shown"
        aria-valuetext={words}
        onChange={(event) => choose(-Number(event.target.value))}
      />
      <span className="replay-now">{words}</span>
      {atMs !== undefined && (
        <button type="button" className="button" onClick={() => choose(0)}>
          Back to live
        </button>
      )}
    </div>
  );
}
