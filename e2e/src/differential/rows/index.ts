import { type Area } from '../row';
import { chunks } from './chunks';
import { clientHellos } from './client-hellos';
import { faults } from './faults';
import { grpcRows } from './grpc';
import { grpcWebRows } from './grpc-web';
import { headers } from './headers';
import { http1Rows } from './http1';
import { http2Rows } from './http2';
import { http2Faults } from './http2-faults';
import { proxyProtocol } from './proxy-protocol';
import { keepaliveRows } from './keepalive';
import { retries } from './retries';
import { rewriting } from './rewriting';
import { routing } from './routing';
import { sniffing } from './sniffing';
import { statistics } from './statistics';
import { tcpRows } from './tcp';
import { timeouts } from './timeouts';
import { tls } from './tls';
import { tlsCertificates } from './tls-certificates';
import { tlsClients } from './tls-clients';
import { tlsParameters } from './tls-parameters';
import { tlsSessions } from './tls-sessions';
import { tlsUpstreams } from './tls-upstreams';
import { trailers } from './trailers';
import { tunnels } from './tunnels';
import { upgrades } from './upgrades';
import { upstreams } from './upstreams';

/** Every row, by area. */
export const AREAS: readonly Area[] = [
  routing,
  rewriting,
  headers,
  faults,
  timeouts,
  retries,
  upstreams,
  http1Rows,
  chunks,
  http2Rows,
  http2Faults,
  keepaliveRows,
  trailers,
  grpcRows,
  grpcWebRows,
  upgrades,
  tunnels,
  tcpRows,
  proxyProtocol,
  sniffing,
  clientHellos,
  tls,
  tlsParameters,
  tlsCertificates,
  tlsClients,
  tlsSessions,
  tlsUpstreams,
  statistics,
];
