import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Explanation } from '@lateen/explain';
import { type RequestRecord } from '@lateen/observation';
import { Mesh, sample } from './mesh';

let mesh: Mesh;

beforeAll(async () => {
  mesh = await Mesh.start({ interception: 'explicit' });
  await mesh.apply(sample('networking/destination-rule-all.yaml'), sample('networking/virtual-service-reviews-jason-v2-v3.yaml'));
});
afterAll(() => mesh[Symbol.asyncDispose]());

const explained = async (...args: readonly string[]): Promise<Explanation> =>
  JSON.parse((await mesh.lateen('explain', '-o', 'json', ...args)).stdout) as Explanation;

/** A request to the ingress whose sender asks for its explanation. */
async function asked(
  path: string,
  token: string,
): Promise<{ readonly status: number; readonly id: string | null; readonly answer: string | null }> {
  const response = await fetch(`${mesh.ingress}${path}`, { headers: { 'x-lateen-explain': token } });
  await response.arrayBuffer();
  return { status: response.status, id: response.headers.get('x-request-id'), answer: response.headers.get('x-lateen-explanation') };
}

describe('lateen explain, against a running mesh', () => {
  const reviews = (version: string): string => `outbound|9080|${version}|reviews.default.svc.cluster.local`;
  it.each([
    { user: 'jason', want: reviews('v2') },
    { user: 'mary', want: reviews('v3') },
  ])('$user is sent to $want', async ({ user, want }) => {
    const { outcome, steps } = await explained('--from', 'productpage', '-H', `end-user: ${user}`, 'GET', 'http://reviews:9080/reviews/0');
    expect(outcome).toMatchObject({ kind: 'route', cluster: want, probability: 1 });
    const endpoint = steps.find(({ stage, hop }) => stage === 'endpoint' && hop === 1);
    // The proxy reports what its endpoints are like.
    expect(endpoint?.endpoints).toMatchObject([{ health: 'healthy', ejected: false, usable: true, tls: true }]);
    expect(steps.find(({ stage, verdict }) => stage === 'route' && verdict === 'chosen')).toMatchObject({
      file: expect.stringContaining('virtual-service-reviews-jason-v2-v3.yaml'),
    });
  });

  it('says the same as a request that explains itself', async () => {
    const token = readFileSync(join(mesh.state, 'explain-token'), 'utf8').trim();
    const { outcome } = await explained('GET', `${mesh.ingress}/productpage`);
    const { status, answer } = await asked('/productpage', token);
    expect(status).toBe(200);
    expect(JSON.parse(answer ?? '[]')).toMatchObject([
      { side: 'outbound', cluster: outcome.cluster, rule: outcome.rule, status: 200 },
      { side: 'inbound', mtls: true, status: 200 },
    ]);
    expect((await asked('/productpage', 'a-guess')).answer).toBeNull();
  });

  it('says why a request that happened failed', async () => {
    const id = `explain-${Date.now()}`;
    expect((await fetch(`${mesh.ingress}/nowhere`, { headers: { 'user-agent': id } })).status).toBe(404);
    const token = readFileSync(join(mesh.state, 'admin-token'), 'utf8').trim();
    const requests = async (): Promise<readonly { readonly requestId: string }[]> => {
      const answer = await fetch(`${mesh.admin}/api/requests?header=user-agent:${id}`, { headers: { authorization: `Bearer ${token}` } });
      return ((await answer.json()) as { readonly requests: readonly { readonly requestId: string }[] }).requests;
    };
    let kept = await requests();
    for (let i = 0; kept.length === 0 && i < 100; i++) {
      await new Promise((done) => setTimeout(done, 100));
      kept = await requests();
    }
    const { hops } = JSON.parse((await mesh.lateen('explain', '-o', 'json', '--request-id', kept[0]?.requestId ?? '')).stdout) as {
      readonly hops: readonly Explanation[];
    };
    expect(hops).toMatchObject([
      { request: { from: 'istio-ingressgateway-0.istio-system' }, outcome: { kind: 'no-route', status: 404, flag: 'NR' } },
    ]);
    expect(hops[0]?.steps.filter(({ stage }) => stage === 'route').map(({ verdict }) => verdict)).toEqual(Array(5).fill('not-matched'));
  });

  it('says of a request that failed, once its mistake is corrected, what it was and that it was corrected', async () => {
    const rule = (host: string): string =>
      `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: details, namespace: default}\nspec:\n  hosts: [details]\n  http:\n  - route: [{destination: {host: ${host}}}]\n`;
    await mesh.applyText(rule('detials'));
    const since = Date.now();
    await (await fetch(`${mesh.ingress}/productpage`)).arrayBuffer();
    const failed = async (): Promise<RequestRecord | undefined> => {
      const { stdout } = await mesh.lateen('tap', '--no-follow', '--failed', '--cause', 'cluster_not_found', '--since', '5m', '-o', 'json');
      const records = stdout.split('\n').filter((line) => line !== '');
      return records.map((line) => JSON.parse(line) as RequestRecord).find(({ startTimeMs }) => startTimeMs >= since);
    };
    let record = await failed();
    for (let i = 0; record === undefined && i < 20; i++) record = await failed();
    const { cause, requestId = '' } = record ?? {};
    expect(cause).toMatchObject({ where: { line: 7 }, patch: { title: 'Send to "details" instead of "detials"' } });

    await mesh.applyText(rule('details'));
    const { patch: _patch, ...corrected } = cause!;
    expect((await failed())?.cause).toEqual(corrected);
    const { hops } = JSON.parse((await mesh.lateen('explain', '-o', 'json', '--request-id', requestId)).stdout) as {
      readonly hops: readonly Explanation[];
    };
    const hop = hops.find(({ request }) => request.from.startsWith('productpage') && request.url.includes('/details'));
    expect(hop?.outcome).toMatchObject({ reason: expect.stringContaining('did you mean "details"?'), file: cause?.where?.file, line: 7 });
    const steps = hop?.steps.filter(({ resource }) => resource?.kind === 'VirtualService') ?? [];
    expect(steps.map(({ stage, happened }) => [stage, happened])).toContainEqual(['route', undefined]);
    expect(steps.filter(({ happened }) => happened === true)).toEqual([]);
    expect(hop?.notes).toEqual([
      expect.stringMatching(
        /^VirtualService default\/details was changed at \d\d:\d\d:\d\d, after this request: what its steps say is of now\.$/,
      ),
      'The configuration has changed since: then, the request met VirtualService default/details http[0].',
    ]);
    const text = (await mesh.lateen('explain', '--request-id', requestId)).stdout;
    expect(text).toMatch(/did you mean "details"\?  \(VirtualService default\/details http\[0\]\)  \S+:7\n/);
  });

  it('does not tell who has no token', async () => {
    const answer = await fetch(`${mesh.admin}/api/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(401);
  });

  it('does not know workloads that there are not, and says which there are', () =>
    expect(mesh.lateen('explain', '--from', 'prodctpage', 'GET', 'http://reviews:9080/')).rejects.toThrow(
      /ended with 2\n[^]*Cannot find workload "prodctpage": did you mean "productpage"\?/,
    ));
});
