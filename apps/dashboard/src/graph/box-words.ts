import { type GraphNode } from '@lateen/observation';
import { percent } from '../lib/format';
import { isDown } from './model';

/** What is wrong with a box's workload, in a few words. */
export interface BoxState {
  readonly text: string;
  /** `calm`: it is over. */
  readonly tone: 'bad' | 'warn' | 'calm';
}

/** What a box says beside its name. */
export interface BoxWords {
  /** What is wrong now first; a box has room for two. */
  readonly words: readonly { readonly text: string; readonly tone: 'bad strong' | 'bad' | 'warn' | '' }[];
  /** Whether something is wrong now. */
  readonly bad: boolean;
  /** All of it, for whoever cannot see it, or sees it cut. */
  readonly label: string;
}

/** Kinds that are written into the box; a gateway's name says that it is one. */
const KIND_SHOWN: ReadonlySet<string> = new Set(['external', 'service']);
const KIND_WORDS = { workload: '', gateway: 'gateway', external: 'outside', unknown: '', service: 'service' } as const;

const ROOM = 2;
const TONES = { bad: 'bad strong', warn: 'warn', calm: '' } as const satisfies Record<BoxState['tone'], string>;

/** Words of a box. `mended`: none of its failures go on. */
export function boxWords({
  node,
  title,
  traffic,
  state: told,
  mended,
}: {
  readonly node: GraphNode;
  readonly title: string;
  readonly traffic: string;
  readonly state?: BoxState;
  readonly mended: boolean;
}): BoxWords {
  const { inbound } = node;
  const state: BoxState | undefined = told ?? (isDown(node) ? { text: 'not running', tone: 'bad' } : undefined);
  const kind = KIND_WORDS[node.kind];
  const errors = inbound.errors === 0 ? '' : `${percent(inbound.errorRatio)} errors${mended ? ', over' : ''}`;
  const numbers = state === undefined || inbound.requests > 0 ? traffic : '';
  const failures = { text: errors, tone: mended ? '' : 'bad' } as const;
  const received = { text: numbers, tone: '' } as const;
  const words: BoxWords['words'] = [
    { text: KIND_SHOWN.has(node.kind) ? kind : '', tone: '' },
    { text: state?.text ?? '', tone: state === undefined ? '' : TONES[state.tone] },
    ...(mended ? [received, failures] : [failures, received]),
  ];
  return {
    words: words.filter(({ text }) => text !== '').slice(0, ROOM),
    bad: (inbound.errors > 0 && !mended) || state?.tone === 'bad',
    label: [...new Set([title, node.workload.name, kind, state?.text ?? '', numbers, errors])].filter((text) => text !== '').join(', '),
  };
}
