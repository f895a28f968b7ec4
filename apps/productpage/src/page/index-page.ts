import { html } from '../html';
import { layout } from './layout';

const SERVICES = [
  ['productpage', 'this page; asks details and reviews'],
  ['details', 'facts about the book'],
  ['reviews', 'v1 without stars, v2 with black ones, v3 with red ones'],
  ['ratings', 'the stars that reviews v2 and v3 show'],
] as const;

/** What one finds at `/`: the way to the book, and what stands behind it. */
export function indexPage(user?: string): string {
  return layout({
    user,
    main: html`<section class="intro">
<h1>A book, from four services</h1>
<p>Bookinfo shows one book. Each part of its page comes from another service, and every call between them goes through the mesh.</p>
<dl class="facts wide">${SERVICES.map(([name, what]) => html`<div><dt>${name}</dt><dd>${what}</dd></div>`)}</dl>
<p><a class="button" href="/productpage">To the book</a></p>
</section>`,
  });
}
