import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyze';
import { readConfiguration } from '../read/read-configuration';
import { summary } from '../testing/index';
import { indexConfiguration } from './configuration';
import { type RunningPod } from './workloads';

const TELEMETRY = `apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: {name: t, namespace: default}
spec: {selector: {matchLabels: {app: web}}}
`;
const DEPLOYMENT = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec: {template: {metadata: {labels: {app: other}}, spec: {containers: []}}}
`;
const running = (changes: Partial<RunningPod> = {}): RunningPod => ({
  namespace: 'default',
  workload: 'web',
  labels: { app: 'web' },
  annotations: { 'sidecar.istio.io/unheard-of': 'x' },
  kind: 'none',
  ports: [],
  ...changes,
});

describe('what runs without being written', () => {
  const missing = ['IST0101 Telemetry default/t spec.selector.matchLabels.app: selector, app=web'];
  it.each([
    { name: 'is selected', text: TELEMETRY, pods: [running()], want: [] },
    { name: 'has labels', text: TELEMETRY, pods: [running({ labels: { app: 'web2' } })], want: missing },
    { name: 'has a namespace', text: TELEMETRY, pods: [running({ namespace: 'shop' })], want: missing },
    { name: 'is as it is written where it is', text: TELEMETRY + DEPLOYMENT, pods: [running()], want: missing },
    { name: 'is nothing to complain of', text: '', pods: [running()], want: [] },
  ])('$name', ({ text, pods, want }) => {
    const { resources } = readConfiguration([{ name: 'a.yaml', text }]);
    expect(analyze(indexConfiguration(resources, { running: pods })).findings.map(summary)).toEqual(want);
  });
});
