import { describe, expect, it } from '@jest/globals';
import { indexConfiguration } from '@lateen/analysis';
import { resourcesFrom } from '@lateen/config/testing';
import { type MeshStatus, type ProcessStatus, type WorkloadStatus } from '@lateen/local';
import { buildMeshSnapshot } from '@lateen/mesh';
import { type SilentProxyApp } from '@lateen/observatory';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { AppProcesses } from './app-processes';
import { reportingProxy } from './mesh-facts';
import { troublesOf } from './troubles';

const T = 1_700_000_000_000;
const POD: WorkloadInstance = {
  name: 'ratings-v1-0',
  namespace: 'default',
  workload: 'ratings-v1',
  kind: 'sidecar',
  address: '10.44.1.7',
  labels: { app: 'ratings', version: 'v1' },
  annotations: {},
  serviceAccount: 'ratings',
  ports: [{ containerPort: 9080 }],
  ready: true,
};
const SERVICE =
  '{apiVersion: v1, kind: Service, metadata: {name: ratings, namespace: default}, spec: {selector: {app: ratings}, ports: [{name: http, port: 9080}]}}';
const resources = resourcesFrom(SERVICE);
const snapshot = buildMeshSnapshot({ resources, registry: buildRegistry({ resources, workloads: [POD] }) });
const configuration = indexConfiguration(resources);
const SILENT: SilentProxyApp = {
  proxy: reportingProxy(POD, 'cluster.local'),
  port: 9080,
  waiting: 2,
  silentMs: 12_000,
  toldAtMs: T + 58_000,
};

function statusOf(app: Partial<ProcessStatus>): MeshStatus {
  const workload: WorkloadStatus = {
    pod: 'ratings-v1-0',
    namespace: 'default',
    workload: 'ratings-v1',
    role: 'sidecar',
    address: '127.0.0.1',
    ready: true,
    processes: [
      { name: 'default/ratings-v1-0 app', state: 'running', restarts: 0, exits: [], ...app },
      { name: 'default/ratings-v1-0 proxy', state: 'running', restarts: 1, exits: [{ how: 'exit 1', atMs: T, wanted: false }] },
    ],
    ports: [{ containerPort: 9080, appPort: 28_609, endpointPort: 28_610 }],
    labels: {},
    serviceAccount: 'ratings',
  };
  return { controlPlane: { name: 'control plane', state: 'running', restarts: 0, exits: [] }, workloads: [workload], idle: [] };
}

/** `SINCE_SECONDS CODE: SENTENCE` of each. */
const told = (silent: readonly SilentProxyApp[], status?: MeshStatus): readonly string[] =>
  troublesOf({ snapshot, configuration, silent, status, nowMs: T + 60_000 }).map(
    ({ workload, sinceMs, cause }) => `${workload.app} ${(T + 60_000 - sinceMs) / 1000} ${cause.code}: ${cause.sentence}`,
  );
const KILLED = { how: 'SIGKILL', atMs: T + 52_000, wanted: false };

