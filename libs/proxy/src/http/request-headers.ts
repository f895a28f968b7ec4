import { isIP } from 'node:net';
import { type Head, Slot, type RequestHead } from '../codec/head';
import { Header } from '../codec/http1/header-names';
import { isLoopback, machineAddress } from '../net/machine-address';
import { requestId } from './request-id';
import { type HttpStream } from './stream';
import { type TlsInfo } from './connection-info';
import { type HttpConnectionManager, INTERNAL_HEADERS, STEERING_HEADERS } from '@lateen/proxy-config';

/**
 * What a connection manager does to every request before its route is looked up: authority, forwarding headers,
 * request id, client certificate. Spec: Envoy `ConnectionManagerUtility::mutateRequestHeaders`.
 */
export function prepareRequestHeaders(stream: HttpStream): void {
  const { request, connection, manager } = stream;
  const { config } = manager;
  // The authority of a CONNECT is where it goes.
  if (config.stripHostPort !== 'no' && request.method !== 'CONNECT') stripHostPort(stream);
  if (request.hasConnectionTokens) request.dropNominated();
  if (config.useRemoteAddress) prepareAtEdge(stream);
  else {
    removeNamed(request, STEERING_HEADERS);
    if (!request.hasId(Header['x-forwarded-proto'])) request.addById(Header['x-forwarded-proto'], stream.scheme);
  }
  if (config.generateRequestId) {
    if (config.useRemoteAddress && !config.preserveExternalRequestId) request.setById(Header['x-request-id'], requestId());
    else if (!request.hasId(Header['x-request-id'])) request.addById(Header['x-request-id'], requestId());
  }
  forwardClientCert(stream, config, connection.tls);
  if (config.via !== undefined) appendVia(request, config.via);
}

/** Adds this proxy to those a message came by. Spec: RFC 9110 §7.6.3; Envoy `HttpConnectionManager.via`. */
export function appendVia(head: Head, name: string): void {
  const before = head.get('via');
  head.set('via', before === undefined ? name : `${before}, ${name}`);
}

/** Of a client outside the mesh nothing is believed, whatever its address (CVE-2024-45806), but what trusted hops say. */
function prepareAtEdge(stream: HttpStream): void {
  const { request, connection } = stream;
  const { config } = stream.manager;
  const { xffNumTrustedHops: hops } = config;
  const { address } = connection.remote;
  removeNamed(request, INTERNAL_HEADERS);
  const before = request.getById(Header['x-forwarded-for']);
  const client = hops === 0 ? undefined : addressBefore(before, hops);
  // Nobody further on could make anything of the loopback's address.
  const shown = isLoopback(address) ? machineAddress() : address;
  if (!config.skipXffAppend) request.set('x-forwarded-for', before === undefined ? shown : `${before},${shown}`);
  if (hops === 0 || !request.hasId(Header['x-forwarded-proto'])) request.set('x-forwarded-proto', stream.scheme);
  request.set('x-envoy-external-address', client ?? address);
}

/** The address `hops` from the right of an x-forwarded-for; undefined when there is none. */
function addressBefore(forwardedFor: string | undefined, hops: number): string | undefined {
  const addresses = forwardedFor?.split(',') ?? [];
  const address = addresses[addresses.length - hops]?.trim();
  return address !== undefined && isIP(address) !== 0 ? address : undefined;
}

/** One look at each field: nearly all requests have none of these. */
function removeNamed(request: RequestHead, names: ReadonlySet<string>): void {
  const { bytes } = request;
  for (let i = 0; i < request.count; i++) {
    const start = request.slot(i, Slot.nameStart);
    // `x-envoy-`, told by its first, third and last byte.
    if (bytes[start] !== 0x78 || bytes[start + 2] !== 0x65 || bytes[start + 7] !== 0x2d) continue;
    if (names.has(request.nameAt(i))) request.drop(i);
  }
}

/** Takes the port off the authority: any, or the one the connection came to. */
function stripHostPort(stream: HttpStream): void {
  const { request } = stream;
  const match = /:(\d+)$/.exec(request.authority);
  if (match === null || (stream.manager.config.stripHostPort === 'matching' && Number(match[1]) !== stream.connection.local.port)) return;
  request.authority = request.authority.slice(0, match.index);
  request.removeId(Header.host);
  request.add('host', request.authority);
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
