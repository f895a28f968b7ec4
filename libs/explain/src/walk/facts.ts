import {
  type Cluster,
  type ConnectionFacts,
  type Endpoint,
  type FilterChain,
  type HttpFilter,
  type Listener,
  type LocalityEndpoints,
  type SocketAddress,
  type TransportSocket,
} from '@lateen/proxy-config';
import {
  type CorsPolicy,
  type FailedPredicate,
  type FaultPolicy,
  type ForwardAction,
  type HeaderMutation,
  type MirrorPolicy,
  type Route,
  type VirtualHost,
  type WeightedCluster,
} from '@lateen/routing';

/** An endpoint in its place, with what is known of it now. */
export interface WalkedEndpoint {
  readonly endpoint: Endpoint;
  readonly locality: LocalityEndpoints['locality'];
  readonly priority: number;
  /** Undefined: the proxy's live state is not known. */
  readonly ejected: boolean | undefined;
  /** Its name gives the proxy no address. */
  readonly unresolved: boolean;
  readonly usable: boolean;
  readonly socket: TransportSocket;
}

/** One decision of a proxy, as configuration objects; `annotate` puts it in words. In the order decided. */
export type Fact =
  | {
      readonly stage: 'listener';
      readonly listener: Listener | undefined;
      readonly destination: SocketAddress;
      readonly entry: Listener | undefined;
    }
  | {
      readonly stage: 'filter-chain';
      readonly listener: Listener;
      readonly chain: FilterChain | undefined;
      readonly connection: ConnectionFacts;
      /** The client speaks TLS, and nobody looks. */
      readonly tlsUnseen: boolean;
    }
  | { readonly stage: 'secret'; readonly chain: FilterChain; readonly secret: MissingSecret }
  /** `to` undefined: the path is refused; `redirected`: the client is sent to the normal path. */
  | { readonly stage: 'normalize'; readonly from: string; readonly to: string | undefined; readonly redirected: boolean }
  | {
      readonly stage: 'virtual-host';
      readonly authority: string;
      readonly virtualHost: VirtualHost | undefined;
      readonly domain: string | undefined;
      readonly routeConfiguration: string;
      /** The port of an authority says nothing. */
      readonly ignorePort: boolean;
    }
  | { readonly stage: 'tls-required'; readonly virtualHost: VirtualHost }
  | { readonly stage: 'route'; readonly route: Route; readonly index: number; readonly failed?: FailedPredicate; readonly reached: boolean }
  | { readonly stage: 'upgrade'; readonly upgrade: string; readonly allowed: boolean }
  | { readonly stage: 'filter'; readonly filter: Extract<HttpFilter, { kind: 'deny' | 'unsupported' }> }
  | {
      readonly stage: 'fault';
      readonly route: Route | undefined;
      readonly policy: FaultPolicy;
      readonly part: 'delay' | 'abort';
      /** Of requests that come this far; 0: it does not apply to this one. */
      readonly probability: number;
    }
  | { readonly stage: 'cors'; readonly policy: CorsPolicy; readonly origin: string; readonly allowed: boolean; readonly preflight: boolean }
  | { readonly stage: 'answer'; readonly route: Route; readonly status: number; readonly location?: string }
  | { readonly stage: 'rewrite'; readonly route: Route; readonly what: 'path' | 'host'; readonly from: string; readonly to: string }
  | {
      readonly stage: 'headers';
      readonly route: Route;
      readonly side: 'request' | 'response';
      readonly mutations: readonly HeaderMutation[];
    }
  | { readonly stage: 'mirror'; readonly route: Route; readonly mirror: MirrorPolicy; readonly probability: number }
  | {
      readonly stage: 'cluster';
      readonly name: string;
      /** Undefined: the proxy has none of that name. */
      readonly cluster: Cluster | undefined;
      readonly weighted?: WeightedCluster;
      readonly route?: Route;
      /** Of connections, in place of a route. */
      readonly chain?: FilterChain;
      readonly probability: number;
    }
  | {
      readonly stage: 'endpoints';
      readonly cluster: Cluster;
      readonly endpoints: readonly WalkedEndpoint[];
      readonly destination: SocketAddress;
    }
  | {
      readonly stage: 'mtls';
      readonly cluster: Cluster;
      readonly endpoints: readonly WalkedEndpoint[];
      /** What TLS towards it lacks. */
      readonly secret: MissingSecret | undefined;
    }
  | { readonly stage: 'timeout'; readonly route: Route; readonly action: ForwardAction }
  | { readonly stage: 'retry'; readonly route: Route; readonly action: ForwardAction };

/** How a request may leave one proxy. */
export interface HopOutcome {
  readonly kind: 'forward' | 'redirect' | 'direct-response' | 'fault' | 'denied' | 'no-route' | 'closed';
  readonly probability: number;
  readonly status?: number;
  /** Bits of `RESPONSE_FLAG`. */
  readonly flags: number;
  readonly route?: Route;
  /** Of connections, in place of a route. */
  readonly chain?: FilterChain;
  readonly cluster?: string;
  readonly location?: string;
  /** Of `closed`: the bits in this proxy's own log, where `flags` are what whoever dialled has in its. */
  readonly logged?: number;
  /** Of `closed`: why. */
  readonly why?: ClosedReason;
}

/** Why a connection ends before anything is served on it. */
export type ClosedReason =
  /** Nothing listens there. */
  | { readonly kind: 'refused'; readonly destination: SocketAddress }
  /** The certificate of a handshake is to come from a secret that is not there, or holds none. */
  | { readonly kind: 'secret'; readonly secret: MissingSecret };

/** A secret that TLS cannot do without. */
export interface MissingSecret {
  /** As the configuration has it. */
  readonly name: string;
  /** Where it is looked for; undefined where the proxy's own machine has to have it. */
  readonly namespace: string | undefined;
  /** There is one of that name, which holds no certificate and key. */
  readonly exists: boolean;
}

/** Where the request goes on from here, with the request as it is then. */
export interface Onward {
  readonly cluster: Cluster;
  readonly endpoint: WalkedEndpoint;
  readonly path: string;
  readonly authority: string;
  /** ALPN that HTTP towards the endpoint offers; empty without TLS. */
  readonly applicationProtocols: readonly string[];
}

/** The way through one proxy. */
export interface HopWalk {
  readonly facts: readonly Fact[];
  /** Their probabilities add up to 1. */
  readonly outcomes: readonly HopOutcome[];
  /** One for each cluster that has an endpoint to go to, likeliest first. */
  readonly onward: readonly Onward[];
}
