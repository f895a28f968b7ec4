import { type FilterChain, type Snapshot, type TcpProxy } from '@lateen/proxy-config';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { endpointsOf, type LiveEndpoints } from './endpoints';
import { type Fact, type HopOutcome, type HopWalk, type Onward } from './facts';
import { type WalkConnection, type WalkRequest } from './request';
import { type JudgeSecret, secretMissingFor } from './secrets';

/** What bytes meet at a TCP proxy. */
export interface TcpInputs {
  readonly snapshot: Snapshot;
  readonly connection: WalkConnection;
  readonly request: WalkRequest;
  readonly live?: LiveEndpoints;
  readonly missingSecret?: JudgeSecret;
  readonly facts: Fact[];
  readonly chain: FilterChain;
  readonly proxy: TcpProxy;
  readonly serverName: string | undefined;
}

/** Sends bytes to one of some clusters by weight. */
export function walkTcp({ snapshot, connection, request, live, missingSecret, facts, chain, proxy }: TcpInputs): HopWalk {
  const onward: Onward[] = [];
  const shares = proxy.clusters
    .map(({ name, weight }) => ({ name, probability: proxy.clusters.length === 1 ? 1 : weight / proxy.totalWeight }))
    .sort((a, b) => b.probability - a.probability);
  const outcomes = shares.map(({ name, probability }): HopOutcome => {
    const cluster = snapshot.clusters.get(name);
    facts.push({ stage: 'cluster', name, cluster, chain, probability });
    const end = { kind: 'forward', probability, cluster: name, chain } as const;
    if (cluster === undefined) return { ...end, flags: RESPONSE_FLAG.NC };
    const { endpoints, picked } = endpointsOf(snapshot, cluster, connection, live);
    const secret = picked?.socket.kind === 'tls' ? secretMissingFor(picked.socket.tls, missingSecret) : undefined;
    facts.push(
      { stage: 'endpoints', cluster, endpoints, destination: connection.destination },
      { stage: 'mtls', cluster, endpoints, secret },
    );
    if (picked === undefined) return { ...end, flags: RESPONSE_FLAG.UH };
    if (secret !== undefined) return { ...end, flags: RESPONSE_FLAG.UF };
    const { tls } = picked.socket.kind === 'tls' ? picked.socket : { tls: undefined };
    onward.push({
      cluster,
      endpoint: picked,
      path: request.path,
      authority: request.authority,
      applicationProtocols: tls?.alpnProtocols ?? [],
    });
    return { ...end, flags: 0 };
  });
  return { facts, outcomes, onward };
}
