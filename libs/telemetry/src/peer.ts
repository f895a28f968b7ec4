import { decodePeerMetadata } from './peer-metadata';

/** Who is at the other end (or at this one), as metric labels. Spec: Istio standard metric labels. */
export interface PeerLabels {
  readonly workload: string;
  readonly namespace: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
  readonly app: string;
  readonly version: string;
  readonly cluster: string;
}

/** Labels and principal of a peer, one object per distinct peer: compare by identity, key by `id`. */
export interface Peer extends PeerLabels {
  /** Small and unique in its table. */
  readonly id: number;
  /** SPIFFE URI, or `unknown`. */
  readonly principal: string;
}

/** Nothing known. */
export const UNKNOWN_LABELS: PeerLabels = {
  workload: 'unknown',
  namespace: 'unknown',
  canonicalService: 'unknown',
  canonicalRevision: 'latest',
  app: 'unknown',
  version: 'unknown',
  cluster: 'unknown',
};

/** At most so many peers are told apart; later ones share the unknown peer, so that headers cannot exhaust memory. */
const MAX_PEERS = 20_000;

/** Interns peers, so that a request finds its own by two map lookups and no new string. */
export class PeerTable {
  readonly #byLabels = new Map<string, Peer>();
  readonly #byHeader = new Map<string, Map<string, Peer>>();
  readonly #byWorkload = new Map<string, Map<string, Peer>>();
  #size = 0;

  /** The peer about whom nothing is known. */
  readonly unknown: Peer = this.#intern(UNKNOWN_LABELS, 'unknown');

  /**
   * From an `x-envoy-peer-metadata` header; what cannot be decoded is unknown.
   * `principal` is the verified SPIFFE URI of the connection, or empty.
   */
  fromHeader(metadata: string, principal = ''): Peer {
    return (
      this.#byHeader.get(principal)?.get(metadata) ?? this.#remember(this.#byHeader, metadata, decodePeerMetadata(metadata), principal)
    );
  }

  /** From an endpoint's `istio.workload` metadata: `workload;ns;canonical;revision;cluster`. Empty: only the principal is known. */
  fromWorkload(workload: string, principal = ''): Peer {
    return this.#byWorkload.get(principal)?.get(workload) ?? this.#remember(this.#byWorkload, workload, parseWorkload(workload), principal);
  }

  /** From labels learned otherwise, as by the exchange on TCP. */
  fromLabels(labels: PeerLabels, principal = ''): Peer {
    if (this.#byLabels.size >= MAX_PEERS) return this.unknown;
    return this.#intern(withPrincipalNamespace(labels, principal), principal === '' ? 'unknown' : principal);
  }

  #remember(table: Map<string, Map<string, Peer>>, source: string, labels: PeerLabels | undefined, principal: string): Peer {
    if (this.#size >= MAX_PEERS) return this.unknown;
    this.#size++;
    const peer = this.fromLabels(labels ?? UNKNOWN_LABELS, principal);
    let bySource = table.get(principal);
    if (bySource === undefined) table.set(principal, (bySource = new Map()));
    bySource.set(source, peer);
    return peer;
  }

  #intern(labels: PeerLabels, principal: string): Peer {
    const key = JSON.stringify([labels, principal]);
    let peer = this.#byLabels.get(key);
    if (peer === undefined) {
      peer = { ...labels, principal, id: this.#byLabels.size };
      this.#byLabels.set(key, peer);
    }
    return peer;
  }
}

/** The namespace of a verified SPIFFE URI beats what the peer says of itself. */
function withPrincipalNamespace(labels: PeerLabels, principal: string): PeerLabels {
  const namespace = /^spiffe:\/\/[^/]+\/ns\/([^/]+)\//.exec(principal)?.[1];
  return namespace === undefined ? labels : { ...labels, namespace };
}

/** Labels from `workload;ns;canonical;revision;cluster`; undefined when it has no workload. */
function parseWorkload(text: string): PeerLabels | undefined {
  const [workload = '', namespace = '', service = '', revision = '', cluster = ''] = text.split(';');
  if (workload === '') return undefined;
  return {
    workload,
    namespace: namespace || 'unknown',
    canonicalService: service || 'unknown',
    canonicalRevision: revision || 'latest',
    app: service || 'unknown',
    version: revision || 'unknown',
    cluster: cluster || 'unknown',
  };
}
