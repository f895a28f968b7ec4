import { describe, expect, it } from '@jest/globals';
import { parseDetails, parseReviews } from './book-data';

describe('parseDetails', () => {
  it.each([
    {
      body: { author: 'A', pages: 200, 'ISBN-10': '1', id: 0 },
      want: [
        ['Author', 'A'],
        ['Pages', '200'],
        ['ISBN-10', '1'],
      ],
    },
    { body: { author: { nested: true }, year: null }, want: [] },
    { body: null, want: [] },
    { body: 'text', want: [] },
  ])('$body', ({ body, want }) => expect(parseDetails(body)).toEqual(want));
});

describe('parseReviews', () => {
  const rated = (rating: unknown): unknown =>
    parseReviews({ podname: 'p', reviews: [{ reviewer: 'r', text: 't', rating }] })?.reviews[0]?.rating;
  const sentence = { error: 'Ratings service is currently unavailable' };
  it.each([
    { name: 'no reviews at all', got: parseReviews({}), want: undefined },
    { name: 'null', got: parseReviews(null), want: undefined },
    {
      name: 'the cluster called null is none',
      got: parseReviews({ podname: 'p', clustername: 'null', reviews: [] }),
      want: { podName: 'p', clusterName: undefined, reviews: [] },
    },
    {
      name: 'a cluster',
      got: parseReviews({ podname: 'p', clustername: 'c', reviews: [] }),
      want: { podName: 'p', clusterName: 'c', reviews: [] },
    },
    { name: 'no rating', got: rated(undefined), want: undefined },
    { name: 'stars', got: rated({ stars: 4, color: 'red' }), want: { stars: 4, color: 'red' } },
    { name: 'stars beyond five', got: rated({ stars: 1e9, color: 'red' }), want: { stars: 5, color: 'red' } },
    { name: 'a colour that is no class name', got: rated({ stars: 1, color: 'red" onload="x' }), want: { stars: 1, color: 'black' } },
    { name: 'an error', got: rated({ error: 'why' }), want: { error: 'why' } },
    { name: 'neither stars nor error', got: rated({}), want: sentence },
    { name: 'a rating that is null', got: rated(null), want: sentence },
  ])('$name', ({ got, want }) => expect(got).toEqual(want));
});
