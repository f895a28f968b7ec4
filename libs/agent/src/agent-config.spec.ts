import { describe, expect, it } from '@jest/globals';
import { parseAgentConfig } from './agent-config';
import { validAgentConfig } from './testing';

describe('parseAgentConfig', () => {
  it('fills in what may be left out', () => {
    const { clusterId: _c, trustDomain: _t, drainMs: _d, labels: _l, annotations: _a, ...least } = validAgentConfig();
    expect(parseAgentConfig(least, 'agent.json')).toMatchObject({
      clusterId: 'Kubernetes',
      trustDomain: 'cluster.local',
      drainMs: 5000,
      labels: {},
      annotations: {},
    });
  });

  it('keeps a whole configuration as it is', () => {
    const config = validAgentConfig({
      interception: {
        mode: 'NONE',
        portMap: { inbound: { '9080': { listen: 21001, app: 31001 } }, outbound: { 'a.b:80': 22001 }, httpProxy: 22000 },
      },
    });
    expect(parseAgentConfig(JSON.parse(JSON.stringify(config)), 'agent.json')).toEqual(config);
  });

  const refused: readonly { name: string; change: Record<string, unknown>; message: string }[] = [
    { name: 'an unknown role', change: { role: 'waypoint' }, message: 'role must be one of sidecar, router, found "waypoint"' },
    { name: 'a missing pod', change: { pod: undefined }, message: 'pod must be a string, found nothing' },
    {
      name: 'a port out of range',
      change: { ports: { admin: 70_000 } },
      message: 'ports.admin must be a port from 1 to 65535, found 70000',
    },
    { name: 'a label that is no text', change: { labels: { app: 1 } }, message: 'labels.app must be a string, found 1' },
    { name: 'an Envoy without a binary', change: { proxy: { kind: 'envoy' } }, message: 'proxy.binary must be a string, found nothing' },
    {
      name: 'a port map with a bad port',
      change: { interception: { mode: 'NONE', portMap: { inbound: {}, outbound: { 'a:1': 'x' } } } },
      message: 'interception.portMap.outbound.a:1 must be a number, found "x"',
    },
  ];
  it.each(refused)('refuses $name', ({ change, message }) => {
    expect(() => parseAgentConfig({ ...validAgentConfig(), ...change }, 'agent.json')).toThrow(
      `Cannot use agent configuration "agent.json": ${message}`,
    );
  });
});
