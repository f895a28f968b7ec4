import { expect, it } from '@jest/globals';
import { type WorkloadView } from '@lateen/observation';
import { isUnderWay } from './restart-words';
import { Restarts } from './restarts';

const pod = (pid: number, state: WorkloadView['state'] = 'running'): WorkloadView => ({
  name: 'ratings-v1',
  namespace: 'default',
  app: 'ratings',
  version: 'v1',
  pod: 'ratings-v1-0',
  kind: 'sidecar',
  address: '',
  serviceAccount: '',
  labels: {},
  identity: '',
  state,
  pid,
});
const ID = 'default/ratings-v1';

it('a restart is under way until another process runs, and done from then on', () => {
  const restarts = new Restarts();
  let told = 0;
  restarts.subscribe(() => told++);
  restarts.note(ID, { atMs: 1, pids: [7] });
  const seen = [[], [pod(7)], [pod(8, 'starting')], [pod(8)], [pod(9)]].map((workloads, i) => {
    restarts.settle(workloads, 10 + i);
    return restarts.current().get(ID)?.doneAtMs;
  });
  expect([seen, told]).toEqual([[undefined, undefined, undefined, 13, 13], 2]);
});

it('one that was refused is not under way, and no process ends it', () => {
  const restarts = new Restarts();
  restarts.note(ID, { atMs: 1, pids: [7], refusal: 'No.' });
  restarts.settle([pod(8)], 10);
  expect([...restarts.current().values()].map((asked) => [isUnderWay(asked), asked.doneAtMs])).toEqual([[false, undefined]]);
});

it('remembers the last fifty', () => {
  const restarts = new Restarts();
  for (let i = 0; i < 60; i++) restarts.note(`default/w${i}`, { atMs: i, pids: [] });
  restarts.note('default/w20', { atMs: 99, pids: [] });
  const ids = [...restarts.current().keys()];
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([50, 'default/w10', 'default/w20']);
});
