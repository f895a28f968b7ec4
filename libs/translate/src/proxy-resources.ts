import { type Message } from '@bufbuild/protobuf';
import { type Violation } from '@lateen/base';
import { type Origin } from '@lateen/config';
import { type Cluster } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type ClusterLoadAssignment } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { type Listener } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { type RouteConfiguration } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';

/** One resource on the wire, and what the user wrote that shaped it most. */
export interface Translated<M extends Message> {
  readonly name: string;
  readonly message: M;
  /** Undefined for what no file asked for. */
  readonly origin: Origin | undefined;
}

/** The kinds of resources that one proxy is sent. */
export type ResourceKind = 'listeners' | 'routes' | 'clusters' | 'endpoints';

/** Everything one proxy is sent, each kind in order of name, and what could not be translated. */
export interface ProxyResources {
  readonly listeners: readonly Translated<Listener>[];
  readonly routes: readonly Translated<RouteConfiguration>[];
  readonly clusters: readonly Translated<Cluster>[];
  readonly endpoints: readonly Translated<ClusterLoadAssignment>[];
  /** SDS secrets that the listeners and clusters name and the control plane serves: `kubernetes://NAME`. */
  readonly secretNames: readonly string[];
  /** Kinds that could not be built, and are empty here: whoever sends them keeps the last good ones. */
  readonly failed: readonly ResourceKind[];
  /** Resources left out, and why. */
  readonly violations: readonly Violation[];
}
