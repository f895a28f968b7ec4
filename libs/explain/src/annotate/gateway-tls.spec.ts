import { describe, expect, it } from '@jest/globals';
import { ask, worldFrom } from '../testing/mesh';

const mesh = (mode: string): string => `apiVersion: apps/v1
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
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [x.example.com], tls: {mode: ${mode}, credentialName: cert}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: front, namespace: default}
spec: {hosts: [x.example.com], gateways: [front], http: [{directResponse: {status: 200}}]}
`;
const PEM = (what: string): string => Buffer.from(`-----BEGIN ${what}-----\nAA==\n-----END ${what}-----\n`).toString('base64');
const SECRET = `---
apiVersion: v1
kind: Secret
metadata: {name: cert, namespace: default}
data: {tls.crt: ${PEM('CERTIFICATE')}, tls.key: ${PEM('PRIVATE KEY')}, ca.crt: ${PEM('CERTIFICATE')}}
`;

describe('a gateway that ends TLS', () => {
  it.each([
    { mode: 'SIMPLE', ends: ' It ends TLS here.' },
    { mode: 'MUTUAL', ends: ' It ends TLS here, for clients with a certificate that it trusts only.' },
  ])('with $mode serves clients that have what it asks for', ({ mode, ends }) => {
    const { outcome, steps } = ask(worldFrom(mesh(mode) + SECRET), 'edge', 'https://x.example.com/');
    expect([outcome.kind, outcome.status, steps.find(({ stage }) => stage === 'filter-chain')?.reason]).toEqual([
      'direct-response',
      200,
      `The connection is TLS for x.example.com, and is served as HTTP.${ends}`,
    ]);
  });
});
