import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** The Chromium there is: `CHROMIUM`, else the distribution's; undefined when there is none. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && path !== '' && existsSync(path));

/** Starts a headless Chromium that talks to nobody on its own account. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
}

/** What one load of the product page shows. */
export interface PageSeen {
  /** The colour of the stars: v1 of reviews shows none, v2 black ones, v3 red ones. */
  readonly stars: 'none' | 'black' | 'red' | 'mixed';
  /** Sentences of failure, from the page's boxes and the reviews' own. */
  readonly errors: readonly string[];
  /** The replica that answered for reviews; empty when the page shows no reviews. */
  readonly servedBy: string;
  readonly user?: string;
  /** From asking for the page until it is all there. */
  readonly tookMs: number;
}

/** One visitor: a browser context of their own, signed in or not. */
export class Visitor implements AsyncDisposable {
  readonly #base: string;
  readonly #context: BrowserContext;
  readonly #page: Page;

  private constructor(base: string, context: BrowserContext, page: Page) {
    this.#base = base;
    this.#context = context;
    this.#page = page;
  }

  /** `base` is the ingress: `http://HOST:PORT`. */
  static async arrive(browser: Browser, base: string): Promise<Visitor> {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return new Visitor(base, context, page);
  }

  /** Loads the product page and reads it. */
  async load(): Promise<PageSeen> {
    const startedAt = performance.now();
    await this.#page.goto(`${this.#base}/productpage`);
    return this.#read(performance.now() - startedAt);
  }

  /** Uses the page's own dialog; the page is loaded again by it, and `load` reads it afresh. */
  async signIn(user: string): Promise<void> {
    await this.#page.goto(`${this.#base}/productpage`);
    await this.#page.getByRole('button', { name: 'Sign in' }).click();
    await this.#page.locator('#username').fill(user);
    await this.#page.locator('#password').fill('any');
    await this.#page.locator('#sign-in button[type=submit]').click();
    await this.#page.locator('#user', { hasText: user }).waitFor();
  }

  async signOut(): Promise<void> {
    await this.#page.getByRole('link', { name: 'Sign out' }).click();
    await this.#page.getByRole('button', { name: 'Sign in' }).waitFor();
  }

  /** A picture of the page as it is. */
  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path, fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }

  async #read(tookMs: number): Promise<PageSeen> {
    const texts = async (selector: string): Promise<string[]> =>
      (await this.#page.locator(selector).allTextContents()).map((text) => text.trim());
    const black = await this.#page.locator('.glyphicon-star.text-black-500').count();
    const red = await this.#page.locator('.glyphicon-star.text-red-500').count();
    return {
      stars: black > 0 && red > 0 ? 'mixed' : black > 0 ? 'black' : red > 0 ? 'red' : 'none',
      errors: [...new Set(await texts('.error p, .no-rating'))],
      servedBy: (await texts('#served-by'))[0] ?? '',
      user: (await texts('#user'))[0],
      tookMs,
    };
  }
}
