import { type MessageInitShape } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type LoadBalancerSettings } from '@lateen/config';
import {
  Cluster_LbPolicy as LbPolicy,
  type Cluster_SlowStartConfigSchema,
  type ClusterSchema,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type Init } from '../common/init';
import { durationOf } from '../filters/envoy';

type LoadBalancing = Pick<Init<typeof ClusterSchema>, 'lbPolicy' | 'lbConfig'>;

/** How many entries a hash ring has at least, where nothing says. Spec: Istio `ringHash.minimumRingSize`. */
const DEFAULT_RING_SIZE = 1024;

/** Spec: Istio `LoadBalancerSettings`; nothing said is LEAST_REQUEST. PASSTHROUGH is a matter of the cluster's type. */
export function loadBalancing(settings: LoadBalancerSettings | undefined): LoadBalancing {
  const hash = settings?.consistentHash;
  if (hash?.maglev !== undefined) {
    const { tableSize } = hash.maglev;
    return {
      lbPolicy: LbPolicy.MAGLEV,
      lbConfig: { case: 'maglevLbConfig', value: tableSize === undefined ? {} : { tableSize: BigInt(tableSize) } },
    };
  }
  if (hash !== undefined) {
    const size = hash.ringHash?.minimumRingSize ?? hash.minimumRingSize ?? DEFAULT_RING_SIZE;
    return { lbPolicy: LbPolicy.RING_HASH, lbConfig: { case: 'ringHashLbConfig', value: { minimumRingSize: BigInt(size) } } };
  }
  const slowStartConfig = slowStart(settings);
  switch (settings?.simple ?? 'UNSPECIFIED') {
    case 'UNSPECIFIED':
    case 'LEAST_CONN':
    case 'LEAST_REQUEST':
      return {
        lbPolicy: LbPolicy.LEAST_REQUEST,
        ...(slowStartConfig === undefined ? {} : { lbConfig: { case: 'leastRequestLbConfig', value: { slowStartConfig } } }),
      };
    case 'ROUND_ROBIN':
      return {
        lbPolicy: LbPolicy.ROUND_ROBIN,
        ...(slowStartConfig === undefined ? {} : { lbConfig: { case: 'roundRobinLbConfig', value: { slowStartConfig } } }),
      };
    case 'RANDOM':
      return { lbPolicy: LbPolicy.RANDOM };
    case 'PASSTHROUGH':
      return { lbPolicy: LbPolicy.CLUSTER_PROVIDED };
  }
}

/** Spec: Istio `WarmupConfiguration`. */
function slowStart(settings: LoadBalancerSettings | undefined): MessageInitShape<typeof Cluster_SlowStartConfigSchema> | undefined {
  const warmup = settings?.warmup ?? (settings?.warmupDurationSecs === undefined ? undefined : { duration: settings.warmupDurationSecs });
  if (warmup === undefined) return undefined;
  return {
    slowStartWindow: durationOf(parseDurationMs(warmup.duration) ?? 0),
    ...(warmup.aggression === undefined ? {} : { aggression: { defaultValue: warmup.aggression } }),
    ...(warmup.minimumPercent === undefined ? {} : { minWeightPercent: { value: warmup.minimumPercent } }),
  };
}
