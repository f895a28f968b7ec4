import { type Clock, type Logger, parseDurationMs, type Random } from '@lateen/base';
import { encodePeerFrame, encodePeerMetadata, labelsOfMetadata, type OwnBuckets, parseOwnBuckets } from '@lateen/telemetry';
import { DataPlane } from './data-plane';
import { type DrainSettings } from './listener/drain';
import { type Bootstrap } from './xds/bootstrap';

/** What a data plane takes from its process. */
export interface PlaneServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** What TLS session tickets are sealed with; absent: this process's own key. */
  readonly ticketKey?: Buffer;
  /** How connections are brought to their end; absent: as Istio has it. */
  readonly drain?: DrainSettings;
}

/** A data plane that is who its bootstrap's node says it is. */
export function createDataPlane(bootstrap: Bootstrap, { clock, random, logger, ticketKey, drain }: PlaneServices): DataPlane {
  const metadata = bootstrap.node.metadata ?? {};
  const text = (key: string, otherwise: string): string => {
    const value = metadata[key];
    return typeof value === 'string' && value !== '' ? value : otherwise;
  };
  // Istio's MESH_ID is the trust domain unless somebody set another.
  const principal = `spiffe://${text('MESH_ID', 'cluster.local')}/ns/${text('NAMESPACE', 'default')}/sa/${text('SERVICE_ACCOUNT', 'default')}`;
  return new DataPlane({
    clock,
    random,
    logger,
    metrics: {
      self: labelsOfMetadata(metadata),
      principal,
      version: versionOf(bootstrap),
      node: { id: bootstrap.node.id, cluster: bootstrap.node.cluster, metadata },
      monotonicMs: () => clock.monotonicMs(),
      expiryMs: evictionMs(metadata['ANNOTATIONS']),
      ownBuckets: ownBuckets(metadata['ANNOTATIONS'], logger),
    },
    ownMetadata: encodePeerMetadata(metadata),
    ownMetadataId: bootstrap.node.id,
    tracing: {
      serviceName: bootstrap.node.cluster,
      address: bootstrap.node.id.split('~')[1] ?? '',
      zone: bootstrap.node.locality?.zone ?? '',
    },
    ownPeerFrame: encodePeerFrame(metadata, bootstrap.node.id),
    hostname: text('NAME', bootstrap.node.id),
    environment: process.env,
    bindAddress: bootstrap.bindAddress,
    ticketKey,
    drain,
  });
}

/** How long series may stay unchanged. Spec: Istio, annotation `sidecar.istio.io/statsEvictionInterval`. */
function evictionMs(annotations: unknown): number | undefined {
  const interval = annotation(annotations, 'sidecar.istio.io/statsEvictionInterval');
  return interval === undefined ? undefined : parseDurationMs(interval);
}

/** Histograms whose bounds the workload sets; what cannot be read is told, and the default ones stay. */
function ownBuckets(annotations: unknown, logger: Logger): readonly OwnBuckets[] {
  const name = 'sidecar.istio.io/statsHistogramBuckets';
  const text = annotation(annotations, name);
  try {
    return text === undefined ? [] : parseOwnBuckets(text);
  } catch (error) {
    logger.warn(`Cannot use annotation ${name}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function annotation(annotations: unknown, name: string): string | undefined {
  if (typeof annotations !== 'object' || annotations === null) return undefined;
  const value = (annotations as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** The version a proxy says it is of. */
export function versionOf(bootstrap: Bootstrap): string {
  const version = bootstrap.node.metadata?.['ISTIO_VERSION'];
  return typeof version === 'string' ? version : 'unknown';
}
