import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../process/run-command';
import { Registration, type RegisteredWorkload } from '../supervisor/registration';
import { ExplicitInterception } from './explicit';
import { captureRules } from './nft-rules';
import { chooseInterception, probeNamespaces } from './probe';

const services = [
  { name: 'reviews', namespace: 'default', host: 'reviews.default.svc.cluster.local', port: 9080 },
  { name: 'reviews', namespace: 'other', host: 'reviews.other.svc.cluster.local', port: 80 },
  { name: 'my-api', namespace: 'other', host: 'my-api.other.svc.cluster.local', port: 80 },
];

describe('ExplicitInterception', () => {
  it('gives every listener a port of its own and tells the app', async () => {
    const interception = await ExplicitInterception.create('seed', {});
    const network = await interception.attach(
      { pod: 'a-0', namespace: 'default', role: 'sidecar', ports: [{ containerPort: 9080 }] },
      services,
    );
    const { capture, proxyPorts } = network;
    if (capture.mode !== 'NONE') throw new Error('explicit interception captured');
    const { inbound, outbound, httpProxy } = capture.portMap;
    const all = [
      ...Object.values(proxyPorts),
      ...Object.values(inbound).flatMap((p) => [p.app, p.listen]),
      ...Object.values(outbound),
      httpProxy,
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(network.appPort(9080)).toBe(inbound['9080']?.app);
    expect(network.endpointPort(9080)).toBe(inbound['9080']?.listen);
    const local = String(outbound['reviews.default.svc.cluster.local:9080']);
    expect(network.appEnvironment(services)).toMatchObject({
      REVIEWS_HOSTNAME: '127.0.0.1',
      REVIEWS_SERVICE_PORT: local,
      MY_API_SERVICE_PORT: String(outbound['my-api.other.svc.cluster.local:80']),
      HTTP_PROXY: `http://127.0.0.1:${httpProxy ?? 0}`,
    });
  });

  it('puts peers of a workload without a sidecar straight onto its app', async () => {
    const interception = await ExplicitInterception.create('seed', {});
    const network = await interception.attach(
      { pod: 'a-0', namespace: 'default', role: 'none', ports: [{ containerPort: 9080 }] },
      services,
    );
    expect(network.endpointPort(9080)).toBe(network.appPort(9080));
    expect(network.appEnvironment(services)).toEqual({});
  });
});

describe('chooseInterception', () => {
  const yes = () => Promise.resolve({ available: true as const, unshare: ['unshare', '-n'] as const, how: 'as root' });
  const no = () => Promise.resolve({ available: false as const, reason: 'refused' });
  it.each([
    {
      wanted: 'auto' as const,
      probe: yes,
      want: {
        kind: 'namespace',
        unshare: ['unshare', '-n'],
        reason: 'available here (as root): a network per workload, traffic captured by nftables',
      },
    },
    {
      wanted: 'auto' as const,
      probe: no,
      want: { kind: 'explicit', reason: 'namespaces are not available (refused): each app is told local ports by environment' },
    },
    {
      wanted: 'explicit' as const,
      probe: yes,
      want: { kind: 'explicit', reason: 'asked for: each app is told local ports by environment' },
    },
  ])('$wanted → $want.kind', async ({ wanted, probe, want }) => expect(await chooseInterception(wanted, probe)).toEqual(want));

  it('refuses what was asked for and cannot be had', async () => {
    await expect(chooseInterception('namespace', no)).rejects.toThrow('Cannot use namespace interception: refused');
  });
});

describe('captureRules', () => {
  it('are rules that nft takes, where nft can be tried', async () => {
    const probe = await probeNamespaces(process.platform, process.getuid?.() === 0);
    if (!probe.available) return;
    const rules = captureRules({
      podAddress: '10.44.0.10',
      switchAddress: '10.44.0.1',
      dnsAddress: '10.96.0.10',
      outboundPort: 15_001,
      inboundPort: 15_006,
      dnsPort: 15_053,
      directPorts: [15_008, 15_021],
    });
    expect(await runCommand([...probe.unshare, 'nft', '-f', '-'], { input: rules })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('Registration', () => {
  it('sends one list at a time, the newest last', async () => {
    const sent: number[] = [];
    let current: readonly RegisteredWorkload[] = [];
    const registration = new Registration(
      () => current,
      async (list) => {
        await Promise.resolve();
        sent.push(list.length);
      },
    );
    const workload: RegisteredWorkload = {
      name: 'a',
      namespace: 'd',
      workload: 'a',
      kind: 'none',
      address: '',
      labels: {},
      annotations: {},
      serviceAccount: 'default',
      ports: [],
      ready: true,
    };
    const first = registration.update();
    current = [workload];
    const second = registration.update();
    await Promise.all([first, second]);
    expect(sent.at(-1)).toBe(1);
  });

  it('tells everyone who waits when it fails, and tries again when asked', async () => {
    let broken = true;
    const registration = new Registration(
      () => [],
      () => (broken ? Promise.reject(new Error('down')) : Promise.resolve()),
    );
    await expect(registration.update()).rejects.toThrow('down');
    broken = false;
    await expect(registration.update()).resolves.toBeUndefined();
  });
});
