/** What one refusal of a message head is called and answered with. */
export interface HeadRefusal {
  readonly code: string;
  /** Status of the answer to a request; a response that is refused is a 502 whatever this says. */
  readonly status: number;
  /** `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string;
}

/**
 * Every reason a head or a chunked body is refused; parsers return the negated index.
 * Spec: RFC 9112, Envoy `response_code_details`.
 */
export const HEAD_REFUSALS = [
  { code: 'none', status: 200, details: '' },
  { code: 'bad_method', status: 400, details: 'http1.codec_error' },
  { code: 'bad_target', status: 400, details: 'http1.codec_error' },
  { code: 'bad_version', status: 400, details: 'http1.codec_error' },
  { code: 'low_version', status: 426, details: 'low_version' },
  { code: 'bad_line_end', status: 400, details: 'http1.codec_error' },
  { code: 'bad_field_name', status: 400, details: 'http1.codec_error' },
  { code: 'bad_field_value', status: 400, details: 'http1.codec_error' },
  { code: 'too_large', status: 431, details: 'http1.headers_too_large' },
  { code: 'too_many_fields', status: 431, details: 'http1.too_many_headers' },
  { code: 'missing_host', status: 400, details: 'missing_host_header' },
  { code: 'duplicate_host', status: 400, details: 'http1.duplicate_host' },
  { code: 'bad_host', status: 400, details: 'http.invalid_authority' },
  { code: 'host_mismatch', status: 400, details: 'http1.host_mismatch' },
  { code: 'bad_content_length', status: 400, details: 'http1.codec_error' },
  { code: 'duplicate_content_length', status: 400, details: 'http1.codec_error' },
  { code: 'length_and_encoding', status: 400, details: 'http1.content_length_and_chunked_not_allowed' },
  { code: 'bad_transfer_encoding', status: 501, details: 'http1.invalid_transfer_encoding' },
  { code: 'underscore_framing', status: 400, details: 'http1.unexpected_underscore' },
  { code: 'bad_expect', status: 417, details: 'http1.unknown_expectation' },
  { code: 'bad_status_line', status: 400, details: 'http1.codec_error' },
  { code: 'bad_chunk', status: 400, details: 'http1.codec_error' },
  { code: 'bad_trailer', status: 400, details: 'http1.codec_error' },
  { code: 'invalid_character', status: 400, details: 'http1.invalid_characters' },
  { code: 'http2_preface', status: 505, details: 'http2_not_supported' },
] as const satisfies readonly HeadRefusal[];

export type HeadErrorCode = (typeof HEAD_REFUSALS)[number]['code'];

/** Code → the negative number a parser returns for it. */
export const HeadError: Readonly<Record<HeadErrorCode, number>> = Object.fromEntries(
  HEAD_REFUSALS.map((refusal, index) => [refusal.code, -index]),
) as Record<HeadErrorCode, number>;

/** What the negative result of a parser means. */
export function headRefusal(result: number): HeadRefusal {
  const refusal = HEAD_REFUSALS[-result];
  if (refusal === undefined) throw new Error(`Cannot name a head refusal: result ${result}`);
  return refusal;
}
