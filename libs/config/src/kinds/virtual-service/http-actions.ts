import { checkCorsHeader, checkCorsMethod, checkGrpcStatus, checkRegex, checkStatus } from '../../rules/http';
import { each, type Place, type Report, unfit } from '../../rules/report';
import { checkDuration, checkFractionalPercent } from '../../rules/values';
import { type CorsPolicy, type HTTPDirectResponse, type HTTPFaultInjection, type HTTPRewrite, type HTTPRoute } from './schema';

/** What an HTTP rule may do beside routing. Spec: validation.md §5.1, "Rest of `http[]`". */

/** Cross-origin requests. */
export function checkCors(report: Report, at: Place, cors: CorsPolicy | undefined): void {
  if (cors === undefined) return;
  each(cors.allowOrigins, [...at, 'allowOrigins'], (origin, place) => {
    const { exact, prefix, regex } = origin;
    if (regex !== undefined) checkRegex(report, [...place, 'regex'], regex);
    else if ((exact ?? prefix ?? '') === '')
      report.error('invalid_match', place, 'Cannot allow an empty origin: expected exact, prefix or regex');
  });
  each(cors.allowMethods, [...at, 'allowMethods'], (method, place) => checkCorsMethod(report, place, method));
  each(cors.allowHeaders, [...at, 'allowHeaders'], (name, place) => checkCorsHeader(report, place, name));
  each(cors.exposeHeaders, [...at, 'exposeHeaders'], (name, place) => checkCorsHeader(report, place, name));
  checkDuration(report, [...at, 'maxAge'], cors.maxAge, 1000);
}

/** Injected faults. */
export function checkFault(report: Report, at: Place, fault: HTTPFaultInjection | undefined): void {
  if (fault === undefined) return;
  const { abort, delay } = fault;
  if (abort === undefined && delay === undefined)
    report.error('required_field', at, 'Cannot inject a fault that is none: expected abort or delay');
  if (abort !== undefined) {
    checkFractionalPercent(report, [...at, 'abort', 'percentage', 'value'], abort.percentage?.value);
    if (abort.httpStatus !== undefined) checkStatus(report, [...at, 'abort', 'httpStatus'], abort.httpStatus);
    if (abort.grpcStatus !== undefined) checkGrpcStatus(report, [...at, 'abort', 'grpcStatus'], abort.grpcStatus);
    if (abort.http2Error !== undefined)
      report.error('unsupported_field', [...at, 'abort', 'http2Error'], 'Cannot abort with an HTTP/2 error: use httpStatus or grpcStatus');
  }
  if (delay !== undefined) {
    checkFractionalPercent(report, [...at, 'delay', 'percentage', 'value'], delay.percentage?.value);
    checkDuration(report, [...at, 'delay', 'fixedDelay'], delay.fixedDelay);
    if (delay.exponentialDelay !== undefined) {
      checkDuration(report, [...at, 'delay', 'exponentialDelay'], delay.exponentialDelay);
      report.error('unsupported_field', [...at, 'delay', 'exponentialDelay'], 'Cannot delay exponentially: use fixedDelay');
    }
  }
}

/** A redirect; only what is wrong first is said. */
export function checkRedirect(report: Report, at: Place, rule: HTTPRoute): void {
  const redirect = rule.redirect;
  if (redirect === undefined) return;
  const { uri = '', prefixRewrite = '', authority = '', scheme = '', port, derivePort, redirectCode = 0 } = redirect;
  if (uri !== '' && prefixRewrite !== '')
    report.error('exclusive_fields', at, 'Cannot replace the path twice: set only one of uri and prefixRewrite');
  else if (prefixRewrite !== '' && rule.match?.some((match) => match.uri !== undefined && match.uri.prefix === undefined) === true) {
    report.error(
      'invalid_redirect',
      [...at, 'prefixRewrite'],
      'Cannot replace a prefix where a match of the rule has none: match uri by prefix',
    );
  } else if (uri === '' && prefixRewrite === '' && authority === '' && scheme === '' && port === undefined && derivePort === undefined) {
    report.error(
      'required_field',
      at,
      'Cannot redirect to the same place: expected uri, prefixRewrite, authority, scheme, port or derivePort',
    );
  } else if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399)) {
    report.error('invalid_status', [...at, 'redirectCode'], unfit(redirectCode, 'a redirect status', '300 to 399'));
  } else if (scheme !== '' && scheme !== 'http' && scheme !== 'https') {
    report.error('invalid_value', [...at, 'scheme'], unfit(scheme, 'a scheme', 'http or https'));
  } else if ((port ?? 0) > 65_535) {
    report.error('invalid_port', [...at, 'port'], unfit(port, 'a port', 'a number up to 65535'));
  }
}

/** A fixed answer: its status, and a body that is not too large for every proxy to hold. */
export function checkDirectResponse(report: Report, at: Place, response: HTTPDirectResponse | undefined): void {
  if (response === undefined) return;
  checkStatus(report, [...at, 'status'], response.status);
  const { string = '', bytes = '' } = response.body ?? {};
  const size = Math.max(new TextEncoder().encode(string).length, Math.floor((bytes.replace(/=+$/, '').length * 3) / 4));
  if (size > 1_048_576) report.error('too_large', [...at, 'body'], `Cannot answer with a body of ${size} bytes: expected at most 1048576`);
  else if (size > 102_400)
    report.warn('too_large', [...at, 'body'], `A body of ${size} bytes is kept by every proxy: 102400 or less is advised`);
}

/** A rewrite; only what is wrong first is said. */
export function checkRewrite(report: Report, at: Place, rewrite: HTTPRewrite | undefined): void {
  if (rewrite === undefined) return;
  const { uri = '', authority = '', uriRegexRewrite } = rewrite;
  if (uri !== '' && uriRegexRewrite !== undefined)
    report.error('exclusive_fields', at, 'Cannot rewrite the path twice: set only one of uri and uriRegexRewrite');
  else if (uri === '' && uriRegexRewrite === undefined && authority === '')
    report.error('required_field', at, 'Cannot rewrite nothing: expected uri, uriRegexRewrite or authority');
  else if (uriRegexRewrite !== undefined) {
    const { match = '', rewrite: text = '' } = uriRegexRewrite;
    if (match === '' || text === '')
      report.error('required_field', [...at, 'uriRegexRewrite'], 'Cannot rewrite by a regex without both match and rewrite');
    else checkRegex(report, [...at, 'uriRegexRewrite', 'match'], match);
  }
}
