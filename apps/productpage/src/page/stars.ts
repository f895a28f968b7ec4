import { type Html, html } from '../html';

const SHAPE = html`<path d="M12 1.8l3.1 6.5 7.1.9-5.2 4.9 1.3 7.1L12 17.7l-6.3 3.5 1.3-7.1L1.8 9.2l7.1-.9z"/>`;

/** Five stars, `count` of them filled, in a colour named by its class. */
export function stars(count: number, color: string): Html {
  const star = (filled: boolean): Html =>
    html`<svg class="glyphicon ${filled ? 'glyphicon-star' : 'glyphicon-star-empty'} text-${color}-500" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">${SHAPE}</svg>`;
  return html`<div class="stars" role="img" aria-label="${count} of 5 stars, ${color}">${Array.from({ length: 5 }, (_, i) => star(i < count))}</div>`;
}
