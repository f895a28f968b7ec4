import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseFiles } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { type Cause, type RequestRecord } from '@lateen/observation';
import { causeOf } from '@lateen/telemetry';
import { exampleOf } from '@lateen/telemetry/testing';
import { indexConfiguration } from '../configuration/configuration';
import { ENRICHED_CODES, enrichCause } from './enrich-cause';

const BOOKINFO = `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec:
  selector: { app: reviews }
  ports: [{ port: 9080, name: http }]
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: reviews-v9, namespace: default }
spec:
  selector: { matchLabels: { app: reviews, version: v9 } }
  template:
    metadata: { labels: { app: reviews, version: v9 } }
    spec: { containers: [{ name: reviews, image: reviews }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
  - match: [{ headers: { end-user: { exact: jason } } }]
    route: [{ destination: { host: reviews, subset: v9 } }]
  - route: [{ destination: { host: reviews } }]
    timeout: 2s
    retries: { attempts: 2, perTryTimeout: 500ms }
    fault: { delay: { fixedDelay: 7s, percentage: { value: 100 } } }
  - route: [{ destination: { host: reveiws } }]
`;
const GATEWAY = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: front, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["bookinfo.com"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: bookinfo, namespace: default }
spec:
  hosts: [bookinfo.com]
  gateways: [front]
  http: [{ route: [{ destination: { host: reviews } }] }]
