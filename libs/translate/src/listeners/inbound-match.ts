import { type PortTraffic } from '../routes/inputs';
import { PLAINTEXT_HTTP_ALPN } from './context';

/** What a workload accepts on a port. Spec: Istio `PeerAuthentication.MutualTLS.Mode`. */
export type MutualTlsMode = 'PERMISSIVE' | 'STRICT' | 'DISABLE';

/** One filter chain of an inbound port: which connections it takes, whether it ends mutual TLS, what it carries. */
export interface InboundMatch {
  readonly transportProtocol?: 'tls' | 'raw_buffer';
  readonly applicationProtocols: readonly string[];
  readonly mutualTls: boolean;
  readonly carries: 'http' | 'tcp';
}

/** ALPN of a mesh peer speaking HTTP. */
const MESH_HTTP_ALPN = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
/** ALPN of a mesh peer speaking anything else. */
const MESH_TCP_ALPN = ['istio-peer-exchange', 'istio'];
/** ALPN of any mesh peer: only such TLS is ours to end. */
const MESH_ALPN = ['istio', 'istio-peer-exchange', ...MESH_HTTP_ALPN];

const mesh = (carries: 'http' | 'tcp', applicationProtocols: readonly string[]): InboundMatch => ({
  transportProtocol: 'tls',
  applicationProtocols,
  mutualTls: true,
  carries,
});
const plaintext = (carries: 'http' | 'tcp', applicationProtocols: readonly string[] = []): InboundMatch => ({
  transportProtocol: 'raw_buffer',
  applicationProtocols,
  mutualTls: false,
  carries,
});
/** TLS that is the application's own. */
const passthroughTls: InboundMatch = {
  transportProtocol: 'tls',
  applicationProtocols: [],
  mutualTls: false,
  carries: 'tcp',
};

/** The chains of a port by mode and by what it carries, in Pilot's order. */
const MATCHES: Readonly<Record<MutualTlsMode, Readonly<Record<PortTraffic['kind'], readonly InboundMatch[]>>>> = {
  PERMISSIVE: {
    http: [mesh('http', MESH_ALPN), plaintext('http')],
    tcp: [mesh('tcp', MESH_ALPN), passthroughTls, plaintext('tcp')],
    auto: [
      mesh('http', MESH_HTTP_ALPN),
      plaintext('http', PLAINTEXT_HTTP_ALPN),
      mesh('tcp', MESH_TCP_ALPN),
      plaintext('tcp'),
      passthroughTls,
    ],
  },
  STRICT: {
    http: [mesh('http', [])],
    tcp: [mesh('tcp', [])],
    auto: [mesh('http', MESH_HTTP_ALPN), mesh('tcp', [])],
  },
  DISABLE: {
    http: [plaintext('http')],
    tcp: [plaintext('tcp')],
    // Without a transport protocol the second also takes the application's own TLS, where it is recognized.
    auto: [plaintext('http', PLAINTEXT_HTTP_ALPN), { applicationProtocols: [], mutualTls: false, carries: 'tcp' }],
  },
};

/** The filter chains of one inbound port. Spec: Istio, inbound filter chain matches. */
export function inboundMatches(mode: MutualTlsMode, kind: PortTraffic['kind']): readonly InboundMatch[] {
  return MATCHES[mode][kind];
}

/** Whether some chain can only be chosen once TLS has been told from plaintext. */
export function needsTlsInspector(mode: MutualTlsMode, kind: PortTraffic['kind']): boolean {
  return inboundMatches(mode, kind).some(({ transportProtocol }) => transportProtocol === 'tls');
}

/** Whether some chain can only be chosen once plaintext HTTP has been told from other plaintext. */
export function needsHttpInspector(mode: MutualTlsMode, kind: PortTraffic['kind']): boolean {
  return inboundMatches(mode, kind).some(({ mutualTls, applicationProtocols }) => !mutualTls && applicationProtocols.length > 0);
}
