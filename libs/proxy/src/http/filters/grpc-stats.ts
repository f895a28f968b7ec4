import { type GrpcStatsConfig } from '../../config/model';
import { type ClusterRuntime } from '../../upstream/cluster';
import { type StreamFilter } from '../filter';
import { GrpcFrames } from '../grpc-frames';
import { type HttpStream } from '../stream';

/** Names that clients can make are kept up to so many; what is beyond is counted without its method. */
const MAX_NAMES = 1000;

/** Counters of gRPC calls, by Envoy's names, below `cluster.NAME.grpc.`; they outlive configurations. */
export class GrpcStats {
  private readonly counters = new Map<string, number>();
  private readonly methods = new Set<string>();

  /** Counts a call that is over. */
  charge(cluster: ClusterRuntime, method: string, status: number, { request, response }: GrpcCall): void {
    if (method !== '' && !this.methods.has(method) && this.methods.size < MAX_NAMES) this.methods.add(method);
    const prefix = `cluster.${cluster.config.altStatName.replace(/;$/, '')}.grpc.${this.methods.has(method) ? `${method}.` : ''}`;
    this.count(`${prefix}${status}`, 1);
    this.count(`${prefix}${status === 0 ? 'success' : 'failure'}`, 1);
    this.count(`${prefix}total`, 1);
    this.count(`${prefix}request_message_count`, request.count);
    this.count(`${prefix}response_message_count`, response.count);
  }

  /** Name and value of each. */
  all(): Iterable<readonly [name: string, value: number]> {
    return this.counters;
  }

  private count(name: string, by: number): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + by);
  }
}

/** The messages of a call under way. */
export interface GrpcCall {
  readonly request: GrpcFrames;
  readonly response: GrpcFrames;
  /** The stream is over. */
  end(stream: HttpStream): void;
}

/** Counts gRPC calls and their messages, by cluster and, where configured, by method. Spec: Envoy `grpc_stats`. */
export function grpcStatsFilter(config: GrpcStatsConfig, stats: GrpcStats): StreamFilter {
  return {
    name: 'envoy.filters.http.grpc_stats',
    onRequest: (stream) => {
      if (stream.record.protocol !== 'grpc') return true;
      const { path } = stream.request;
      stream.grpcCall = {
        request: new GrpcFrames(),
        response: new GrpcFrames(),
        end: ({ cluster, record }) => {
          if (cluster !== undefined && record.grpcStatus >= 0)
            stats.charge(cluster, methodOf(path, config), record.grpcStatus, stream.grpcCall!);
        },
      };
      return true;
    },
  };
}

/** `package.Service.Method` of `/package.Service/Method` where it is counted by itself; else empty. */
function methodOf(path: string, { methods }: GrpcStatsConfig): string {
  if (methods === 'none') return '';
  const [, service, method, ...more] = path.replace(/\?.*$/, '').split('/');
  if (service === undefined || method === undefined || method === '' || more.length > 0) return '';
  if (methods !== 'all' && methods.get(service)?.has(method) !== true) return '';
  return `${service}.${method}`;
}