`;
const RULE = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
  trafficPolicy:
    tls: { mode: DISABLE }
    connectionPool: { http: { http1MaxPendingRequests: 1 } }
    outlierDetection: { consecutive5xxErrors: 1 }
  subsets:
  - name: v1
    labels: { version: v1 }
`;
const STRICT = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: default }
spec: { mtls: { mode: STRICT } }
`;

const record = (rule?: string, more: Partial<RequestRecord> = {}): RequestRecord =>
  ({
    cluster: 'outbound|9080||reviews.default.svc.cluster.local',
    authority: 'reviews:9080',
    serverName: '',
    protocol: 'http',
    routeConfig: '9080',
    localAddress: '10.44.1.7:9080',
    workload: { name: 'productpage-v1', namespace: 'default', app: 'productpage', version: 'v1' },
    ...(rule === undefined ? {} : { rule: { kind: 'VirtualService', namespace: 'default', name: 'reviews', rule, match: '' } }),
    ...more,
  }) as RequestRecord;

const cases: readonly {
  name: string;
  code: string;
  yaml: string;
  record?: RequestRecord;
  cause?: Partial<Cause>;
  /** What it is told as; by default as its proxy did. */
  told?: Partial<Cause>;
  where?: string;
  title?: string;
  patch?: RegExp;
}[] = [
  {
    name: 'a secret that no handshake of a Gateway finds',
    code: 'client_tls_secret_missing',
    yaml: GATEWAY.replace('HTTP }, hosts', 'HTTPS }, tls: { mode: SIMPLE, credentialName: shop }, hosts'),
    where:
      'spec.servers[0].tls.credentialName: servers: [{ port: { number: 80, name: http, protocol: HTTPS }, tls: { mode: SIMPLE, credentialName: shop }, hosts: ["bookinfo.com"] }]',
  },
  {
    name: 'a subset nobody defines, of which there is a workload',
    code: 'subset_not_found',
    yaml: BOOKINFO,
    record: record('http[0]', { cluster: '' }),
    where: 'spec.http[0].route[0].destination.subset: route: [{ destination: { host: reviews, subset: v9 } }]',
    title: 'Define subset "v9" of reviews.default.svc.cluster.local as version=v9',
    patch: /kind: DestinationRule[\s\S]*name: reviews[\s\S]*- name: v9\n +labels:\n +version: v9/,
  },
  {
    name: 'the same where a DestinationRule has others',
    code: 'subset_not_found',
    yaml: `${BOOKINFO}---${RULE}`,
    record: record('http[0]', { cluster: '' }),
    where: 'spec.http[0].route[0].destination.subset: route: [{ destination: { host: reviews, subset: v9 } }]',
    title: 'Define subset "v9" of reviews.default.svc.cluster.local as version=v9',
    patch: /- name: v1[\s\S]*- name: v9/,
  },
  {
    name: 'a subset without endpoints: its labels',
    code: 'subset_without_endpoints',
    yaml: `${BOOKINFO}---${RULE}`,
    record: record('http[1]', { cluster: 'outbound|9080|v1|reviews.default.svc.cluster.local' }),
    where: 'spec.subsets[0]: - name: v1',
  },
  {
    name: 'a misspelt service',
    code: 'cluster_not_found',
    yaml: BOOKINFO,
    record: record('http[2]', { cluster: '' }),
    cause: { evidence: ['cluster outbound|9080||reveiws.default.svc.cluster.local'] },
    told: {
      code: 'cluster_not_found',
      short: 'host reveiws does not exist; did you mean reviews?',
      sentence: 'The route sends to host "reveiws", which does not exist: no Service or ServiceEntry is called so; did you mean "reviews"?',
    },
    where: 'spec.http[2].route[0].destination.host: - route: [{ destination: { host: reveiws } }]',
    title: 'Send to "reviews" instead of "reveiws"',
    patch: /host: reviews\n$/,
  },
  {
    name: 'a misspelt service of which a subset is wanted: not the subset is missing',
    code: 'subset_not_found',
    yaml: `${BOOKINFO.replace('host: reveiws', 'host: reveiws.default.svc.cluster.local, subset: v1')}---${RULE}`,
    record: record('http[2]', { cluster: '' }),
    cause: { evidence: ['cluster outbound|9080|v1|reveiws.default.svc.cluster.local'] },
    told: { code: 'cluster_not_found', short: 'host reveiws does not exist; did you mean reviews?' },
    where: 'spec.http[2].route[0].destination.host: - route: [{ destination: { host: reveiws.default.svc.cluster.local, subset: v1 } }]',
    title: 'Send to "reviews.default.svc.cluster.local" instead of "reveiws.default.svc.cluster.local"',
    patch: /host: reviews\.default\.svc\.cluster\.local\n +subset: v1\n$/,
  },
  {
    name: 'a service that is there, without such a port: its host is not called missing',
    code: 'cluster_not_found',
    yaml: BOOKINFO.replace('host: reveiws', 'host: reviews, port: { number: 81 }'),
    record: record('http[2]', { cluster: '' }),
    cause: { evidence: ['cluster outbound|81||reviews.default.svc.cluster.local'] },
    where: 'spec.http[2].route[0].destination.host: - route: [{ destination: { host: reviews, port: { number: 81 } } }]',
  },
  {
    name: 'a route that is too slow',
    code: 'route_timeout',
    yaml: BOOKINFO,
    record: record('http[1]'),
    where: 'spec.http[1].timeout: timeout: 2s',
    title: 'Give http[1] of VirtualService default/reviews 4 s instead of 2 s',
    patch: /timeout: 4s/,
  },
  {
    name: 'a try that is too slow',
    code: 'per_try_timeout',
    yaml: BOOKINFO,
    record: record('http[1]'),
    where: 'spec.http[1].retries.perTryTimeout: retries: { attempts: 2, perTryTimeout: 500ms }',
    title: 'Give http[1] of VirtualService default/reviews 1 s instead of 500 ms',
    patch: /perTryTimeout: 1s/,
  },
  {
    name: 'every try too slow: the cause of the last one counts',
    code: 'per_try_timeout',
    yaml: BOOKINFO,
    record: record('http[1]'),
    cause: { code: 'retries_exhausted', evidence: ['per-try timeout 500 ms', 'cause of the last attempt per_try_timeout'] },
    where: 'spec.http[1].retries.perTryTimeout: retries: { attempts: 2, perTryTimeout: 500ms }',
    title: 'Give http[1] of VirtualService default/reviews 1 s instead of 500 ms',
  },
  {
    name: 'an injected delay',
    code: 'fault_delay',
    yaml: BOOKINFO,
    record: record('http[1]'),
    where: 'spec.http[1].fault: fault: { delay: { fixedDelay: 7s, percentage: { value: 100 } } }',
    title: 'Take the fault out of VirtualService default/reviews',
    patch: /^(?![\s\S]*fault:)[\s\S]*timeout: 2s/,
  },
  {
    name: 'an idle race',
    code: 'upstream_reset_idle_race',
    yaml: BOOKINFO,
    title: 'Close idle connections to reviews.default.svc.cluster.local after 4 s',
    patch: /kind: DestinationRule[\s\S]*idleTimeout: 4s/,
  },
  {
    name: 'an idle race on the way into the app',
    code: 'upstream_reset_idle_race',
    yaml: `${BOOKINFO}---${RULE}`,
    record: record(undefined, { cluster: 'inbound|9080||' }),
    where: 'spec.trafficPolicy.connectionPool.http.idleTimeout: connectionPool: { http: { http1MaxPendingRequests: 1 } }',
    title: 'Close idle connections to reviews.default.svc.cluster.local after 4 s',
    patch: /http1MaxPendingRequests: 1\n +idleTimeout: 4s/,
  },
  {
    name: 'an open circuit',
    code: 'circuit_open',
    yaml: `${BOOKINFO}---${RULE}`,
    where: 'spec.trafficPolicy.connectionPool: connectionPool: { http: { http1MaxPendingRequests: 1 } }',
  },
  {
    name: 'ejected endpoints',
    code: 'all_endpoints_ejected',
    yaml: `${BOOKINFO}---${RULE}`,
    where: 'spec.trafficPolicy.outlierDetection: outlierDetection: { consecutive5xxErrors: 1 }',
  },
  {
    name: 'plaintext where the rule turns TLS off',
    code: 'upstream_closed_plaintext',
    yaml: `${BOOKINFO}---${RULE}`,
    where: 'spec.trafficPolicy.tls.mode: tls: { mode: DISABLE }',
    title: 'Let DestinationRule default/reviews use mutual TLS',
    patch: /tls:\n +mode: ISTIO_MUTUAL/,
  },
  {
    name: 'plaintext to a namespace that is strict',
    code: 'plaintext_to_strict_mtls',
    yaml: `${BOOKINFO}---${STRICT}`,
    record: record(undefined, { workload: { name: 'reviews-v9', namespace: 'default', app: 'reviews', version: 'v9' } }),
    where: 'spec.mtls.mode: spec: { mtls: { mode: STRICT } }',
    title: 'Let port 9080 of reviews-v9 take plaintext, too (PeerAuthentication default/default stays)',
    patch: /app: reviews[\s\S]*mode: STRICT[\s\S]*"9080":\n +mode: PERMISSIVE/,
  },
  {
    name: 'the same without capture, where the proxy listens on a port of its own',
    code: 'plaintext_to_strict_mtls',
    yaml: `${BOOKINFO}---${STRICT}`,
    record: record(undefined, {
      localAddress: '127.0.0.1:29773',
      workload: { name: 'reviews-v9', namespace: 'default', app: 'reviews', version: 'v9' },
    }),
    where: 'spec.mtls.mode: spec: { mtls: { mode: STRICT } }',
    title: 'Let port 9080 of reviews-v9 take plaintext, too (PeerAuthentication default/default stays)',
    patch: /"9080":\n +mode: PERMISSIVE/,
  },
  {
    name: 'a host that the gateway does not take',
    code: 'no_virtual_host',
    yaml: `${BOOKINFO}---${GATEWAY}`,
    record: record(undefined, { authority: 'shop.example.com', routeConfig: 'http.8080' }),
    where: 'spec.hosts: hosts: [bookinfo.com]',
    title: 'Let Gateway default/front and VirtualService default/bookinfo take host "shop.example.com"',
    patch: /kind: Gateway[\s\S]*- shop\.example\.com[\s\S]*---\n[\s\S]*kind: VirtualService[\s\S]*- shop\.example\.com/,
  },
  {
    name: 'no rule for the path',
    code: 'no_rule_matched',
    yaml: BOOKINFO,
    cause: { evidence: ['virtual host reviews.default.svc.cluster.local:9080'] },
    where: 'spec.http: http:',
  },
  {
    name: 'no rule for the path, and a VirtualService of a gateway for every host',
    code: 'no_rule_matched',
    yaml: `${GATEWAY.replace('hosts: [bookinfo.com]', 'hosts: ["*"]')}---${BOOKINFO}`,
    cause: { evidence: ['virtual host reviews.default.svc.cluster.local:9080'] },
    where: 'spec.http: http:',
  },
  {
    name: 'a host outside, and nothing lets it out',
    code: 'registry_only',
    yaml: BOOKINFO,
    record: record(undefined, { authority: 'www.example.com' }),
    title: 'Let the mesh reach www.example.com:80',
    patch: /kind: ServiceEntry[\s\S]*www\.example\.com[\s\S]*number: 80/,
  },
  { name: 'a rule that is gone by now', code: 'fault_abort', yaml: STRICT, record: record('http[1]') },
  { name: 'an app that fails', code: 'app_error', yaml: BOOKINFO },
];

describe('enrichCause', () => {
  it.each(cases)('$name', ({ code, yaml, record: request = record(), cause: changes = {}, told, where, title, patch }) => {
    const resources = resourcesFrom(yaml, { allowIneffective: true, semantics: 'skip' });
    const cause = { ...causeOf(exampleOf(code))!, ...changes };
    const enriched = enrichCause(cause, request, indexConfiguration(resources));
    expect(enriched).toMatchObject(told ?? { code: cause.code, short: cause.short, sentence: cause.sentence });
    const { where: at } = enriched;
    expect(at === undefined ? undefined : `${at.path}: ${yaml.split('\n')[at.line - 1]?.trim()}`).toBe(where);
    expect(enriched.patch?.title).toBe(title);
    if (patch !== undefined) expect(enriched.patch?.yaml).toMatch(patch);
    if (enriched.patch !== undefined) {
      const { violations } = parseFiles([{ name: 'patch.yaml', text: enriched.patch.yaml }], { allowIneffective: true });
      expect(violations.filter(({ severity }) => severity === 'error')).toEqual([]);
    }
  });

  it('docs/causes.md names each code that something is added to', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../../../docs/causes.md'), 'utf8');
    const table = guide.slice(guide.indexOf('## Where and what to change'));
    expect(
      [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`(\w+)`/g)].map(([, code]) => code)).sort(),
    ).toEqual([...ENRICHED_CODES].sort());
  });
});
