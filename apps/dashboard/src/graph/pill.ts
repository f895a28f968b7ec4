import { type GraphNode, type Trouble } from '@lateen/observation';
import { type AskedRestart, isUnderWay } from '../workloads/restart-words';
import { isOver, troubleWord } from './problems';

/** How a workload stands, in a word or two. */
export function pillOf(
  { running }: Pick<GraphNode, 'running'>,
  trouble: Trouble | undefined,
  asked: AskedRestart | undefined,
): { readonly text: string; readonly tone: 'good' | 'warn' | 'bad' | '' } {
  if ((asked !== undefined && isUnderWay(asked)) || trouble?.restarting === true) return { text: 'restarting', tone: 'warn' };
  if (trouble !== undefined) return { text: troubleWord(trouble), tone: isOver(trouble) ? '' : 'bad' };
  return running ? { text: 'running', tone: 'good' } : { text: 'not running', tone: 'bad' };
}
