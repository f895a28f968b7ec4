import { type MeshConfig } from '@lateen/config';
import { type Client, type MeshSnapshot } from '@lateen/mesh';
import { type Protocol, type Service } from '@lateen/registry';
import { type Proxy } from '../proxy';

/** Everything a proxy's listeners and routes depend on, and so also their cache key. */
export interface ProxyInputs {
  readonly snapshot: MeshSnapshot;
  readonly proxy: Proxy;
}

/** The proxy as a client of services, for visibility and selectors. */
export function clientOf({ namespace, labels }: Proxy): Client {
  return { namespace, labels };
}

/** What a port carries, as far as listeners and routes care. */
export interface PortTraffic {
  /** Declared HTTP or bytes; `auto` finds out from the first bytes. */
  readonly kind: 'http' | 'tcp' | 'auto';
  /** HTTP/2 is declared. */
  readonly http2: boolean;
  /** gRPC is declared; implies `http2`. */
  readonly grpc: boolean;
  /** MongoDB is declared. */
  readonly mongo: boolean;
}

const HTTP: PortTraffic = { kind: 'http', http2: false, grpc: false, mongo: false };
const TCP: PortTraffic = { kind: 'tcp', http2: false, grpc: false, mongo: false };
const GRPC: PortTraffic = { kind: 'http', http2: true, grpc: true, mongo: false };

const TRAFFIC: Readonly<Record<Protocol, PortTraffic>> = {
  HTTP,
  HTTP2: { ...HTTP, http2: true },
  GRPC,
  'GRPC-Web': GRPC,
  auto: { kind: 'auto', http2: false, grpc: false, mongo: false },
  HTTPS: TCP,
  TLS: TCP,
  TCP,
  Mongo: { ...TCP, mongo: true },
  MySQL: TCP,
  Redis: TCP,
  UDP: TCP,
};

/** What a port of this protocol carries. */
export function trafficOf(protocol: Protocol): PortTraffic {
  return TRAFFIC[protocol];
}

/** Whether a port's clients name the server by SNI, so that routes can choose by it. */
export function isTls(protocol: Protocol): boolean {
  return protocol === 'TLS' || protocol === 'HTTPS';
}

/** Whether a service is only another name of one, with nothing of its own. */
export function isAlias({ resolution }: Service): boolean {
  return resolution === 'ALIAS';
}

/** Whether destinations nobody knows are refused rather than passed through. Spec: Istio `outboundTrafficPolicy`. */
export function isRegistryOnly({ outboundTrafficPolicy }: MeshConfig): boolean {
  return outboundTrafficPolicy?.mode === 'REGISTRY_ONLY';
}
