import { expect, it } from '@jest/globals';
import { type Trouble } from '@lateen/observation';
import { type AskedRestart } from '../workloads/restart-words';
import { pillOf } from './pill';
import { node } from './testing';

const trouble = (rest: Partial<Trouble> = {}): Trouble => ({
  workload: node('ratings-v1').workload,
  pod: 'ratings-v1-0',
  sinceMs: 1,
  cause: { code: 'app_ended', short: '', sentence: '', evidence: [] },
  ...rest,
});
const asked: AskedRestart = { atMs: 1, pids: [7] };

it.each<[string, boolean, Trouble | undefined, AskedRestart | undefined, ReturnType<typeof pillOf>]>([
  ['runs', true, undefined, undefined, { text: 'running', tone: 'good' }],
  ['does not run', false, undefined, undefined, { text: 'not running', tone: 'bad' }],
  ['is being restarted by this page', false, undefined, asked, { text: 'restarting', tone: 'warn' }],
  ['is being restarted by somebody else', false, trouble({ restarting: true }), undefined, { text: 'restarting', tone: 'warn' }],
  ['was restarted', true, undefined, { ...asked, doneAtMs: 2 }, { text: 'running', tone: 'good' }],
  ['could not be restarted', false, undefined, { ...asked, refusal: 'No.' }, { text: 'not running', tone: 'bad' }],
  ['ended', false, trouble(), undefined, { text: 'app ended', tone: 'bad' }],
  ['ended and is back', true, trouble({ overAtMs: 2 }), undefined, { text: 'app ended, is back', tone: '' }],
])('says of one that %s', (_, running, given, restart, want) => expect(pillOf({ running }, given, restart)).toEqual(want));
