import { describe, expect, it } from '@jest/globals';
import { type AppsFile } from '../apps-file/parse-apps-file';
import { hasIngressGateway, planWorkloads } from './deployments';
import { type KubernetesObject } from './kubernetes';
import { selectWorkload } from './selector';
import { type WorkloadSpec } from './workload';

const app = { command: ['node', 'main.mjs'] as const, directory: '/app', environment: {} };
const apps: AppsFile = { images: { reviews: app } };

/** A Deployment `reviews-v1` of image `reviews:1`, but for what the case changes. */
function deployment(
  change: { metadata?: object; template?: object; containers?: readonly object[]; replicas?: number } = {},
): KubernetesObject {
  return {
    kind: 'Deployment',
    metadata: { name: 'reviews-v1', ...change.metadata },
    spec: {
      replicas: change.replicas,
      template: {
        metadata: { labels: { app: 'reviews' }, ...change.template },
        spec: { containers: change.containers ?? [{ image: 'acme/reviews:1', ports: [{ containerPort: 9080 }] }] },
      },
    },
  };
}

const planned: WorkloadSpec = {
  pod: 'reviews-v1-0',
  namespace: 'default',
  workload: 'reviews-v1',
  ordinal: 0,
  role: 'sidecar',
  serviceAccount: 'default',
  labels: { app: 'reviews' },
  annotations: {},
  ports: [{ name: undefined, containerPort: 9080 }],
  environment: [],
  app,
  transient: false,
};

describe('planWorkloads', () => {
  it.each<{ name: string; object: KubernetesObject; want: readonly WorkloadSpec[] }>([
    { name: 'one replica by default, with a sidecar', object: deployment(), want: [planned] },
    {
      name: 'a replica each, numbered',
      object: deployment({ replicas: 2 }),
      want: [planned, { ...planned, pod: 'reviews-v1-1', ordinal: 1 }],
    },
    { name: 'no replicas', object: deployment({ replicas: 0 }), want: [] },
    {
      name: 'no sidecar where a label says so',
      object: deployment({ template: { labels: { 'sidecar.istio.io/inject': 'false' } } }),
      want: [{ ...planned, role: 'none', labels: { 'sidecar.istio.io/inject': 'false' } }],
    },
    {
      name: 'an ingress gateway by label, which runs no app',
      object: deployment({ template: { labels: { istio: 'ingressgateway' } }, containers: [{ image: 'auto' }] }),
      want: [{ ...planned, role: 'router', labels: { istio: 'ingressgateway' }, ports: [], app: undefined }],
    },
    {
      name: 'a gateway by injection template',
      object: deployment({
        template: { labels: {}, annotations: { 'inject.istio.io/templates': 'gateway' } },
        containers: [{ image: 'auto' }],
      }),
      want: [
        { ...planned, role: 'router', labels: {}, annotations: { 'inject.istio.io/templates': 'gateway' }, ports: [], app: undefined },
      ],
    },
    {
      name: 'values and field references of the container',
      object: deployment({
        containers: [
          {
            image: 'reviews',
            env: [
              { name: 'A', value: '1' },
              { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
          },
        ],
      }),
      want: [
        {
          ...planned,
          ports: [],
          environment: [
            { name: 'A', value: '1' },
            { name: 'POD', fieldPath: 'metadata.name' },
          ],
        },
      ],
    },
  ])('$name', ({ object, want }) => expect(planWorkloads([object], apps).workloads).toEqual(want));

  it('leaves out an image that lateen.yaml does not name, and says so', () => {
    expect(planWorkloads([deployment({ containers: [{ image: 'other:1' }] })], apps)).toEqual({
      workloads: [],
      idle: [{ namespace: 'default', name: 'reviews-v1', reason: 'lateen.yaml has no command for image "other:1"' }],
      services: [],
    });
  });

  it('knows the ports of services', () => {
    const service = {
      kind: 'Service',
      metadata: { name: 'reviews', namespace: 'shop' },
      spec: { ports: [{ port: 9080 }, { port: 53, protocol: 'UDP' }] },
    };
    expect(planWorkloads([service], apps).services).toEqual([
      { name: 'reviews', namespace: 'shop', host: 'reviews.shop.svc.cluster.local', port: 9080 },
    ]);
  });
});

describe('hasIngressGateway', () => {
  it.each([
    { name: 'no gateway', object: deployment(), want: false },
    { name: 'an ingress gateway', object: deployment({ template: { labels: { istio: 'ingressgateway' } } }), want: true },
    { name: 'only an egress gateway', object: deployment({ template: { labels: { istio: 'egressgateway' } } }), want: false },
  ])('$name', ({ object, want }) => expect(hasIngressGateway([object])).toBe(want));
});

describe('selectWorkload', () => {
  const all = [
    planned,
    { ...planned, pod: 'reviews-v1-1', ordinal: 1 },
    { ...planned, namespace: 'istio-system', workload: 'gw', pod: 'gw-0' },
  ];
  it.each([
    { text: 'reviews-v1', want: 'reviews-v1-0' },
    { text: 'reviews-v1-1', want: 'reviews-v1-1' },
    { text: 'default/reviews-v1', want: 'reviews-v1-0' },
    { text: 'gw', want: 'gw-0' },
    { text: 'istio-system/gw', want: 'gw-0' },
    { text: 'default/gw', want: undefined },
    { text: 'reviews-v1-2', want: undefined },
  ])('$text → $want', ({ text, want }) => expect(selectWorkload(all, text)?.pod).toBe(want));
});
