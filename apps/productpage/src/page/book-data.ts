/** One line of the details: a label and what details said. */
export type DetailRow = readonly [label: string, value: string];

/** What the page shows of a review. */
export interface ShownReview {
  readonly reviewer: string;
  readonly text: string;
  readonly rating?: { readonly stars: number; readonly color: string } | { readonly error: string };
}

/** What the page shows of the reviews. */
export interface ShownReviews {
  readonly podName: string;
  readonly clusterName?: string;
  readonly reviews: readonly ShownReview[];
}

const ROWS: readonly (readonly [key: string, label: string])[] = [
  ['author', 'Author'],
  ['year', 'Year'],
  ['type', 'Type'],
  ['pages', 'Pages'],
  ['publisher', 'Publisher'],
  ['language', 'Language'],
  ['ISBN-10', 'ISBN-10'],
  ['ISBN-13', 'ISBN-13'],
];

/** Reads details' JSON; a field it does not have has no row, an answer that is no object has none at all. */
export function parseDetails(body: unknown): readonly DetailRow[] {
  const fields = record(body);
  return ROWS.flatMap(([key, label]) => {
    const value = fields[key];
    return typeof value === 'string' || typeof value === 'number' ? [[label, String(value)] as const] : [];
  });
}

/** Reads reviews' JSON; undefined when it is not that. */
export function parseReviews(body: unknown): ShownReviews | undefined {
  const { podname, clustername, reviews } = record(body);
  if (!Array.isArray(reviews)) return undefined;
  return {
    podName: typeof podname === 'string' ? podname : 'unknown',
    clusterName: typeof clustername === 'string' && clustername !== 'null' ? clustername : undefined,
    reviews: reviews.map((item) => {
      const { reviewer, text, rating } = record(item);
      return { reviewer: String(reviewer ?? ''), text: String(text ?? ''), rating: parseRating(rating) };
    }),
  };
}

function parseRating(value: unknown): ShownReview['rating'] {
  if (value === undefined) return undefined;
  const { stars, color, error } = record(value);
  if (typeof stars !== 'number') return { error: typeof error === 'string' ? error : 'Ratings service is currently unavailable' };
  // A colour becomes part of a class name.
  return {
    stars: Math.max(0, Math.min(5, Math.round(stars))),
    color: typeof color === 'string' && /^[a-z]{1,20}$/.test(color) ? color : 'black',
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
