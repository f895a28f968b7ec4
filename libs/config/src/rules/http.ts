import { RE2JS } from 're2js';
import { checkDuration } from './values';
import { type Place, quote, type Report, unfit } from './report';

/** What HTTP rules share: names and values of headers, methods, statuses, regexes, retries. Spec: validation.md §3.5. */

const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const PSEUDO_HEADERS = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const CORS_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*']);
const GRPC_STATUSES = new Set(
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  ),
);
const RETRY_CONDITIONS = new Set(
  '5xx gateway-error reset reset-before-request connect-failure retriable-4xx refused-stream retriable-status-codes retriable-headers envoy-ratelimited http3-post-connect-failure cancelled deadline-exceeded internal resource-exhausted unavailable'.split(
    ' ',
  ),
);
const STATUS_RANGES: readonly (readonly [number, number])[] = [
  [100, 103],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
];

/** Whether `name` asks for a claim of the caller's token: `@request.auth.claims.sub` or `@request.auth.claims[sub]`. */
export function isJwtClaimKey(name: string): boolean {
  return /^@request\.auth\.claims(?:\..|\[.+\])/is.test(name);
}

/** Refuses a name that no header can have in a match. */
export function checkMatchHeaderName(report: Report, at: Place, name: string): void {
  if (isJwtClaimKey(name) || PSEUDO_HEADERS.has(name) || TOKEN.test(name)) return;
  report.error(
    'invalid_header',
    at,
    unfit(name, 'a header name', 'letters, digits and "-", or one of :method, :scheme, :authority, :path, :status'),
  );
}

/** Refuses a name that headers cannot be changed by. Only a request's `set` and `add` may name the host. */
export function checkHeaderOperationName(report: Report, at: Place, name: string, mayNameHost: boolean): void {
  const lower = name.toLowerCase();
  const host = lower === 'host' || lower === ':authority';
  if (name !== '' && (mayNameHost ? host || !name.startsWith(':') : lower !== 'host' && !name.startsWith(':'))) return;
  report.error(
    'invalid_header',
    at,
    unfit(
      name,
      'the name of a header to change',
      `a name that is not empty and does not start with ":"${mayNameHost ? '' : ', and not the host'}`,
    ),
  );
}

/** Refuses control characters and text that Envoy's substitution does not read. */
export function checkHeaderValue(report: Report, at: Place, value: string): void {
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    report.error('invalid_header', at, unfit(value, 'a header value', 'no control characters'));
  else if (!isSubstitution(value))
    report.error('invalid_header', at, unfit(value, 'a header value', '%VARIABLE% or %VARIABLE(arguments)%, and "%%" for a percent sign'));
}

/** Refuses what is neither `*` nor a header name. */
export function checkCorsHeader(report: Report, at: Place, name: string): void {
  if (!TOKEN.test(name)) report.error('invalid_header', at, unfit(name, 'a header name', 'letters, digits and "-", or "*"'));
}

/** Refuses a method that CORS does not know; upper case only. */
export function checkCorsMethod(report: Report, at: Place, method: string): void {
  if (!CORS_METHODS.has(method)) report.error('invalid_method', at, unfit(method, 'a method', [...CORS_METHODS].join(', ')));
}

/** Refuses a status outside 200–600. */
export function checkStatus(report: Report, at: Place, status: number): void {
  if (status < 200 || status > 600) report.error('invalid_status', at, unfit(status, 'an HTTP status', '200 to 600'));
}

/** Refuses a name that gRPC has no status for. */
export function checkGrpcStatus(report: Report, at: Place, status: string): void {
  if (!GRPC_STATUSES.has(status)) report.error('invalid_status', at, unfit(status, 'a gRPC status', [...GRPC_STATUSES].join(', ')));
}

/** Refuses a regex that is empty, over 1024 bytes or not RE2. */
export function checkRegex(report: Report, at: Place, regex: string): void {
  const problem = regexProblem(regex);
  if (problem !== undefined) report.error('invalid_regex', at, `Cannot use ${quote(regex)} as a regex: ${problem}`);
}

