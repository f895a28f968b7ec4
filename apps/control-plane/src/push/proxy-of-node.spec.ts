import { describe, expect, it } from '@jest/globals';
import { create, type JsonObject } from '@bufbuild/protobuf';
import { buildMeshSnapshot } from '@lateen/mesh';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { type Node, NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { type Caller } from '@lateen/xds/server';
import { parseNodeId, proxyOfNode } from './proxy-of-node';

const instance: WorkloadInstance = {
  name: 'web-1',
  namespace: 'shop',
  workload: 'web',
  kind: 'sidecar',
  address: '10.0.0.1',
  labels: { app: 'web' },
  annotations: {},
  serviceAccount: 'web',
  ports: [],
  locality: { region: 'r', zone: 'z', subZone: '' },
  ready: true,
};
const snapshot = buildMeshSnapshot({ resources: [], registry: buildRegistry({ resources: [], workloads: [instance] }) });
const nobody: Caller = { via: 'none' };

const node = (metadata: JsonObject = {}, id = 'sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local'): Node =>
  create(NodeSchema, { id, metadata });

describe('parseNodeId', () => {
  it.each([
    {
      id: 'sidecar~10.0.0.1~web-1.shop~shop.svc.cluster.local',
      want: { type: 'sidecar', ip: '10.0.0.1', pod: 'web-1', namespace: 'shop' },
    },
    { id: 'router~::1~gw.v2-1.front~front.svc.cluster.local', want: { type: 'router', ip: '::1', pod: 'gw.v2-1', namespace: 'front' } },
    { id: 'waypoint~10.0.0.1~a.b~c', want: undefined },
    { id: 'sidecar~~a.b~c', want: undefined },
    { id: 'envoy', want: undefined },
  ])('$id', ({ id, want }) => expect(parseNodeId(id)).toEqual(want));
});

describe('proxyOfNode', () => {
  it('takes from the registry what it knows of the workload, whatever the node says', () => {
    const proxy = proxyOfNode(
      node({ LABELS: { app: 'other' }, SERVICE_ACCOUNT: 'root', WORKLOAD_NAME: 'x' }),
      nobody,
      snapshot,
      'Kubernetes',
    );
    expect(proxy).toMatchObject({
      type: 'sidecar',
      name: 'web-1',
      namespace: 'shop',
      labels: { app: 'web' },
      workload: 'web',
      serviceAccount: 'web',
      locality: { region: 'r', zone: 'z' },
      clusterId: 'Kubernetes',
      interception: { mode: 'REDIRECT' },
    });
  });

  it('takes the rest from the node', () => {
    const ports = { inbound: {}, outbound: { 'a:80': 1 } };
    const of = create(NodeSchema, {
      id: 'sidecar~127.0.0.1~new-1.shop~x',
      metadata: { LABELS: { app: 'new' }, INTERCEPTION_MODE: 'NONE', LATEEN_PORTS: ports, CLUSTER_ID: 'c2' },
      extensions: [{ name: 'istio.stats' }],
    });
    expect(proxyOfNode(of, nobody, snapshot, 'Kubernetes')).toMatchObject({
      labels: { app: 'new' },
      serviceAccount: 'default',
      clusterId: 'c2',
      interception: { mode: 'NONE', ports },
      extensions: new Set(['istio.stats']),
    });
  });

  const own: Caller = { via: 'token', namespace: 'shop', serviceAccount: 'web', pod: 'web-1' };
  it.each([
    { name: 'its own token', caller: own, want: undefined },
    {
      name: 'its own certificate, which names no pod',
      caller: { via: 'certificate', namespace: 'shop', serviceAccount: 'web' } as Caller,
      want: undefined,
    },
    { name: 'a token of another namespace', caller: { ...own, namespace: 'default' }, want: /namespace "default", not "shop"/ },
    { name: 'a token of another service account', caller: { ...own, serviceAccount: 'db' }, want: /service account "db", not "web"/ },
    { name: 'a token of another pod', caller: { ...own, pod: 'web-2' }, want: /pod "web-2", not "web-1"/ },
  ])('checks who is there: $name', ({ caller, want }) => {
    const serve = (): unknown => proxyOfNode(node({ SERVICE_ACCOUNT: 'web' }), caller, snapshot, 'Kubernetes');
    if (want === undefined) expect(serve).not.toThrow();
    else expect(serve).toThrow(want);
  });

  it('refuses a node it cannot read', () => {
    expect(() => proxyOfNode(node({}, 'envoy'), nobody, snapshot, 'Kubernetes')).toThrow(/Cannot serve node "envoy"/);
  });
});
