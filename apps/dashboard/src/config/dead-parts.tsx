import { type ReactElement } from 'react';
import { type DeadPart } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { clockTime, count } from '../lib/format';
import { hrefOf } from '../lib/location';
import { Empty, Loaded } from '../ui/states';
import { FileLink } from './file-link';

/** Answer of `GET /api/dead`. */
interface DeadAnswer {
  readonly dead: readonly DeadPart[];
  readonly judgedSinceMs: number;
}

/** Rules, subsets and resources that no request reached since they were applied. */
export function DeadParts(): ReactElement {
  const polled = usePoll<DeadAnswer>('/api/dead', 10_000);
  return (
    <Loaded polled={polled} what="what no request reached">
      {({ dead, judgedSinceMs }) =>
        dead.length === 0 ? (
          <Empty title="Requests reached every rule" />
        ) : (
          <section aria-label="Not reached by any request">
            <p className="kind-head muted">
              {count(dead.length, 'part')} that no request reached since {clockTime(judgedSinceMs, false)}
            </p>
            <ul>
              {dead.map((part) => (
                <li key={`${part.kind}/${part.namespace}/${part.name}/${part.path}`} className="resource">
                  <a
                    className="break"
                    href={hrefOf(['configuration', part.kind, part.namespace, part.name], { part: part.path, state: 'dead' })}
                  >
                    {part.kind} <span className="strong">{part.name}</span> {part.path}
                  </a>
                  <span className={part.candidates > 0 || part.certain === true ? 'warn' : 'muted'}>{part.reason}</span>
                  <FileLink file={part.file} line={part.line} />
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Loaded>
  );
}
