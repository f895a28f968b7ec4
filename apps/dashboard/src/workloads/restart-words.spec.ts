import { describe, expect, it } from '@jest/globals';
import { type Trouble, type WorkloadView } from '@lateen/observation';
import { type AskedRestart, hasRestarted, restartHelps, restartInterrupts, restartWords } from './restart-words';

const pod: WorkloadView = {
  name: 'ratings-v1',
  namespace: 'default',
  app: 'ratings',
  version: 'v1',
  pod: 'ratings-v1-0',
  kind: 'sidecar',
  address: '10.44.1.7',
  serviceAccount: 'ratings',
  labels: {},
  identity: '',
  state: 'running',
  pid: 7,
};
const trouble = (code: string): Trouble => ({
  workload: pod,
  pod: pod.pod,
  sinceMs: 1,
  cause: { code, short: '', sentence: '', evidence: [] },
});
const asked: AskedRestart = { atMs: 1, pids: [7] };

describe('a restart', () => {
  it.each<[string, Trouble, readonly WorkloadView[], boolean]>([
    ['helps one that does not answer', trouble('app_not_answering'), [pod], true],
    ['is nothing to offer where nobody supervises', trouble('app_not_answering'), [{ ...pod, state: 'unknown' }], false],
    ['is nothing to offer for what is not there', trouble('app_not_answering'), [{ ...pod, namespace: 'other' }], false],
    ['helps one that ended', trouble('app_ended'), [{ ...pod, lastExit: { how: 'exit 1', atMs: 1, wanted: false } }], true],
    [
      'does nothing for one that is back',
      trouble('app_ended'),
      [{ ...pod, lastExit: { how: 'exit 1', atMs: 1, readyAtMs: 2, wanted: false } }],
      false,
    ],
    ['says nothing of other troubles', trouble('proxy_rejects'), [pod], false],
  ])('%s', (_, one, workloads, want) => expect(restartHelps(one, workloads)).toBe(want));

  it.each<[string, readonly WorkloadView[], readonly Trouble[], boolean]>([
    ['interrupts one that is healthy', [pod], [], true],
    ['interrupts one that is back', [pod], [{ ...trouble('app_ended'), overAtMs: 2 }], true],
    ['interrupts the other pod of one that hangs', [pod, { ...pod, pod: 'ratings-v1-1' }], [trouble('app_not_answering')], true],
    ['interrupts nothing where it does not answer', [pod], [trouble('app_not_answering')], false],
    ['interrupts nothing that is held', [{ ...pod, suspended: true }], [], false],
    ['interrupts nothing that has stopped', [{ ...pod, state: 'stopped' }], [], false],
    ['interrupts nothing where nothing runs', [], [], false],
  ])('%s', (_, pods, troubles, want) => expect(restartInterrupts(pods, troubles)).toBe(want));

  it.each<[string, readonly WorkloadView[], boolean]>([
    ['is not done while the old process is there', [pod], false],
    ['nor while the new one starts', [{ ...pod, pid: 8, state: 'starting' }], false],
    ['nor before there is one', [{ ...pod, pid: undefined }], false],
    ['nor before all pods have one', [{ ...pod, pid: 8 }, pod], false],
    ['is done when another runs', [{ ...pod, pid: 8 }], true],
    ['is not done where nothing is known', [], false],
  ])('%s', (_, pods, want) => expect(hasRestarted(asked, pods)).toBe(want));

  it.each<[string, AskedRestart | undefined, ReturnType<typeof restartWords>]>([
    ['nothing before', undefined, { text: '', bad: false }],
    ['why not', { ...asked, refusal: 'No.' }, { text: 'No.', bad: true }],
  ])('says %s', (_, given, want) => expect(restartWords(given)).toEqual(want));
  it('says since when it restarts', () =>
    expect(restartWords({ ...asked, atMs: new Date(2026, 0, 1, 9, 5, 7).getTime() })).toEqual({
      text: 'Restarting since 09:05:07…',
      bad: false,
    }));
  it('says since when it runs again', () =>
    expect(restartWords({ ...asked, doneAtMs: new Date(2026, 0, 1, 9, 5, 7).getTime() }).text).toBe(
      'Restarted; running again since 09:05:07.',
    ));
});
