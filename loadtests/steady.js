/**
 * Does the mesh keep up? A constant arrival rate, so that a slow answer does not lower the load.
 * k6 run -e RATE=50 -e DURATION=1m loadtests/steady.js
 */
import { getProductPage } from './bookinfo.js';

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 50),
      timeUnit: '1s',
      duration: __ENV.DURATION || '1m',
      preAllocatedVUs: 20,
      maxVUs: 200,
    },
  },
  thresholds: {
    checks: ['rate>0.999'],
    http_req_failed: ['rate<0.001'],
    http_req_duration: ['p(50)<100', 'p(95)<400', 'p(99)<1000'],
    dropped_iterations: ['count<10'],
  },
};

export default function steady() {
  getProductPage();
}
