/**
 * Does the mesh serve at all? Ten seconds, two users, the page and its JSON.
 * k6 run -e BASE_URL=http://127.0.0.1:8080 loadtests/smoke.js
 */
import { check, sleep } from 'k6';
import http from 'k6/http';
import { baseUrl, getProductPage } from './bookinfo.js';

export const options = {
  vus: 2,
  duration: '10s',
  thresholds: {
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    'http_req_duration{name:productpage}': ['p(95)<1000'],
  },
};

export default function smoke() {
  getProductPage();
  const products = http.get(`${baseUrl}/api/v1/products`, { tags: { name: 'products' } });
  check(products, { 'lists one product': (r) => r.status === 200 && r.json('0.title') === 'The Comedy of Errors' });
  sleep(0.2);
}
