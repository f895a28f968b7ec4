import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BookinfoMesh, envoyPath, type Proxies } from './bookinfo-mesh';
import { RULES, SPLITS, type Step, TASKS } from './bookinfo-tasks';
import { chromiumPath, launchBrowser, type PageSeen, Visitor } from './browser';

const PROXIES: readonly Proxies[] = [
  { name: 'our sidecars', envoyBeside: [] },
  { name: 'a real Envoy beside reviews', envoyBeside: ['reviews'] },
  { name: 'a real Envoy beside productpage', envoyBeside: ['productpage'] },
];

/** Without its peers a run says which part of the table it leaves out, and does not pretend. */
function runnable({ envoyBeside }: Proxies): boolean {
  return chromiumPath !== undefined && (envoyBeside.length === 0 || (envoyPath !== undefined && process.env.LATEEN_URL === undefined));
}

for (const proxies of PROXIES) {
  const suite = runnable(proxies) ? describe : describe.skip;
  suite(`Bookinfo's tasks with ${proxies.name}`, () => {
    let mesh: BookinfoMesh;
    let browser: Browser;
    beforeAll(async () => {
      mesh = await BookinfoMesh.start(proxies);
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      await mesh?.[Symbol.asyncDispose]();
    });

    /** Back to a mesh with subsets and no rules. */
    async function clear(): Promise<void> {
      // Deleting what is not there is an error, as with kubectl: put there first what is to go.
      await mesh.applyTogether([...RULES, 'networking/destination-rule-all']);
      await mesh.delete(RULES);
    }

    async function look(user: string | undefined): Promise<PageSeen> {
      await using visitor = await Visitor.arrive(browser, mesh.url);
      if (user !== undefined) await visitor.signIn(user);
      return await visitor.load();
    }

    async function take({ apply, applyText, user, sees }: Step): Promise<void> {
      if (apply !== undefined) await mesh.apply(apply);
      if (applyText !== undefined) await mesh.applyText(applyText);
      const seen = await look(user);
      expect({ user: seen.user, errors: seen.errors }).toEqual({ user, errors: sees.errors ?? [] });
      if (sees.stars !== undefined) expect(seen.stars).toBe(sees.stars);
      if (sees.reviews !== undefined) expect(seen.servedBy).toMatch(new RegExp(`^reviews-${sees.reviews}\\b`));
      expect(seen.tookMs).toBeGreaterThanOrEqual(sees.atLeastMs ?? 0);
      expect(seen.tookMs).toBeLessThanOrEqual(sees.atMostMs ?? 10_000);
    }

    it('without rules every version appears within 30 loads', async () => {
      await clear();
      await using visitor = await Visitor.arrive(browser, mesh.url);
      const seen = new Set<string>();
      for (let i = 0; i < 30 && seen.size < 3; i++) {
        const page = await visitor.load();
        expect(page.errors).toEqual([]);
        seen.add(page.stars);
      }
      expect([...seen].sort()).toEqual(['black', 'none', 'red']);
    });

    it.each(TASKS)('$name', async ({ steps }) => {
      await clear();
      for (const step of steps) await take(step);
    });

    it('a visitor who signs out is nobody again', async () => {
      await clear();
      await mesh.apply(['networking/virtual-service-reviews-jason-v2-v3']);
      await using visitor = await Visitor.arrive(browser, mesh.url);
      await visitor.signIn('jason');
      expect(await visitor.load()).toMatchObject({ stars: 'black', user: 'jason' });
      await visitor.signOut();
      expect(await visitor.load()).toMatchObject({ stars: 'red', user: undefined });
    });

    if (proxies.envoyBeside.length > 0) {
      it('and Envoy has rejected nothing', async () => {
        const workload = proxies.envoyBeside[0] === 'reviews' ? 'reviews-v2' : 'productpage-v1';
        const stats = await mesh.admin(workload, '/stats?filter=update_rejected');
        const rejected = [...stats.matchAll(/^(\S+update_rejected): (\d+)$/gm)];
        expect(rejected.length).toBeGreaterThan(3);
        expect(rejected.filter(([, , count]) => count !== '0').map(([line]) => line)).toEqual([]);
      });
    }

    it.each(SPLITS)('$file splits as its weights say', async ({ file, shares }) => {
      await clear();
      await mesh.apply([file]);
      const counts: Record<string, number> = {};
      const total = 200;
      for (let i = 0; i < total; i++) {
        const answer = (await (await fetch(`${mesh.url}/api/v1/products/0/reviews`)).json()) as { podname: string };
        const version = /^reviews-(v\d)\b/.exec(answer.podname)?.[1] ?? answer.podname;
        counts[version] = (counts[version] ?? 0) + 1;
      }
      expect(Object.keys(counts).sort()).toEqual(Object.keys(shares).sort());
      for (const [version, percent] of Object.entries(shares)) {
        // Four standard deviations: a fair split fails once in some 16,000 runs.
        const tolerance = 4 * Math.sqrt(total * (percent / 100) * (1 - percent / 100));
        expect(Math.abs((counts[version] ?? 0) - (total * percent) / 100)).toBeLessThanOrEqual(tolerance);
      }
    });
  });
}
