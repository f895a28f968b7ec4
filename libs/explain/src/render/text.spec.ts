import { describe, expect, it } from '@jest/globals';
import { ask, worldFrom } from '../testing/mesh';
import { PLAIN, renderText } from './text';

const service = `apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: default}
spec: {template: {metadata: {labels: {app: client}}, spec: {containers: [{name: c}]}}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec:
  hosts: [api]
  http:
`;
const rule = (prefix: string, extra = ''): string =>
  `  - match: [{uri: {prefix: ${prefix}}}]\n${extra}    route: [{destination: {host: api}}]\n`;

describe('an explanation as text', () => {
  it('has how it ends first, then each decision with its place', () => {
    const text = renderText(ask(worldFrom(service + rule('/a') + rule('/b', '    timeout: 2s\n')), 'client', 'http://api/b'), PLAIN);
    expect(text).toBe(`GET http://api/b from client-0.default

✗ It should go to api.default.svc.cluster.local:80, and is answered 503 with flag UH.  (VirtualService default/api http[1].match[0])

1. client-0.default, its sidecar, on the way out
   listener       ✓ The connection to 10.96.0.10:80 is for the listener 0.0.0.0_80.
   connection     ✓ The connection is plaintext, and is served as HTTP.
   host           ✓ Host "api" is the service api.default.svc.cluster.local.  test.yaml:3
   rules          ✗ http[0].match[0]  The path is expected to begin with "/a", and is "/b".  test.yaml:17
                  ✓ http[1].match[0]  The request meets all of its conditions.  test.yaml:19
   destination    ✓ It goes to api.default.svc.cluster.local:80.  test.yaml:21
   endpoints      ✗ No workload runs behind api.default.svc.cluster.local: 503 with flag UH.
   timeout        → The whole exchange may take 2 s; then it is 504 with flag UT.  test.yaml:20
   retries        → It is tried again up to twice when it cannot connect, the stream is refused or the gRPC status is 14 or 1, 25 ms to 250 ms apart.  default

note: Nothing runs here: endpoints are as declared, and none is ejected.
`);
  });

  it('has where the configuration said that it would fail', () => {
    const explanation = ask(worldFrom(service + rule('/a')), 'client', 'http://api/a');
    const outcomes = [{ ...explanation.outcome, reason: 'It broke.', file: 'fix.yaml', line: 11 }];
    expect(renderText({ ...explanation, outcomes }, PLAIN).split('\n')[2]).toBe(
      '✗ It broke.  (VirtualService default/api http[0].match[0])  fix.yaml:11',
    );
  });

  it('has what was seen of a failure, and what would mend it', () => {
    const explanation = ask(worldFrom(service + rule('/a')), 'client', 'http://api/a');
    const patch = { title: 'Add subset v2', yaml: 'kind: DestinationRule' };
    const outcomes = [{ ...explanation.outcome, reason: 'It broke.', evidence: ['response flag UF', 'no endpoint'], patch }];
    expect(
      renderText({ ...explanation, outcomes }, PLAIN)
        .split('\n')
        .slice(3, 5),
    ).toEqual(['  seen: response flag UF; no endpoint', '  to change: Add subset v2 (-o json has it as YAML)']);
  });

  it('tells long rows of rules shortly', () => {
    const many = Array.from({ length: 60 }, (_, i) => rule(`/r${i}x`)).join('');
    const lines = renderText(ask(worldFrom(service + many), 'client', 'http://api/r40x'), PLAIN).split('\n');
    expect(lines.filter((line) => line.includes('http[')).length).toBe(18);
    expect(lines.map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        '… 24 more rules do not match; -o json has them all',
        '19 more rules are not tried: an earlier one takes the request',
      ]),
    );
  });
});
