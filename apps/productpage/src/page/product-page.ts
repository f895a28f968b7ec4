import { type Fetched } from '../backends';
import { Html, html } from '../html';
import { type Product } from '../products';
import { parseDetails, parseReviews, type ShownReview } from './book-data';
import { layout } from './layout';
import { stars } from './stars';

/** Everything the product page shows. */
export interface ProductPage {
  readonly product: Product;
  readonly user?: string;
  readonly details: Fetched;
  readonly reviews: Fetched;
}

/** The book, its details and its reviews; what could not be had is a box that says so. */
export function productPage({ product, user, details, reviews }: ProductPage): string {
  return layout({
    user,
    main: html`<section class="book">
<img class="cover" src="/static/cover.svg" width="240" height="340" alt="Cover of ${product.title}">
<div class="about">
<p class="kicker">William Shakespeare</p>
<h1>${product.title}</h1>
<p class="summary">${new Html(product.descriptionHtml)}</p>
${detailsSection(details)}
</div>
</section>
${reviewsSection(reviews)}`,
  });
}

function detailsSection(details: Fetched): Html {
  if (!details.ok) return errorBox('Error fetching product details!', details.body.error);
  const rows = parseDetails(details.body).map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`);
  return html`<section aria-labelledby="details"><h2 id="details">Book Details</h2><dl class="facts">${rows}</dl></section>`;
}

function reviewsSection(reviews: Fetched): Html {
  const shown = reviews.ok ? parseReviews(reviews.body) : undefined;
  if (shown === undefined) {
    const sentence = reviews.ok ? 'Sorry, product reviews are currently unavailable for this book.' : reviews.body.error;
    return html`<section class="reviews">${errorBox('Error fetching product reviews!', sentence)}</section>`;
  }
  return html`<section class="reviews" aria-labelledby="reviews">
<h2 id="reviews">Book Reviews</h2>
<div class="cards">${shown.reviews.map(reviewCard)}</div>
<p class="served">Reviews served by: <code id="served-by">${shown.podName}</code>${shown.clusterName !== undefined && html` on cluster <code>${shown.clusterName}</code>`}</p>
</section>`;
}

function reviewCard({ reviewer, text, rating }: ShownReview): Html {
  return html`<article class="card">
${rating !== undefined && ('error' in rating ? html`<p class="no-rating">${rating.error}</p>` : stars(rating.stars, rating.color))}
<blockquote>${text}</blockquote>
<p class="by">${reviewer}</p>
</article>
`;
}

function errorBox(title: string, sentence: string): Html {
  return html`<div class="error" role="alert"><h2>${title}</h2><p>${sentence}</p></div>`;
}
