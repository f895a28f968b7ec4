import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Browser } from 'playwright-core';
import { type Exchange, type RequestRecord, type TryRequest, type TryResponse, type WorkloadView } from '@lateen/observation';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromiumPath, launchBrowser, Visitor } from './browser';
import { DashboardPage, type DashboardView } from './dashboard-page';
import { Mesh, sample } from './mesh';

/** Ratings sent to a subset that nothing defines: what somebody does who forgets the DestinationRule. */
const BREAK_RATINGS = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ratings
spec:
  hosts: [ratings]
  http:
    - route:
        - destination: { host: ratings, subset: canary }
`;
/** Markup that a page which takes values for HTML runs; the image's needs no white space, so that it fits a path. */
const IMAGE = '<img/src="x"/onerror="globalThis.ran=1">';
const SCRIPT = '<script>globalThis.ran=1</script>';
/** A rule that says both, where a resource can say anything. */
const MARKED_UP = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: details
  annotations: { note: '${IMAGE}' }
spec:
  hosts: [details]
  http:
    - name: '${SCRIPT}'
      match:
        - headers: { user-agent: { exact: '${IMAGE}' } }
      route:
        - destination: { host: details, subset: v1 }
    - route:
        - destination: { host: details, subset: v1 }
`;
const VIEWS = ['graph', 'requests', 'configuration', 'workloads', 'try'] as const;
const LOAD_MS = 1_000;
const MAX_LOADS = 8;
/** Between two looks of the crowd: some ten pages a second leave the cores to what is tested. */
const LOOK_MS = 80;

/** People who look at the product page all the time. */
class Crowd implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string) {
    this.#done = this.#visit(url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #visit(url: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await fetch(`${url}/productpage`, { signal: this.#stop.signal }).then(
        (r) => r.arrayBuffer(),
        () => undefined,
      );
      await pause(LOOK_MS);
    }
  }
}

/** A request as no browser would send it; resolves with the status. */
function send(base: string, path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const { hostname, port } = new URL(base);
  return new Promise((done, reject) => {
    const sent = request({ hostname, port, path, headers }, (response) => {
      response.resume().once('end', () => done(response.statusCode ?? 0));
    });
    sent.once('error', reject).end();
  });
}

