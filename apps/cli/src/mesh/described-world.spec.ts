import { expect, it } from '@jest/globals';
import { located } from './described-world';

it('has the places of the files that the user wrote, wherever they stand', () => {
  const places = new Map([['live/VirtualService/default/reviews', { file: 'k8s/reviews.yaml', line: 7 }]]);
  const own = { file: 'live/VirtualService/default/reviews', line: 2, resource: 'VirtualService default/reviews' };
  const unknown = { file: 'live/Gateway/default/g', line: 3 };
  expect(located({ name: 'r', rules: [{ place: own }], problems: [unknown], at: undefined }, places)).toEqual({
    name: 'r',
    rules: [{ place: { ...own, file: 'k8s/reviews.yaml', line: 7 } }],
    problems: [unknown],
    at: undefined,
  });
});
