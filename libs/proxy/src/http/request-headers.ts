import { Header } from '../codec/http1/header-names';
import { requestId } from './request-id';
import { type HttpStream } from './stream';
import { type TlsInfo } from './connection-info';
import { type HttpConnectionManager } from '../config/model';

/** Headers that steer this mesh: from outside they are not believed. */
const INTERNAL = [
  Header['x-envoy-retry-on'], Header['x-envoy-max-retries'], Header['x-envoy-retry-grpc-on'], Header['x-envoy-upstream-rq-timeout-ms'],
  Header['x-envoy-upstream-rq-per-try-timeout-ms'], Header['x-envoy-expected-rq-timeout-ms'], Header['x-envoy-force-trace'],
  Header['x-envoy-decorator-operation'], Header['x-envoy-retriable-status-codes'], Header['x-envoy-retriable-header-names'],
  Header['x-envoy-is-timeout-retry'], Header['x-envoy-hedge-on-per-try-timeout'], Header['x-envoy-upstream-alt-stat-name'],
  Header['x-envoy-internal'], Header['x-envoy-external-address'],
] as const;

/**
 * What a connection manager does to every request before its route is looked up: forwarding headers, request id,
 * client certificate. Spec: Envoy `ConnectionManagerUtility::mutateRequestHeaders`.
 */
export function prepareRequestHeaders(stream: HttpStream): void {
  const { request, connection, manager } = stream;
  const { config } = manager;
  if (request.hasConnectionTokens) request.dropNominated();
  if (config.useRemoteAddress) {
    const internal = !request.hasId(Header['x-forwarded-for']) && isPrivate(connection.remote.address);
    if (!internal) for (const id of INTERNAL) request.removeId(id);
    if (!config.skipXffAppend) appendForwardedFor(stream, connection.remote.address);
    request.set('x-forwarded-proto', stream.scheme);
    if (internal) request.set('x-envoy-internal', 'true');
    else request.set('x-envoy-external-address', connection.remote.address);
  } else if (!request.hasId(Header['x-forwarded-proto'])) request.add('x-forwarded-proto', stream.scheme);
  if (config.generateRequestId) {
    if (config.useRemoteAddress && !config.preserveExternalRequestId) request.set('x-request-id', requestId());
    else if (!request.hasId(Header['x-request-id'])) request.add('x-request-id', requestId());
  }
  forwardClientCert(stream, config, connection.tls);
  if (request.hasId(Header['x-envoy-decorator-operation'])) request.removeId(Header['x-envoy-decorator-operation']);
}

function appendForwardedFor(stream: HttpStream, address: string): void {
  const before = stream.request.getById(Header['x-forwarded-for']);
  stream.request.set('x-forwarded-for', before === undefined ? address : `${before},${address}`);
}

/** Spec: Envoy `forward_client_cert_details`. */
function forwardClientCert(stream: HttpStream, config: HttpConnectionManager, tls: TlsInfo | undefined): void {
  const { request } = stream;
  const mode = config.forwardClientCert;
  if (mode === 'alwaysForwardOnly') return;
  const mutual = tls !== undefined && tls.peerHash !== '' && tls.peerVerified;
  if (mode === 'sanitize' || !mutual) {
    request.removeId(Header['x-forwarded-client-cert']);
    return;
  }
  if (mode === 'forwardOnly') return;
  const own = clientCertElement(tls, config);
  const before = mode === 'appendForward' ? request.getById(Header['x-forwarded-client-cert']) : undefined;
  request.set('x-forwarded-client-cert', before === undefined ? own : `${before},${own}`);
}

const elements = new WeakMap<TlsInfo, string>();

function clientCertElement(tls: TlsInfo, { setClientCertDetails: want }: HttpConnectionManager): string {
  let element = elements.get(tls);
  if (element === undefined) {
    const parts: string[] = [];
    if (tls.localUri !== '') parts.push(`By=${tls.localUri}`);
    parts.push(`Hash=${tls.peerHash}`);
    if (want.cert) parts.push(`Cert="${tls.peerPem}"`);
    if (want.subject) parts.push(`Subject="${tls.peerSubject.replaceAll('"', '\\"')}"`);
    if (want.uri) for (const uri of tls.peerUris.length === 0 ? [''] : tls.peerUris) parts.push(`URI=${uri}`);
    if (want.dns) for (const name of tls.peerDnsNames) parts.push(`DNS=${name}`);
    element = parts.join(';');
    elements.set(tls, element);
  }
  return element;
}

/** RFC 1918 and loopback. */
function isPrivate(address: string): boolean {
  return /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd])/i.test(address);
}
