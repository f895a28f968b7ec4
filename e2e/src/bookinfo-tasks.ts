/** What a visitor must see; what is left out may be anything. */
export interface Expected {
  readonly stars?: 'none' | 'black' | 'red';
  /** All failure sentences on the page, in page order. Default: none. */
  readonly errors?: readonly string[];
  /** Which version of reviews answered. */
  readonly reviews?: 'v1' | 'v2' | 'v3';
  readonly atLeastMs?: number;
  readonly atMostMs?: number;
}

/** One step of a task: rules are applied first, then a visitor looks. */
export interface Step {
  /** Names of files in samples/bookinfo, without `.yaml`. */
  readonly apply?: readonly string[];
  /** YAML of the step's own. */
  readonly applyText?: string;
  /** Nobody unless named. */
  readonly user?: string;
  readonly sees: Expected;
}

/** One documented Bookinfo task, on top of the gateway and `destination-rule-all`, with no other rule in force. */
export interface Task {
  readonly name: string;
  readonly steps: readonly Step[];
}

const NO_DETAILS = 'Sorry, product details are currently unavailable for this book.';
const NO_REVIEWS = 'Sorry, product reviews are currently unavailable for this book.';
const NO_RATINGS = 'Ratings service is currently unavailable';

const JOHN_TO_V1 = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http:
    - match: [{ headers: { end-user: { exact: jason } } }]
      route: [{ destination: { host: reviews, subset: v2 } }]
    - match: [{ headers: { end-user: { exact: john } } }]
      route: [{ destination: { host: reviews, subset: v1 } }]
    - route: [{ destination: { host: reviews, subset: v3 } }]
`;

/**
 * What must hold whichever proxies carry the traffic, ours or a real Envoy.
 * Spec: Istio's tasks "Request Routing", "Fault Injection", "Traffic Shifting" and "Mutual TLS Migration".
 */
export const TASKS: readonly Task[] = [
  {
    name: 'everything to v1',
    steps: [{ apply: ['networking/virtual-service-all-v1'], sees: { stars: 'none', reviews: 'v1' } }],
  },
  {
    name: 'jason sees v2, everyone else v3; john v1 once a rule says so',
    steps: [
      { apply: ['networking/virtual-service-reviews-jason-v2-v3'], user: 'jason', sees: { stars: 'black', reviews: 'v2' } },
      { sees: { stars: 'red', reviews: 'v3' } },
      { user: 'john', sees: { stars: 'red', reviews: 'v3' } },
      { applyText: JOHN_TO_V1, user: 'john', sees: { stars: 'none', reviews: 'v1' } },
      { user: 'jason', sees: { stars: 'black', reviews: 'v2' } },
      { sees: { stars: 'red', reviews: 'v3' } },
    ],
  },
  {
    name: 'jason tests v2, everyone else stays on v1',
    steps: [
      {
        apply: ['networking/virtual-service-all-v1', 'networking/virtual-service-reviews-test-v2'],
        user: 'jason',
        sees: { stars: 'black', reviews: 'v2' },
      },
      { sees: { stars: 'none', reviews: 'v1' } },
    ],
  },
  {
    name: 'a delay of ratings uncovers timeouts that do not fit together',
    steps: [
      {
        apply: [
          'networking/virtual-service-all-v1',
          'networking/virtual-service-reviews-test-v2',
          'networking/virtual-service-ratings-test-delay',
        ],
        user: 'jason',
        sees: { stars: 'none', errors: [NO_REVIEWS], atLeastMs: 5900, atMostMs: 7000 },
      },
      { sees: { stars: 'none', reviews: 'v1', atMostMs: 2500 } },
      {
        apply: ['networking/virtual-service-reviews-v3'],
        user: 'jason',
        sees: { stars: 'none', reviews: 'v3', errors: [NO_RATINGS], atLeastMs: 2400, atMostMs: 5900 },
      },
    ],
  },
  {
    name: 'an abort of ratings leaves the reviews standing',
    steps: [
      {
        apply: [
          'networking/virtual-service-all-v1',
          'networking/virtual-service-reviews-test-v2',
          'networking/virtual-service-ratings-test-abort',
        ],
        user: 'jason',
        sees: { stars: 'none', reviews: 'v2', errors: [NO_RATINGS], atMostMs: 2500 },
      },
      { sees: { stars: 'none', reviews: 'v1' } },
    ],
  },
  {
    name: 'an abort of details leaves the rest of the page standing',
    steps: [
      {
        apply: ['networking/virtual-service-all-v1', 'networking/fault-injection-details-v1'],
        sees: { stars: 'none', reviews: 'v1', errors: [NO_DETAILS] },
      },
    ],
  },
  {
    name: 'the migration to v3 ends with all traffic there',
    steps: [
      { apply: ['networking/virtual-service-all-v1', 'networking/virtual-service-reviews-50-v3'], sees: {} },
      { apply: ['networking/virtual-service-reviews-v3'], sees: { stars: 'red', reviews: 'v3' } },
      { user: 'jason', sees: { stars: 'red', reviews: 'v3' } },
    ],
  },
  {
    name: 'mutual TLS only, on both ends',
    steps: [
      {
        apply: [
          'networking/destination-rule-all-mtls',
          'networking/virtual-service-all-v1',
          'networking/virtual-service-reviews-v3',
          'policy/peer-authentication-strict',
        ],
        sees: { stars: 'red', reviews: 'v3' },
      },
    ],
  },
];

/** Weighted rules, and each version's share in percent. */
export const SPLITS: readonly { readonly file: string; readonly shares: Readonly<Partial<Record<'v1' | 'v2' | 'v3', number>>> }[] = [
  { file: 'networking/virtual-service-reviews-90-10', shares: { v1: 90, v2: 10 } },
  { file: 'networking/virtual-service-reviews-80-20', shares: { v1: 80, v2: 20 } },
  { file: 'networking/virtual-service-reviews-50-v3', shares: { v1: 50, v3: 50 } },
  { file: 'networking/virtual-service-reviews-v2-v3', shares: { v2: 50, v3: 50 } },
];

/** Rules whose removal gives a mesh without any, whatever a task left behind. */
export const RULES: readonly string[] = ['networking/virtual-service-all-v1', 'policy/peer-authentication-strict'];