/** What keeps `regex` from being one of at most `maxBytes`; undefined when nothing does. */
export function regexProblem(regex: string, maxBytes = 1024): string | undefined {
  if (regex === '') return 'it is empty';
  if (new TextEncoder().encode(regex).length > maxBytes) return `it is longer than ${maxBytes} bytes`;
  try {
    RE2JS.compile(regex);
    return undefined;
  } catch (error) {
    return `RE2 does not read it: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A string match as every kind writes it. */
export interface StringMatchLike {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly regex?: string | undefined;
}

/** Refuses an empty prefix and a bad regex; nothing set at all means presence and passes. */
export function checkStringMatch(report: Report, at: Place, match: StringMatchLike | undefined): void {
  if (match === undefined) return;
  if (match.prefix === '')
    report.error('invalid_match', [...at, 'prefix'], 'Cannot match by an empty prefix: it fits everything; leave the match out');
  if (match.regex !== undefined) checkRegex(report, [...at, 'regex'], match.regex);
}

/** A retry policy as VirtualService and MeshConfig write it. */
export interface RetryLike {
  readonly attempts?: number | undefined;
  readonly perTryTimeout?: string | undefined;
  readonly retryOn?: string | undefined;
  readonly retryRemoteLocalities?: boolean | undefined;
  readonly backoff?: string | undefined;
}

/** Refuses settings of retries that are turned off, and conditions that Envoy does not know. */
export function checkRetries(report: Report, at: Place, retries: RetryLike | undefined): void {
  if (retries === undefined) return;
  const attempts = retries.attempts ?? 0;
  if (attempts < 0) report.error('out_of_range', [...at, 'attempts'], unfit(attempts, 'a number of attempts', 'at least 0'));
  if (attempts === 0) {
    for (const field of ['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const) {
      if (retries[field] !== undefined && retries[field] !== '')
        report.error('ineffective_field', [...at, field], `Cannot set ${field} without attempts: 0 attempts turn retries off`);
    }
  }
  checkDuration(report, [...at, 'perTryTimeout'], retries.perTryTimeout);
  checkDuration(report, [...at, 'backoff'], retries.backoff);
  if (retries.retryOn === undefined || retries.retryOn === '') return;
  for (const condition of retries.retryOn.split(',')) {
    if (!RETRY_CONDITIONS.has(condition) && !isKnownStatus(condition)) {
      report.error(
        'invalid_retry_on',
        [...at, 'retryOn'],
        `Cannot retry on ${quote(condition)}: expected an HTTP status or one of ${[...RETRY_CONDITIONS].join(', ')}, separated by commas without spaces`,
      );
    }
  }
}

function isKnownStatus(text: string): boolean {
  return /^\d{3}$/.test(text) && STATUS_RANGES.some(([from, to]) => Number(text) >= from && Number(text) <= to);
}

type SubstitutionState = 'literal' | 'name' | 'arguments' | 'text' | 'quote' | 'afterText' | 'closing' | 'end';

/** Whether Envoy's header formatter reads `value`. */
function isSubstitution(value: string): boolean {
  let state: SubstitutionState = 'literal';
  for (let i = 0; i < value.length; i++) {
    const c = value[i] ?? '';
    switch (state) {
      case 'literal':
        if (c !== '%') break;
        if (i + 1 === value.length) return false;
        if (value[i + 1] === '%') i++;
        else state = 'name';
        break;
      case 'name':
        if (c === '%') state = 'literal';
        else if (c === '(') state = 'arguments';
        break;
      case 'arguments':
        if (c === '[') state = 'quote';
        else if (c !== ' ') state = 'text';
        break;
      case 'quote':
        if (c === '"') state = 'text';
        else if (c !== ' ') return false;
        break;
      case 'text':
        if (c === '\\') i++;
        else if (c === ')') state = 'end';
        else if (c === '"') state = 'afterText';
        if (i >= value.length) return false;
        break;
      case 'afterText':
        if (c === ',') state = 'quote';
        else if (c === ']') state = 'closing';
        else if (c !== ' ') return false;
        break;
      case 'closing':
        if (c === ')') state = 'end';
        else if (c !== ' ') return false;
        break;
      case 'end':
        if (c === '%') state = 'literal';
        else if (c !== ' ') return false;
        break;
    }
  }
  return state === 'literal';
}
