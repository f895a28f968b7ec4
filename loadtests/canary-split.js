/**
 * Does a weighted route split as its weights say? Apply destination-rule-all and one of the canary rules first, then
 * k6 run -e EXPECT=v1:80,v2:20 loadtests/canary-split.js
 *
 * The tolerance is four standard deviations of a binomial share, so a fair split fails once in some 16,000 runs.
 */
import exec from 'k6/execution';
import { Rate } from 'k6/metrics';
import { getProductPage, reviewsVersion } from './bookinfo.js';

const ITERATIONS = Number(__ENV.ITERATIONS || 1000);
const VERSIONS = /** @type {const} */ (['v1', 'v2', 'v3']);
const expected = parseExpected(__ENV.EXPECT || 'v1:80,v2:20');
const shares = { v1: new Rate('reviews_v1'), v2: new Rate('reviews_v2'), v3: new Rate('reviews_v3') };

export const options = {
  scenarios: { split: { executor: 'shared-iterations', vus: 10, iterations: ITERATIONS, maxDuration: '5m' } },
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    ...Object.fromEntries(VERSIONS.map((version) => [`reviews_${version}`, bounds(expected[version])])),
  },
};

export default function split() {
  const version = reviewsVersion(getProductPage());
  if (version === 'none') exec.test.fail('a page came without reviews');
  for (const each of VERSIONS) shares[each].add(each === version);
}

/**
 * `v1:80,v2:20` as shares of one; a version left out gets nothing.
 * @param {string} text
 */
function parseExpected(text) {
  const weights = { v1: 0, v2: 0, v3: 0 };
  for (const part of text.split(',')) {
    const [version, weight] = part.split(':');
    if ((version !== 'v1' && version !== 'v2' && version !== 'v3') || !(Number(weight) >= 0))
      throw new Error(`Cannot read EXPECT: '${part}' is not VERSION:WEIGHT`);
    weights[version] = Number(weight);
  }
  const total = weights.v1 + weights.v2 + weights.v3;
  if (total === 0) throw new Error('Cannot read EXPECT: all weights are 0');
  return { v1: weights.v1 / total, v2: weights.v2 / total, v3: weights.v3 / total };
}

/**
 * Thresholds around a share; one of 0 or 1 has no room.
 * @param {number} share
 */
function bounds(share) {
  if (share === 0 || share === 1) return [`rate==${share}`];
  const tolerance = 4 * Math.sqrt((share * (1 - share)) / ITERATIONS);
  return [`rate>${Math.max(0, share - tolerance)}`, `rate<${Math.min(1, share + tolerance)}`];
}
