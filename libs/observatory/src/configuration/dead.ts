import { type DeadPart } from '@lateen/observation';
import { type AnyResource, positionOf } from '@lateen/config';
import { count, isNew, newText } from './effects';
import { type PartReach, type ResourceReach } from './reach';
import { type Shadows } from './shadows';

/** What one resource is judged by. */
export interface DeadInputs {
  readonly resource: AnyResource;
  readonly reach: ResourceReach;
  readonly shadows: Shadows;
  readonly appliedAtMs: number;
  /** Since when it is judged: reach is of that time. Milliseconds since the epoch. */
  readonly judgedSinceMs: number;
  readonly nowMs: number;
}

/** Kinds of which the whole counts as a part of its own when nothing of it was reached. */
const WHOLE: ReadonlySet<string> = new Set(['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry']);

/**
 * What of a resource no request has reached since it is judged: the whole when that is all of it, else its parts,
 * rules before their matches. How many requests could have is said with each: without any, and of less than two reports
 * of proxies, silence proves nothing.
 */
export function deadPartsOf({ resource, reach, shadows, appliedAtMs, judgedSinceMs, nowMs }: DeadInputs): readonly DeadPart[] {
  const { kind, metadata } = resource;
  const name = { kind, namespace: metadata.namespace, name: metadata.name, appliedAtMs, judgedSinceMs };
  const counting = { countedSinceMs: judgedSinceMs, nowMs };
  const early = isNew(counting) ? { candidates: 0, reason: newText(counting) } : {};
  const dead = (path: string, candidates: number, reason: string): DeadPart => {
    const { file, line } = positionOf(resource, path === '' ? 'metadata' : `spec.${path}`);
    return { ...name, path, file, line: path === '' ? resource.origin.line : line, candidates, reason, ...early };
  };
  // What is not in effect, or not counted, is not told as dead.
  if (reach.whole.requests === 0 && reach.uncounted.length === 0 && shadows.size === 0 && WHOLE.has(kind))
    return [dead('', reach.whole.candidates, reasonOf(reach.whole, kind))];
  const unreached = reach.parts.filter(({ requests }) => requests === 0);
  const rules = new Set(unreached.map(({ path }) => path));
  return unreached
    .filter(({ path }) => !path.includes('.match[') || !rules.has(path.slice(0, path.indexOf('.'))))
    .map((part) => dead(part.path, part.candidates, shadows.get(part.path) ?? reasonOf(part, kind)));
}

function reasonOf({ candidates, unit }: Omit<PartReach, 'path'>, kind: string): string {
  if (candidates === 0)
    return kind === 'Gateway'
      ? 'no request came to its port for its hosts'
      : 'nothing asked for its hosts, so there was nothing to judge by';
  switch (kind) {
    case 'VirtualService':
      return `${count(candidates, unit)} for its hosts, none met its conditions`;
    case 'DestinationRule':
      return `${count(candidates)} for its host, none was sent to this subset`;
    case 'Gateway':
      return `${count(candidates)} came to its port, none for its hosts`;
    default:
      return `${count(candidates)} could have reached it, none did`;
  }
}