describe('troubles', () => {
  it.each<[string, readonly SilentProxyApp[], MeshStatus | undefined, readonly RegExp[]]>([
    ['none while all is well', [], statusOf({}), []],
    ['none where nobody supervises and all answer', [], undefined, []],
    [
      'an app that hangs',
      [SILENT],
      statusOf({}),
      [/^ratings 12 app_not_answering: .* 2 calls waiting, none answered for 12 s: it accepts/],
    ],
    ['one that hangs where nobody supervises', [SILENT], undefined, [/app_not_answering: .*: it accepts connections but does not answer/]],
    ['one that is held', [SILENT], statusOf({ suspended: true }), [/app_not_answering: .*: its process is held by a signal/]],
    [
      'an app that ended, not a proxy',
      [],
      statusOf({ state: 'backing off', exits: [KILLED] }),
      [/^ratings 8 app_ended: ratings-v1's application ended with signal SIGKILL 8 s ago, and is being started again\.$/],
    ],
    [
      'one that is back, until it has been for a minute',
      [],
      statusOf({ exits: [{ ...KILLED, readyAtMs: T + 53_000 }] }),
      [/app_ended: .* 8 s ago, and has been running again for 7 s\.$/],
    ],
    [
      'one that was restarted while it is not back',
      [],
      statusOf({ state: 'starting', exits: [{ ...KILLED, wanted: true }] }),
      [/was restarted 8 s ago/],
    ],
    ['one that ended after its proxy told that it hung', [SILENT], statusOf({ exits: [{ ...KILLED, atMs: T + 59_000 }] }), [/app_ended/]],
    ['both, the older first', [SILENT], statusOf({ exits: [KILLED] }), [/app_not_answering/, /app_ended/]],
  ])('%s', (_, silent, status, want) => expect(told(silent, status)).toEqual(want.map((line) => expect.stringMatching(line))));

  it('say since when they are over', () => {
    const overSince = (exits: readonly object[]): readonly (number | undefined)[] =>
      troublesOf({ snapshot, configuration, silent: [], status: statusOf({ exits } as never), nowMs: T + 60_000 }).map(
        ({ overAtMs }) => overAtMs,
      );
    expect([overSince([KILLED]), overSince([{ ...KILLED, readyAtMs: T + 53_000 }])]).toEqual([[undefined], [T + 53_000]]);
  });

  it('offer a timeout to callers of a service', () =>
    expect(troublesOf({ snapshot, configuration, silent: [SILENT], status: undefined, nowMs: T })[0]?.cause.patch?.yaml).toContain(
      '- ratings',
    ));
});

describe('AppProcesses', () => {
  it('knows who ended, where others reached it', async () => {
    const apps = new AppProcesses(() => Promise.resolve(statusOf({ exits: [KILLED] })));
    expect(apps.ends).toEqual([]);
    await apps.refresh();
    expect(apps.ends).toMatchObject([
      { ...KILLED, workload: 'ratings-v1', pod: 'ratings-v1-0', addresses: ['127.0.0.1:28610'], moment: '2023-11-14T22:14:12.000Z' },
    ]);
  });

  it('answers nobody with what was asked before them, and asks once for all who wait', async () => {
    const answers: ((status: MeshStatus) => void)[] = [];
    const apps = new AppProcesses(() => new Promise((resolve) => answers.push(resolve)));
    const first = apps.refresh();
    const later = [apps.refresh(), apps.refresh()];
    answers[0]!(statusOf({}));
    expect((await first)?.workloads[0]?.processes[0]?.exits).toEqual([]);
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    answers[1]!(statusOf({ exits: [KILLED] }));
    for (const one of later) expect((await one)?.workloads[0]?.processes[0]?.exits).toEqual([KILLED]);
    expect(apps.ends).toHaveLength(1);
  });

  it('goes on after a question that failed', async () => {
    let asked = 0;
    const apps = new AppProcesses(() =>
      asked++ === 0 ? Promise.reject(new Error('gone')) : Promise.resolve(statusOf({ exits: [KILLED] })),
    );
    const both = [apps.refresh(), apps.refresh()];
    await expect(both[0]).rejects.toThrow('gone');
    await both[1];
    expect(apps.ends).toHaveLength(1);
  });
});

it.each<[string, ProcessStatus['exits'][number], object]>([
  ['was asked to restart', { ...KILLED, wanted: true }, { restarting: true }],
  ['ended by itself', KILLED, {}],
  ['ended by itself, and is back', { ...KILLED, readyAtMs: T + 59_000 }, { overAtMs: T + 59_000 }],
])('tells how one stands that %s', (_, exit, want) => {
  const [trouble] = troublesOf({ snapshot, configuration, silent: [], status: statusOf({ exits: [exit] }), nowMs: T + 60_000 });
  const { overAtMs, restarting } = trouble!;
  expect({ ...(overAtMs === undefined ? {} : { overAtMs }), ...(restarting === undefined ? {} : { restarting }) }).toEqual(want);
});
