import { describe, expect, it } from '@jest/globals';
import { type PortMap } from '@lateen/translate';
import { type Outcome } from './model';
import { ask, worldFrom } from './testing/mesh';

const PORTS: PortMap = {
  inbound: {},
  outbound: { 'api.default.svc.cluster.local:80': 21001 },
  httpProxy: 21000,
  gateway: { 8080: 31080, 8443: 31443 },
};
const SERVER_TLS = '{mode: SIMPLE, credentialName: shop}';
const MESH = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: default}
spec: {template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: default}
spec: {template: {metadata: {labels: {istio: ingressgateway}}, spec: {containers: [{name: c}]}}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}
  - port: {number: 8443, name: https, protocol: HTTPS}
    hosts: ["*"]
    tls: ${SERVER_TLS}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec: {hosts: ["*"], gateways: [front], http: [{directResponse: {status: 200}}]}
`;
const secret = (name: string, keys: string, namespace = 'default'): string =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: ${namespace}}\nstringData: {${keys}}\n`;
const GOOD = secret('shop', 'tls.crt: a, tls.key: b');

/** Where nothing is redirected: applications are told to go to ports of their sidecars. */
function explicit(yaml: string) {
  const world = worldFrom(yaml);
  return {
    ...world,
    proxyFor: (workload: Parameters<typeof world.proxyFor>[0]) => {
      const proxy = world.proxyFor(workload);
      return proxy === undefined ? undefined : { ...proxy, interception: { mode: 'NONE', ports: PORTS } as const };
    },
  };
}

describe('without interception', () => {
  const nowhere: Partial<Outcome> = {
    kind: 'black-hole',
    cluster: 'PassthroughCluster',
    status: 503,
    flag: 'UH',
    reason:
      'The request was to be passed on to wherever the client was going, but the connection does not say where: it was not redirected. It is answered 503 with flag UH.',
  };
  const noHandshake = (reason: string): Partial<Outcome> => ({ kind: 'no-route', flag: 'NR', reason });
  const cases: readonly { name: string; from?: string; url: string; yaml?: string; want: Partial<Outcome> }[] = [
    { name: 'a service', url: 'http://api/', want: { kind: 'route', cluster: 'outbound|80||api.default.svc.cluster.local' } },
    {
      name: 'the port of its sidecar for a service',
      url: 'http://127.0.0.1:21001/',
      want: { kind: 'route', cluster: 'outbound|80||api.default.svc.cluster.local' },
    },
    {
      name: 'that port by name',
      url: 'http://localhost:21001/',
      want: { kind: 'route', cluster: 'outbound|80||api.default.svc.cluster.local' },
    },
    {
      name: 'a port that is none of its sidecar',
      url: 'http://127.0.0.1:9999/',
      want: { kind: 'no-route', reason: 'The connection is refused: nothing listens on 127.0.0.1:9999.' },
    },
    { name: 'an unknown host', url: 'http://nowhere.example.com/', want: nowhere },
    { name: 'an unknown port of a service', url: 'http://api:1234/', want: nowhere },
    {
      name: 'TLS to the port for plaintext HTTP',
      url: 'https://www.example.com/',
      want: {
        kind: 'denied',
        status: 400,
        flag: 'DPE',
        reason: 'The client sends what is no plaintext HTTP, which is answered 400 with flag DPE.',
      },
    },
    { name: 'a port of the gateway', from: 'ingress', url: 'http://x.example.com:31080/', want: { kind: 'direct-response', status: 200 } },
    { name: 'no port in the URL', from: 'ingress', url: 'http://x.example.com/', want: { kind: 'direct-response', status: 200 } },
    {
      name: 'a port that the gateway does not open',
      from: 'ingress',
      url: 'http://127.0.0.1:9999/productpage',
      want: { kind: 'no-route', reason: 'The connection is refused: nothing listens on 127.0.0.1:9999.' },
    },
    {
      name: 'a secret that is there',
      from: 'ingress',
      url: 'https://x.example.com:31443/',
      yaml: MESH + GOOD,
      want: { kind: 'direct-response' },
    },
    {
      name: 'a secret that is not there',
      from: 'ingress',
      url: 'https://x.example.com:31443/',
      want: noHandshake('The TLS handshake cannot be made: secret "shop" is not there, in namespace default.'),
    },
    {
      name: "a secret in another namespace than the gateway's",
      from: 'ingress',
      url: 'https://x.example.com:31443/',
      yaml: MESH + secret('shop', 'tls.crt: a, tls.key: b', 'other'),
      want: noHandshake('The TLS handshake cannot be made: secret "shop" is not there, in namespace default.'),
    },
    {
      name: 'a secret without a key',
      from: 'ingress',
      url: 'https://x.example.com:31443/',
      yaml: MESH + secret('shop', 'tls.crt: a'),
      want: noHandshake(
        'The TLS handshake cannot be made: secret "shop" of namespace default does not hold the certificate and key that it is named for.',
      ),
    },
    {
      name: 'no authority to check clients by',
      from: 'ingress',
      url: 'https://x.example.com:31443/',
      yaml: MESH.replace('SIMPLE', 'MUTUAL') + GOOD,
      want: noHandshake(
        'The TLS handshake cannot be made: secret "shop" of namespace default does not hold the certificate and key that it is named for.',
      ),
    },
  ];
  it.each(cases)('$name', ({ from = 'client', url, yaml = MESH, want }) => {
    const { outcome, outcomes } = ask(explicit(yaml), from, url);
    expect(outcome).toMatchObject(want);
    expect(outcomes).toHaveLength(1);
  });

  it('nothing is said to go on to the port of its own sidecar', () =>
    expect(ask(explicit(MESH), 'client', 'http://nowhere.example.com/').steps.find(({ stage }) => stage === 'endpoint')).toMatchObject({
      verdict: 'not-matched',
      reason: 'The connection does not say where it was going, since it was not redirected: there is nowhere to go on to.',
    }));

  it('a missing secret is told with the line that names it', () => {
    const found = ask(explicit(MESH), 'ingress', 'https://x.example.com:31443/').steps.at(-1);
    expect(found).toMatchObject({ stage: 'filter-chain', verdict: 'not-matched', path: 'spec.servers[1].tls.credentialName' });
    expect(MESH.split('\n')[(found?.line ?? 0) - 1]).toContain(`tls: ${SERVER_TLS}`);
  });

  it('ports that the gateway does open are named', () =>
    expect(ask(explicit(MESH), 'ingress', 'http://127.0.0.1:9999/').notes[0]).toBe(
      'The gateway opens no port 9999; it opens 31080, 31443.',
    ));
});