(chromiumPath === undefined ? describe.skip : describe)('the dashboard', () => {
  let mesh: Mesh;
  let browser: Browser;
  let crowd: Crowd;
  let token: string;
  beforeAll(async () => {
    mesh = await Mesh.start({ interception: 'explicit' });
    token = readFileSync(join(mesh.state, 'admin-token'), 'utf8').trim();
    await mesh.apply(sample('networking/destination-rule-all.yaml'), sample('networking/virtual-service-reviews-jason-v2-v3.yaml'));
    crowd = new Crowd(mesh.ingress);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await crowd?.[Symbol.asyncDispose]();
    await mesh?.[Symbol.asyncDispose]();
  });

  const open = (hash = '', view: DashboardView = {}): Promise<DashboardPage> => DashboardPage.open(browser, mesh.admin, token, hash, view);

  const api = async <T>(path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(
      `${mesh.admin}/api/${path}`,
      body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) },
    );
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
  const ask = (from: string, url: string, headers: TryRequest['headers'] = []): Promise<TryResponse> =>
    api('try', { from: `default/${from}`, method: 'GET', url, headers });
  const RATINGS = 'http://ratings:9080/ratings/0';

  it('loads in under a second, keeps the token out of the address, and shows what runs', async () => {
    await using warm = await open();
    await warm.page
      .getByRole('button', { name: /ratings-v1/ })
      .first()
      .waitFor();
    // The fastest, and longer where more wants to run than there are cores: that is not the page's doing.
    const busy = Math.max(1, (loadavg()[0] ?? 0) / cpus().length);
    const took: number[] = [];
    while (took.length < MAX_LOADS && (took.length < 3 || Math.min(...took) >= LOAD_MS)) {
      await using again = await open();
      took.push(await again.drawnAfterMs());
    }
    process.stdout.write(`dashboard: the graph is drawn ${took.map(Math.round).join(', ')} ms after the navigation began\n`);
    expect(Math.min(...took)).toBeLessThan(LOAD_MS * busy);
    await using seen = await open();
    expect(seen.page.url()).not.toContain(token);
    for (const name of ['details-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3', 'ratings-v1']) {
      const box = seen.page.getByRole('button', { name: new RegExp(name) }).first();
      await box.waitFor();
    }
    await seen.page
      .getByRole('button', { name: /productpage-v1 calls default\/reviews-v3: .* req\/s, 0 % errors.*Mutual TLS as spiffe:/ })
      .waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it('tells who gets which version of reviews, and why', async () => {
    await using jason = await Visitor.arrive(browser, mesh.ingress);
    await jason.signIn('jason');
    expect((await jason.load()).stars).toBe('black');
    await using seen = await open();
    const { page } = seen;
    await seen.click(page.getByRole('button', { name: /^v2, reviews-v2/ }));
    const rules = page.getByRole('region', { name: 'Who gets which version of reviews' });
    await rules.getByText('When header end-user is "jason": to reviews v2').waitFor();
    await rules.getByText('Every other request: to reviews v3').waitFor();
    await rules.getByRole('link', { name: 'virtual-service-reviews-jason-v2-v3.yaml:9', exact: true }).waitFor();
    // The canary's own request, watched as it happens.
    await seen.go('#/requests?header=end-user:jason');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.getByText(/^Live/).waitFor();
    // The newest in which the rule decided: what came before somebody watched is a sample, with hops missing.
    const row = page.locator('.request-row[aria-label*="to reviews v2"]').first();
    for (let tries = 0; tries < 10 && (tries < 2 || (await row.count()) === 0); tries++) {
      await jason.load();
      await page.waitForTimeout(300);
    }
    expect(await row.getAttribute('aria-label')).toContain('end-user: jason');
    await row.locator('.wide-only', { hasText: 'end-user: jason' }).waitFor();
    await seen.click(row);
    await seen.click(page.getByRole('button', { name: /productpage-v1 calls reviews v2, 200/ }));
    await seen.click(page.getByRole('button', { name: 'Why?' }));
    await page.locator('.step.chosen', { hasText: 'end-user' }).first().waitFor();
    // In a line, then call by call; every step of every proxy only when asked for.
    await page
      .getByTestId('why-outcome')
      .getByText(/was answered 200/)
      .waitFor();
    const calls = page.getByRole('table', { name: 'Calls of this request' });
    await calls.getByRole('row', { name: /productpage-v1-0 GET \/reviews\/0 reviews v2 .*:10 200/ }).waitFor();
    await page.getByText(/^All \d+ steps/).waitFor();
    expect(await page.getByText('The connection is plaintext').first().isVisible()).toBe(false);
    await seen.click(calls.getByRole('button', { name: /reviews-v2-0 GET \/ratings\/0/ }));
    await page.getByRole('heading', { name: 'reviews-v2-0 GET /ratings/0' }).waitFor();
    // The line that Why names is the one that the editor marks and counts.
    await seen.click(calls.getByRole('link', { name: 'virtual-service-reviews-jason-v2-v3.yaml:10' }));
    await page.locator('.code-line.focus', { hasText: '- headers:' }).waitFor();
    const counted = await page.locator('.code-line.focus').evaluate((line) => {
      const all = [...(line.parentElement?.querySelectorAll('.code-line') ?? [])];
      return Number(/\d+/.exec((line.parentElement as HTMLElement).style.counterReset)?.[0]) + all.indexOf(line) + 1;
    });
    expect(counted).toBe(10);
    expect(seen.complaints).toEqual([]);
  });

  it('after ratings broke: the service and its cause in three clicks, and the way back', async () => {
    await mesh.applyText(BREAK_RATINGS);
    await using seen = await open();
    const { page } = seen;
    const problem = page.getByRole('region', { name: 'Problems' }).getByRole('button', { name: /requests to ratings fail/ });
    await problem.waitFor();
    await seen.click(problem);
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.getByText(/subset "canary" of ratings\.default\.svc\.cluster\.local, which no DestinationRule .* defines/).waitFor();
    await seen.click(details.getByRole('link', { name: /:\d+$/ }).first());
    await page.getByRole('heading', { name: 'VirtualService default/ratings' }).waitFor();
    expect(seen.clicks).toBeLessThanOrEqual(3);
    // Mended where it was found.
    const editor = page.getByRole('textbox', { name: 'YAML' });
    await editor.fill((await editor.inputValue()).replace('subset: canary', 'subset: v1'));
    await page.getByText('Valid', { exact: true }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Apply', exact: true }));
    await page.getByText(/VirtualService ratings (configured|updated|changed).* after/).waitFor();
    await seen.go('#/graph?window=15');
    await page.getByRole('region', { name: 'Problems' }).waitFor({ state: 'detached', timeout: 45_000 });
    expect(seen.complaints).toEqual([]);
  });

  it('shifts 20 % to v2 with the wizard, and the measured split follows', async () => {
    await using seen = await open('#/configuration');
    const { page } = seen;
    await seen.click(page.getByRole('link', { name: 'Shift weights' }));
    await page.getByRole('combobox', { name: 'Service', exact: true }).selectOption('default/reviews');
    await page.getByLabel('Weight of v2 in percent').fill('20');
    await page.getByRole('region', { name: 'Changes to VirtualService reviews' }).getByText('+', { exact: false }).first().waitFor();
    expect(await page.getByLabel('Weight of v3 in percent').inputValue()).toBe('80');
    await seen.click(page.getByRole('button', { name: 'Apply', exact: true }));
    await page.getByText(/VirtualService reviews .* after/).waitFor();
    await seen.go('#/graph?window=15');
    const label = page.getByRole('button', { name: /calls default\/reviews-v2: .*Split: 20 % set, / });
    await label.waitFor();
    const measured = async (): Promise<number> =>
      Number(/20 % set, ([\d.]+) % seen/.exec((await label.getAttribute('aria-label')) ?? '')?.[1]);
    const follows = async (): Promise<boolean> => Math.abs((await measured()) - 20) < 8;
    for (let tries = 0; tries < 40 && !(await follows()); tries++) await page.waitForTimeout(500);
    expect(Math.abs((await measured()) - 20)).toBeLessThan(8);
    expect(seen.complaints).toEqual([]);
  });

  it('goes back to an earlier version, having shown the difference', async () => {
    await mesh.apply(sample('networking/virtual-service-reviews-50-v3.yaml'));
    await using seen = await open('#/configuration/VirtualService/default/reviews');
    const { page } = seen;
    await seen.click(page.getByRole('button', { name: /Before the last change/ }));
    await page.getByRole('region', { name: /Differences to: Before the last change/ }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Go back to this version' }));
    await page.getByText(/VirtualService reviews .* after/).waitFor();
    // The text is fetched anew once the control plane has answered.
    const yaml = page.getByRole('textbox', { name: 'YAML' });
    for (let i = 0; i < 50 && (await yaml.inputValue()).includes('weight: 50'); i++) await page.waitForTimeout(100);
    expect(await yaml.inputValue()).not.toContain('weight: 50');
    expect(seen.complaints).toEqual([]);
  });

  it('says of what was changed here where it came from, and goes back to that', async () => {
    await using seen = await open('#/configuration/DestinationRule/default/reviews');
    const { page } = seen;
    const editor = page.getByRole('textbox', { name: 'YAML' });
    await page.getByText(/destination-rule-all\.yaml:\d+/).waitFor();
    const before = await editor.inputValue();
    await editor.fill(`${before}  # tried here\n`.replace('version: v3', 'version: v2'));
    await page.getByText('Valid', { exact: true }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Apply', exact: true }));
    const origin = page.getByRole('group', { name: 'Where this comes from' });
    await origin.getByText(/Changed on this dashboard at .*It came from .*destination-rule-all\.yaml:\d+/).waitFor();
    await seen.click(origin.getByRole('button', { name: 'Undo: as in the file' }));
    await origin.waitFor({ state: 'detached' });
    for (let i = 0; i < 50 && (await editor.inputValue()) !== before; i++) await page.waitForTimeout(100);
    expect(await editor.inputValue()).toBe(before);
    // What has errors is told apart from what has warnings.
    await page.getByRole('link', { name: /^ratings default .*2 errors$/ }).waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it('offers to apply what has errors, but not what cannot be read', async () => {
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    await using seen = await open('#/configuration/VirtualService/default/ratings');
    const { page } = seen;
    const editor = page.getByRole('textbox', { name: 'YAML' });
    const valid = await editor.inputValue();
    const anyway = page.getByRole('group', { name: 'Apply with errors' });
    await editor.fill(`${valid}\n  : [ garbage {{`);
    await page.getByText('Not valid', { exact: true }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Apply…' }));
    await page.getByText(/^Not applied, and cannot be until this is mended: .+/).waitFor();
    expect(await anyway.count()).toBe(0);
    await editor.fill(valid.replace('subset: v1', 'subset: nowhere'));
    await page.getByText('Not valid', { exact: true }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Apply…' }));
    await anyway.getByRole('button', { name: /^Apply with \d error/ }).waitFor();
    await seen.click(page.getByRole('button', { name: 'Discard changes' }));
    // The refusal of the dry run is what was asked for.
    expect(seen.complaints.filter((text) => !text.includes('422'))).toEqual([]);
  });

  it('asks from another workload what that workload asks for', async () => {
    await using seen = await open('#/try');
    const { page } = seen;
    const [from, url] = [page.getByLabel('From'), page.locator('input[data-find]')];
    expect(await url.inputValue()).toBe('/productpage');
    const proposed = async (): Promise<string> => {
      for (let i = 0; i < 50 && !/^http/.test(await url.inputValue()); i++) await page.waitForTimeout(100);
      return await url.inputValue();
    };
    await from.selectOption('default/reviews-v3');
    expect(await proposed()).toMatch(/^http:\/\/ratings:9080\//);
    await from.selectOption('default/productpage-v1');
    expect(await proposed()).toMatch(/^http:\/\/(reviews|details):9080\//);
    await from.selectOption('ingress');
    expect(await url.inputValue()).toBe('/productpage');
    expect(seen.complaints).toEqual([]);
  });

  it('replays no further back than the control plane has been counting, and says since when', async () => {
    await using seen = await open();
    const replay = seen.page.getByRole('group', { name: 'Replay' });
    await replay.getByText(/^Since \d\d:\d\d:\d\d, when the control plane started$/).waitFor();
    const reach = -Number(await replay.getByRole('slider').getAttribute('min'));
    const { startedAtMs } = (await (await fetch(`${mesh.admin}/api/status`, { headers: { authorization: `Bearer ${token}` } })).json()) as {
      readonly startedAtMs: number;
    };
    expect(reach).toBeLessThanOrEqual((Date.now() - startedAtMs) / 1_000);
    expect(reach).toBeGreaterThan((Date.now() - startedAtMs) / 1_000 - 15);
  });

  it('is read on a phone: the first look has letters of 11 pixels, and fingers move it', async () => {
    await using seen = await open('', { width: 390, height: 844, colours: 'dark' });
    const { page } = seen;
    await page
      .getByRole('button', { name: /reviews-v2/ })
      .first()
      .waitFor();
    await page.waitForTimeout(500);
    expect(await seen.smallestLetters()).toBeGreaterThanOrEqual(11);
    const at = async (): Promise<number> => (await page.locator('.react-flow__node-workload').first().boundingBox())?.x ?? Number.NaN;
    const before = await at();
    const fingers = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', x: number): Promise<unknown> =>
      fingers.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x, y: 740 }] });
    await touch('touchStart', 250);
    for (let x = 260; x <= 310; x += 10) await touch('touchMove', x);
    await touch('touchEnd', 310);
    for (let i = 0; i < 50 && (await at()) < before + 30; i++) await page.waitForTimeout(100);
    expect(await at()).toBeGreaterThan(before + 30);
    expect(seen.complaints).toEqual([]);
  });

  it('sends a request and says why it went where it went', async () => {
    await using seen = await open('#/try');
    const { page } = seen;
    await seen.click(page.getByRole('button', { name: 'Send', exact: true }));
    await page.getByText('status 200').waitFor();
    await seen.click(page.getByRole('button', { name: 'Why?' }));
    await page.getByTestId('explanation').first().waitFor();
    expect(seen.complaints).toEqual([]);
  });

  it('shows markup in requests, answers and resources as the text it is', async () => {
    await mesh.applyText(MARKED_UP);
    await using seen = await open('#/requests?find=globalThis');
    const { page } = seen;
    const unharmed = async (where: string): Promise<void> => {
      const foreign = await seen.foreignElements();
      const ran = await page.evaluate(() => 'ran' in globalThis);
      expect({ where, foreign, ran, complaints: seen.complaints }).toEqual({ where, foreign: [], ran: false, complaints: [] });
    };
    await page.getByText(/^Live/).waitFor();
    const path = `/productpage?q=${IMAGE}`;
    expect(await send(mesh.ingress, path, { 'user-agent': IMAGE, 'end-user': IMAGE, 'x-note': SCRIPT })).toBe(200);
    expect(await send(mesh.ingress, `/${SCRIPT}`, {})).toBe(404);
    // No authority is written like that: it is refused before anybody has to show it.
    expect(await send(mesh.ingress, '/productpage', { host: IMAGE })).toBe(400);
    const row = page.locator('.request-row', { hasText: path });
    await row.locator('.wide-only', { hasText: IMAGE }).waitFor();
    expect(await row.getAttribute('aria-label')).toContain(`end-user: ${IMAGE}`);
    await page.locator('.request-row', { hasText: `/${SCRIPT}` }).waitFor();
    await unharmed('the list');
    await seen.click(row);
    const pane = page.getByRole('complementary', { name: 'Details' });
    await pane.getByRole('row', { name: `x-note ${SCRIPT}` }).waitFor();
    await pane.getByRole('row', { name: `user-agent ${IMAGE}` }).waitFor();
    await unharmed('a hop');
    await seen.click(page.getByRole('button', { name: /productpage-v1 calls details/ }));
    await seen.click(page.getByRole('button', { name: 'Why?' }));
    await pane.getByTestId('why-outcome').getByText(path).waitFor();
    await page.locator('.step.chosen', { hasText: IMAGE }).first().waitFor();
    await unharmed('why it was sent on');
    await seen.go('#/requests?find=globalThis');
    await seen.click(page.locator('.request-row', { hasText: `/${SCRIPT}` }));
    await pane.getByText(SCRIPT).nth(1).waitFor();
    await seen.click(page.getByRole('button', { name: 'Why?' }));
    await page.getByTestId('explanation').getByText(SCRIPT).first().waitFor();
    await unharmed('why nobody answered');
    await seen.go('#/workloads/istio-system/istio-ingressgateway/logs');
    await page.getByLabel('Find in the log').fill('globalThis');
    await page.locator('.log .text', { hasText: IMAGE }).first().waitFor();
    await page.locator('.log .text', { hasText: SCRIPT }).first().waitFor();
    await unharmed('a log');
    await seen.go('#/graph?sel=n:default/details-v1');
    await page.getByText(`When header user-agent is "${IMAGE}": to details v1`).waitFor();
    await unharmed('the graph');
    await seen.go('#/configuration/VirtualService/default/details');
    await page.locator('.code-line', { hasText: IMAGE }).first().waitFor();
    await page.locator('.code-line', { hasText: SCRIPT }).waitFor();
    await unharmed('a resource');
    await seen.go(`#/try?url=${encodeURIComponent(path)}`);
    await seen.click(page.getByRole('button', { name: 'Send', exact: true }));
    await page.locator('pre', { hasText: '<!doctype html>' }).waitFor();
    await unharmed('an answer');
    // That none of this is noticed by a page that is blind: what is let in shows.
    await page.evaluate((html) => document.body.insertAdjacentHTML('beforeend', html), IMAGE);
    expect(await seen.foreignElements()).toHaveLength(1);
    for (let i = 0; i < 50 && seen.complaints.length === 0; i++) await page.waitForTimeout(100);
    expect(seen.complaints.join()).toMatch(/Content Security Policy/);
    await mesh.lateen('delete', 'VirtualService', 'details', '--wait');
  });

  it('routes by header, with the wizard: who is named gets v1, and nobody else', async () => {
    await using seen = await open();
    await seen.useWizard('Route by header', 'reviews', { Header: 'end-user', Value: 'anna', 'Goes to version': 'v1' });
    const servedBy = async (user: string): Promise<string | undefined> => {
      const { body } = await ask('productpage-v1', 'http://reviews:9080/reviews/0', [['end-user', user]]);
      return /reviews-v\d/.exec(body)?.[0];
    };
    expect([await servedBy('anna'), await servedBy('anna'), await servedBy('anna')]).toEqual(['reviews-v1', 'reviews-v1', 'reviews-v1']);
    expect(['reviews-v2', 'reviews-v3']).toContain(await servedBy('bert'));
    expect(seen.complaints).toEqual([]);
  });

  it('injects a fault with the wizard, and takes it away again', async () => {
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    await using seen = await open();
    const share = 'Answer with an error, % of requests';
    await seen.useWizard('Inject a fault', 'ratings', { [share]: '100', 'Status of the error': '418' });
    const { status, requestId } = await ask('reviews-v2', RATINGS);
    const { hops } = await api<Exchange>(`requests/${requestId}`);
    expect([status, hops[0]?.record.fault, hops[0]?.record.flags]).toEqual([418, { abortStatus: 418 }, ['FI']]);
    await seen.useWizard('Inject a fault', 'ratings', { [share]: '0' });
    expect((await ask('reviews-v2', RATINGS)).status).toBe(200);
    expect(seen.complaints).toEqual([]);
  });

  it('says what was undone beside a failure, and does not offer to undo that', async () => {
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    await using seen = await open();
    const { page } = seen;
    await seen.useWizard('Inject a fault', 'ratings', { 'Answer with an error, % of requests': '100', 'Status of the error': '500' });
    await seen.useWizard('Inject a fault', 'ratings', { 'Answer with an error, % of requests': '100', 'Status of the error': '503' });
    await seen.useWizard('Inject a fault', 'ratings', { 'Answer with an error, % of requests': '0' });
    await seen.useWizard('Inject a fault', 'ratings', { 'Answer with an error, % of requests': '100', 'Status of the error': '555' });
    await seen.go('#/graph?window=15&sel=n:default/ratings-v1');
    const details = page.getByRole('complementary', { name: 'Details' });
    const offers = details.getByRole('button', { name: /^Undo the last change/ });
    await offers.first().waitFor();
    await seen.click(offers.first());
    await details
      .getByText(/^Undone at \d\d:\d\d:\d\d: VirtualService ratings .* failed before that\.$/)
      .first()
      .waitFor({ timeout: 3_000 });
    const told = details.getByText(/^Undone.*VirtualService ratings .* failed before that\.$/).first();
    const stays = async (): Promise<void> => {
      for (let i = 0; i < 14; i++) {
        expect([await offers.count(), await told.count()]).toEqual([0, 1]);
        await page.waitForTimeout(500);
      }
    };
    await stays();
    await page.reload();
    await told.waitFor();
    expect(await offers.count()).toBe(0);
    expect((await ask('reviews-v2', RATINGS)).status).toBe(200);
    expect(seen.complaints).toEqual([]);
  });

  it('mirrors with the wizard: the copies arrive at v1', async () => {
    await using seen = await open();
    const { page } = seen;
    await seen.useWizard('Mirror', 'reviews', { 'Copy requests to version': 'v1' });
    const since = Date.now();
    await seen.go('#/requests?workload=reviews-v1');
    await page.locator('.request-row', { hasText: '/reviews/0' }).first().waitFor();
    const copied = async (): Promise<boolean> => {
      const { requests } = await api<{ readonly requests: readonly RequestRecord[] }>('requests?workload=reviews-v1');
      return requests.some(({ startTimeMs, status }) => startTimeMs > since && status === 200);
    };
    for (let i = 0; i < 50 && !(await copied()); i++) await page.waitForTimeout(200);
    expect(await copied()).toBe(true);
    await seen.useWizard('Mirror', 'reviews', { 'Share copied, % (0: stop mirroring)': '0' });
    expect(seen.complaints).toEqual([]);
  });

  it('bounds how long an application that hangs is waited for, with the wizard, and restarts it', async () => {
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    await using seen = await open();
    const { page } = seen;
    const pid = async (): Promise<number> => {
      const { workloads } = await api<{ readonly workloads: readonly WorkloadView[] }>('workloads');
      return workloads.find(({ name }) => name === 'ratings-v1')?.pid ?? Number.NaN;
    };
    const hangs = await pid();
    process.kill(hangs, 'SIGSTOP');
    await seen.useWizard('Timeouts and retries', 'ratings', {
      'Give up after, ms (0: never)': '5000',
      'Retries (0: none)': '2',
      'Each try at most, ms (0: as long as all)': '100',
      'Retry on': '5xx',
    });
    const { status, requestId } = await ask('reviews-v2', RATINGS);
    const record = (await api<Exchange>(`requests/${requestId}`)).hops[0]?.record;
    expect([status, record?.attempts]).toEqual([504, 3]);
    expect(record?.durationMs).toBeGreaterThanOrEqual(300);
    expect(record?.durationMs).toBeLessThan(3_000);
    await seen.useWizard('Timeouts and retries', 'ratings', { 'Give up after, ms (0: never)': '150', 'Retries (0: none)': '0' });
    const late = await ask('reviews-v2', RATINGS);
    expect([late.status, (await api<Exchange>(`requests/${late.requestId}`)).hops[0]?.record.flags]).toEqual([504, ['UT']]);
    await seen.go('#/workloads/default/ratings-v1');
    await seen.click(page.getByRole('button', { name: 'Restart ratings-v1' }));
    await page.getByText(/^Restarted; running again since/).waitFor({ timeout: 40_000 });
    expect(await pid()).not.toBe(hangs);
    expect((await ask('reviews-v2', RATINGS)).status).toBe(200);
    expect(seen.complaints).toEqual([]);
  });

  it('takes the focus of the keyboard along, and back', async () => {
    await using seen = await open();
    const { page } = seen;
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { activeElement: at } = document;
        return `${at?.tagName} ${at?.getAttribute('aria-label') ?? at?.textContent}`;
      });
    const becomes = async (want: RegExp): Promise<void> => {
      for (let i = 0; i < 30 && !want.test(await focused()); i++) await page.waitForTimeout(100);
      expect(await focused()).toMatch(want);
    };
    const details = page.getByRole('complementary', { name: 'Details' });
    const box = page.getByRole('button', { name: /^ratings-v1, / }).first();
    await box.focus();
    await page.keyboard.press('Enter');
    await becomes(/^H2 ratings-v1$/);
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
    await becomes(/^BUTTON ratings-v1, /);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help' }).waitFor();
    await page.keyboard.press('Escape');
    await becomes(/^BUTTON ratings-v1, /);
    // A pointer leaves it where it was pressed.
    await seen.click(box);
    await details.waitFor();
    expect(await focused()).not.toMatch(/^H2/);
    await page.keyboard.press('2');
    await page.getByText(/^Live/).waitFor();
    await page.getByText('/productpage').first().waitFor();
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    await page.keyboard.press('/');
    // With its slash: calls of productpage's have its name too.
    await page.keyboard.type('/productpage');
    await page.keyboard.press('Escape');
    await becomes(/^BODY/);
    expect(await page.getByLabel('Find in requests').inputValue()).toBe('/productpage');
    await page.keyboard.press('/');
    await page.keyboard.press('ArrowDown');
    await becomes(/^A GET \/productpage/);
    expect(seen.complaints).toEqual([]);
  });

  it('tells what still fails before an application that ended and is back', async () => {
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    await using seen = await open('#/graph?sel=n:default/ratings-v1');
    const { page } = seen;
    const { workloads } = await api<{ readonly workloads: readonly WorkloadView[] }>('workloads');
    process.kill(workloads.find(({ name }) => name === 'ratings-v1')?.pid ?? Number.NaN, 'SIGKILL');
    const problem = page.getByRole('region', { name: 'Problems' }).getByRole('button', { name: /ratings-v1/ });
    await problem.getByText(/and has been running again for/).waitFor();
    await mesh.applyText(
      BREAK_RATINGS.replace('canary', 'v1').replace(
        '    - route',
        '    - fault: { abort: { percentage: { value: 100 }, httpStatus: 555 } }\n      route',
      ),
    );
    // What most failures are due to; what the others were stands below it.
    await problem.locator('.why:not(.muted)', { hasText: /fault/ }).waitFor({ timeout: 15_000 });
    expect(await problem.locator('span').first().textContent()).toMatch(
      /^[\d.]+ % of \d+ requests to ratings-v1 fail; ratings-v1: app ended, is back$/,
    );
    const details = page.getByRole('complementary', { name: 'Details' });
    await details.locator('.chip', { hasText: /^running$/ }).waitFor();
    const cards = await details.locator('.note > .strong').allTextContents();
    expect([cards[0], cards.at(-1)]).toEqual([expect.stringMatching(/fault/), expect.stringMatching(/has been running again/)]);
    await mesh.applyText(BREAK_RATINGS.replace('canary', 'v1'));
    expect(seen.complaints).toEqual([]);
  });

  it('is used without a mouse', async () => {
    await using seen = await open();
    const { page } = seen;
    await page
      .getByRole('button', { name: /ratings-v1/ })
      .first()
      .waitFor();
    const view = (): Promise<string | null> => page.locator('nav a[aria-current=page]').textContent();
    for (const [key, name] of [
      ['2', 'Requests'],
      ['3', 'Configuration'],
      ['4', 'Workloads'],
      ['5', 'Try it'],
      ['1', 'Graph'],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator('nav a[aria-current=page]', { hasText: name }).waitFor();
      expect(await view()).toBe(name);
    }
    await page.keyboard.press('/');
    await page.keyboard.type('ratings');
    await page.getByText('1 match').waitFor();
    await page
      .getByRole('button', { name: /ratings-v1, / })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Details' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
    await page.keyboard.press('2');
    await page.getByText(/^Live/).waitFor();
    await page.locator('.request-row').nth(3).waitFor();
    await page.getByRole('button', { name: 'Pause' }).press('Enter');
    const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('href') ?? null);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const second = await focused();
    expect(second).toBe(await page.locator('.request-row').nth(1).getAttribute('href'));
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Details' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
    expect(await focused()).toBe(second);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Help' }).waitFor({ state: 'detached' });
  });

  it.each([
    ['wide and light', { width: 1280, colours: 'light' }],
    ['wide and dark', { width: 1280, colours: 'dark' }],
    ['as wide as a phone', { width: 390, height: 844 }],
  ] as const)('every view, %s: named for screen readers, no wider than the window, without complaints', async (_, view) => {
    await using seen = await open('', view);
    const found: Record<string, unknown> = {};
    const opened = [
      'requests?find=productpage',
      'configuration/VirtualService/default/reviews',
      'configuration/wizard/fault?service=default%2Freviews',
      'workloads/default/reviews-v2/config',
      'workloads/default/reviews-v2/metrics',
      'workloads/default/reviews-v2/logs',
      'graph?sel=n:default/reviews-v2',
    ];
    for (const place of [...VIEWS, ...opened]) {
      await seen.go(`#/${place}`);
      await seen.page.waitForTimeout(700);
      const [slips, overflow] = [await seen.accessibilitySlips(), await seen.overflow()];
      if (slips.length > 0 || overflow > 0) found[place] = { slips, overflow };
    }
    expect(found).toEqual({});
    expect(seen.complaints).toEqual([]);
  });

  it.each([
    ['beside what is open, at 1400 px', { width: 1_400 }, '.matched', /^end-user: jason$/],
    ['below the request, on a phone', { width: 390, height: 844 }, '.under', /^→ reviews v2(, → ratings v1)? · end-user: jason$/],
  ] as const)('the list of requests says where one went and which header decided, %s', async (_, view, part, want) => {
    await mesh.apply(sample('networking/virtual-service-reviews-jason-v2-v3.yaml'));
    await using seen = await open('#/requests?find=jason', view);
    const { page } = seen;
    await page.getByText(/^Live/).waitFor();
    const { requestId } = await ask('productpage-v1', 'http://reviews:9080/reviews/0', [['end-user', 'jason']]);
    const row = page.locator(`.request-row[href*="${requestId}"]`);
    await row.waitFor();
    if (view.width > 720) {
      await seen.click(row);
      await page.getByRole('complementary', { name: 'Details' }).waitFor();
      expect(await row.locator('.what-happened').textContent()).toMatch(/^→ reviews v2/);
    }
    const words = row.locator(part, { hasText: 'jason' });
    await words.waitFor();
    expect(await words.textContent()).toMatch(want);
    expect(await words.evaluate((e) => e.scrollWidth - e.clientWidth)).toBeLessThanOrEqual(0);
    expect(await row.evaluate((e) => e.scrollHeight - e.clientHeight)).toBeLessThanOrEqual(0);
    expect([await seen.overflow(), seen.complaints]).toEqual([0, []]);
  });

  it('says so when the control plane has gone, keeps what it knew, and comes back', async () => {
    await using seen = await open();
    const { page } = seen;
    await page
      .getByRole('button', { name: /ratings-v1/ })
      .first()
      .waitFor();
    await page.route('**/api/**', (route) => route.abort('connectionrefused'));
    await page.getByRole('alert').getByText('The control plane does not answer').waitFor();
    await page
      .getByRole('button', { name: /ratings-v1/ })
      .first()
      .waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('without a token asks for one', async () => {
    await using seen = await DashboardPage.open(browser, mesh.admin, 'wrong');
    await seen.page.getByRole('heading', { name: /needs the mesh’s token/ }).waitFor();
    await seen.page.getByLabel('Token').fill(token);
    await seen.page.getByRole('button', { name: 'Open the dashboard' }).click();
    await seen.page
      .getByRole('button', { name: /ratings-v1/ })
      .first()
      .waitFor();
  });
});
