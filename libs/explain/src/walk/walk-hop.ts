import { destinationListener, type FilterChain, type Listener, type Snapshot } from '@lateen/proxy-config';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { type LiveEndpoints } from './endpoints';
import { type ClosedReason, type Fact, type HopWalk } from './facts';
import { connectionFacts, type WalkConnection, type WalkRequest } from './request';
import { type JudgeSecret, secretMissingFor } from './secrets';
import { walkHttp } from './walk-http';
import { walkTcp } from './walk-tcp';

/** What a request meets at one proxy. */
export interface HopInputs {
  /** The proxy's configuration. */
  readonly snapshot: Snapshot;
  /** `inbound`: towards the workload. */
  readonly direction: 'outbound' | 'inbound';
  readonly connection: WalkConnection;
  readonly request: WalkRequest;
  /** What the proxy has noticed of its endpoints; absent when that is not known. */
  readonly live?: LiveEndpoints;
  /** Absent: all secrets are there. */
  readonly missingSecret?: JudgeSecret;
}

/**
 * Takes a request through one proxy by the proxy's own matching, and says each decision. Pure; what chance decides
 * comes out as probabilities. Composition: listener, filter chain, then HTTP or bytes.
 */
export function walkHop(given: HopInputs): HopWalk {
  const { snapshot, request } = given;
  const { destination } = given.connection;
  const entry = entryListener(snapshot, given);
  // A listener that does not ask where its connections were going does not know.
  const redirected = given.connection.redirected && entry !== undefined && captures(entry);
  const inputs = { ...given, connection: { ...given.connection, redirected } };
  const { connection } = inputs;
  const at = (address: typeof destination) => {
    for (const config of snapshot.listeners.values())
      if (config.address.address === address.address && config.address.port === address.port) return { config };
    return undefined;
  };
  const listener = entry?.useOriginalDst === true ? (destinationListener(destination, at)?.config ?? entry) : entry;
  const facts: Fact[] = [{ stage: 'listener', listener, entry, destination }];
  if (listener === undefined) return closed(facts, 0, { why: { kind: 'refused', destination } });
  const seen = connectionFacts(connection, inspectorsOf(listener, destination.port), request.isHttp);
  const chain = listener.selectFilterChain(seen);
  facts.push({
    stage: 'filter-chain',
    listener,
    chain,
    connection: seen,
    tlsUnseen: connection.tls !== undefined && seen.transportProtocol !== 'tls',
  });
  if (chain === undefined) return closed(facts, RESPONSE_FLAG.UC, { logged: RESPONSE_FLAG.NR });
  const secret = secretMissingFor(chain.tls, given.missingSecret);
  if (secret !== undefined) {
    facts.push({ stage: 'secret', chain, secret });
    return closed(facts, RESPONSE_FLAG.UF, { why: { kind: 'secret', secret }, logged: RESPONSE_FLAG.NR });
  }
  if (!agreesOnTls(chain, connection)) return closed(facts, RESPONSE_FLAG.UF, { logged: RESPONSE_FLAG.NR });
  for (const filter of chain.filters) {
    switch (filter.kind) {
      case 'http':
        return request.isHttp && (connection.tls === undefined || chain.tls !== undefined)
          ? walkHttp({ ...inputs, facts, chain, manager: filter.manager, listener })
          : noHttp(facts);
      case 'tcp_proxy':
        return walkTcp({ ...inputs, facts, chain, proxy: filter, serverName: seen.serverName });
      case 'deny':
      case 'unsupported':
        return closed(facts, RESPONSE_FLAG.UC);
      case 'metadata_exchange':
      case 'istio_stats':
      case 'sni_cluster':
      case 'ignored':
    }
  }
  return closed(facts, RESPONSE_FLAG.UC);
}

/** The connection ends without an answer; `flags` is what that is to whoever dialled, `logged` to this proxy. */
function closed(facts: readonly Fact[], flags: number, more: { readonly why?: ClosedReason; readonly logged?: number } = {}): HopWalk {
  return { facts, outcomes: [{ kind: 'closed', probability: 1, flags, ...more }], onward: [] };
}

/** Bytes that are no HTTP end at the parser. */
function noHttp(facts: readonly Fact[]): HopWalk {
  return { facts, outcomes: [{ kind: 'denied', probability: 1, status: 400, flags: RESPONSE_FLAG.DPE }], onward: [] };
}

/** The listener whose socket takes the connection: one bound to the destination, else the one that captures. */
function entryListener({ listeners }: Snapshot, { direction, connection: { destination } }: HopInputs): Listener | undefined {
  const all = [...listeners.values()].filter(
    (listener) => listener.bindToPort && (listener.direction === 'inbound') === (direction === 'inbound'),
  );
  return (
    all.find(
      (listener) =>
        !captures(listener) &&
        listener.address.port === destination.port &&
        [destination.address, '0.0.0.0', '::'].includes(listener.address.address),
    ) ?? all.find(captures)
  );
}

/** Whether a listener asks where its connections were going before they were redirected. */
function captures({ useOriginalDst, listenerFilters }: Listener): boolean {
  return useOriginalDst || listenerFilters.some(({ kind }) => kind === 'original_dst');
}

/** Which of a listener's inspectors look at connections to a port. */
function inspectorsOf({ listenerFilters }: Listener, port: number): { readonly tls: boolean; readonly http: boolean } {
  const looks = (kind: 'tls_inspector' | 'http_inspector'): boolean =>
    listenerFilters.some((filter) => filter.kind === kind && !filter.disabledOn(port));
  return { tls: looks('tls_inspector'), http: looks('http_inspector') };
}

/** Whether a chain's handshake, where it has one, succeeds with this client. */
function agreesOnTls({ tls }: FilterChain, { tls: client }: WalkConnection): boolean {
  if (tls === undefined) return true;
  return client !== undefined && (client.certificate || !tls.requireClientCertificate);
}
