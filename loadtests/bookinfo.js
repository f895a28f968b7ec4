/** What the k6 scripts share: where the mesh is, and what a product page tells. */
import { check } from 'k6';
import http from 'k6/http';

/** `-e BASE_URL=http://HOST:PORT`; by default the local mesh's ingress. */
export const baseUrl = __ENV.BASE_URL || 'http://127.0.0.1:8080';

/**
 * Gets the product page and checks that every part of it is there.
 * @param {Record<string, string>} [headers]
 */
export function getProductPage(headers = {}) {
  const response = http.get(`${baseUrl}/productpage`, { headers, tags: { name: 'productpage' } });
  check(response, {
    'status is 200': (r) => r.status === 200,
    'shows details': (r) => text(r).includes('Book Details'),
    'shows reviews': (r) => text(r).includes('Reviews served by:'),
  });
  return response;
}

/**
 * Which version of reviews made this page: v1 shows no stars, v2 black ones, v3 red ones.
 * @param {import('k6/http').RefinedResponse<'text'>} response
 * @returns {'v1' | 'v2' | 'v3' | 'none'}
 */
export function reviewsVersion(response) {
  const body = text(response);
  if (!body.includes('Reviews served by:')) return 'none';
  return body.includes('text-black-500') ? 'v2' : body.includes('text-red-500') ? 'v3' : 'v1';
}

/** @param {import('k6/http').RefinedResponse<'text'>} response */
function text(response) {
  return response.body === null ? '' : response.body;
}
