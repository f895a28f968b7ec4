/** What a review carries when its version shows stars: them, or why there are none. */
export type Rating = { readonly stars: number; readonly color: string } | { readonly error: string };

/** One review, as answered. */
export interface Review {
  readonly reviewer: string;
  readonly text: string;
  readonly rating?: Rating;
}

/** A product's reviews, and which replica answered. */
export interface ProductReviews {
  readonly id: string;
  readonly podname: string;
  readonly clustername: string;
  readonly reviews: readonly Review[];
}

const TEXTS = [
  ['Reviewer1', 'An extremely entertaining play by Shakespeare. The slapstick humour is refreshing!'],
  ['Reviewer2', 'Absolutely fun and entertaining. The play lacks thematic depth when compared to other plays by Shakespeare.'],
] as const;

/** The two reviews every product has, each with its rating when `ratingOf` is given. */
export function reviewsWith(ratingOf?: (reviewer: string) => Rating): readonly Review[] {
  return TEXTS.map(([reviewer, text]) => (ratingOf === undefined ? { reviewer, text } : { reviewer, text, rating: ratingOf(reviewer) }));
}
