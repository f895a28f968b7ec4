import { didYouMean } from '@lateen/base';
import { type Place, quote, type Report } from './report';

const OPERATOR = /%%|%([A-Z][A-Z0-9_]*)(?:\(.*?\))?(?::\d+)?%/g;

/** Command operators without a family of their own. Spec: Envoy access log command operators; the last is this project's. */
const OPERATORS: ReadonlySet<string> = new Set([
  ...['START_TIME', 'START_TIME_LOCAL', 'EMIT_TIME', 'EMIT_TIME_LOCAL', 'DURATION', 'COMMON_DURATION', 'ROUNDTRIP_DURATION'],
  ...['REQUEST_DURATION', 'REQUEST_TX_DURATION', 'RESPONSE_DURATION', 'RESPONSE_TX_DURATION'],
  ...['REQ', 'REQ_WITHOUT_QUERY', 'REQUEST_HEADER', 'REQUEST_TRAILER', 'RESP', 'RESPONSE_HEADER', 'TRAILER', 'RESPONSE_TRAILER'],
  ...['REQUEST_HEADERS_BYTES', 'RESPONSE_HEADERS_BYTES', 'RESPONSE_TRAILERS_BYTES', 'PATH', 'QUERY_PARAM', 'QUERY_PARAMS'],
  ...['BYTES_RECEIVED', 'BYTES_SENT', 'BYTES_RETRANSMITTED', 'PACKETS_RETRANSMITTED', 'PROTOCOL', 'GRPC_STATUS', 'GRPC_STATUS_NUMBER'],
  ...['RESPONSE_CODE', 'RESPONSE_CODE_DETAILS', 'RESPONSE_FLAGS', 'RESPONSE_FLAGS_LONG', 'CONNECTION_TERMINATION_DETAILS', 'CUSTOM_FLAGS'],
  ...['ROUTE_NAME', 'ROUTE_CONFIG_NAME', 'VIRTUAL_HOST_NAME', 'VIRTUAL_CLUSTER_NAME', 'FILTER_CHAIN_NAME', 'REQUESTED_SERVER_NAME'],
  ...['CONNECTION_ID', 'STREAM_ID', 'UNIQUE_ID', 'TRACE_ID', 'SPAN_ID', 'TLS_JA3_FINGERPRINT', 'TLS_JA4_FINGERPRINT'],
  ...['METADATA', 'DYNAMIC_METADATA', 'CLUSTER_METADATA', 'FILTER_STATE', 'CEL', 'TYPED_CEL', 'SECRET', 'COALESCE'],
  ...['HOSTNAME', 'ENVIRONMENT', 'LOCAL_REPLY_BODY', 'ACCESS_LOG_TYPE', 'LATEEN_CAUSE'],
]);

/** What follows `UPSTREAM_` or `DOWNSTREAM_`: addresses, certificates, bytes and times of one side. */
const OF_A_SIDE =
  /^(UP|DOWN)STREAM_((DIRECT_)?(LOCAL|REMOTE)_(ADDRESS(_WITHOUT_PORT|_ENDPOINT_ID)?|PORT)|(LOCAL|PEER)_((URI|DNS|IP|EMAIL|OTHERNAME)_SAN|SUBJECT|ISSUER(_FINGERPRINT_256|_SERIAL)?)|PEER_(SERIAL|CERT(_V_START|_V_END)?|FINGERPRINT_(1|256)|CHAIN_(SERIALS|FINGERPRINTS_(1|256)))|TLS_(CIPHER|GROUP|SESSION_ID|VERSION)|(WIRE|(DECOMPRESSED_)?HEADER)_BYTES_(SENT|RECEIVED)|(LOCAL_CLOSE|TRANSPORT_FAILURE)_REASON|DETECTED_CLOSE_TYPE)$/;

/** Those of one side alone. */
const SIDED: ReadonlySet<string> = new Set([
  ...[
    'UPSTREAM_HOST',
    'UPSTREAM_HOST_NAME',
    'UPSTREAM_HOST_NAME_WITHOUT_PORT',
    'UPSTREAM_CLUSTER',
    'UPSTREAM_CLUSTER_RAW',
    'UPSTREAM_PROTOCOL',
  ],
  ...['UPSTREAM_HOSTS_ATTEMPTED', 'UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT', 'UPSTREAM_HOST_NAMES_ATTEMPTED'],
  ...['UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT', 'UPSTREAM_REQUEST_ATTEMPT_COUNT', 'UPSTREAM_CONNECTION_POOL_READY_DURATION'],
  ...['UPSTREAM_CONNECTION_ID', 'UPSTREAM_CONNECTION_IDS_ATTEMPTED', 'UPSTREAM_METADATA', 'UPSTREAM_FILTER_STATE', 'UPSTREAM_SERVER_NAME'],
  'DOWNSTREAM_HANDSHAKE_DURATION',
]);
const isKnown = (command: string): boolean => OPERATORS.has(command) || SIDED.has(command) || OF_A_SIDE.test(command);

/**
 * Warns of what no proxy reads in an access log's format. An Envoy refuses every listener that has it; the mesh's own
 * proxies write `-` for an operator nobody knows, and refuse a percent sign that starts none.
 */
export function checkLogFormat(report: Report, at: Place, format: string): void {
  const unknown = new Set<string>();
  for (const [, command] of format.matchAll(OPERATOR)) if (command !== undefined && !isKnown(command)) unknown.add(command);
  for (const command of unknown) {
    const meant = didYouMean(command, [...OPERATORS, ...SIDED]);
    const hint = meant === undefined ? '' : `, did you mean %${meant}%?`;
    report.warn(
      'unknown_operator',
      at,
      `No proxy knows the operator ${quote(`%${command}%`)}: Envoy refuses it, and here it prints "-"${hint}`,
    );
  }
  const rest = format.replaceAll(OPERATOR, '');
  const stray = rest.indexOf('%');
  if (stray >= 0)
    report.warn(
      'invalid_format',
      at,
      `A "%" that starts no operator is refused by every proxy: ${quote(rest.slice(stray, stray + 40))}; "%%" is a percent sign`,
    );
}

/** The same of every text in a JSON format. */
export function checkJsonLogFormat(report: Report, at: Place, format: unknown): void {
  if (typeof format === 'string') checkLogFormat(report, at, format);
  else if (typeof format === 'object' && format !== null)
    for (const [key, value] of Object.entries(format))
      checkJsonLogFormat(report, [...at, Array.isArray(format) ? Number(key) : key], value);
}
