import { type GraphEdge, type RequestRecord } from '@lateen/observation';
import { workloadId } from '../lib/names';

/** Records of failures of an edge's calls, as either of its ends saw them. */
export function failuresOf(
  { source, target }: Pick<GraphEdge, 'source' | 'target'>,
  failed: readonly RequestRecord[],
): readonly RequestRecord[] {
  return failed.filter((record) => {
    const { reporter, workload, peer } = record;
    if (reporter === 'source') return workloadId(workload) === source && reaches(record, target);
    return workloadId(workload) === target && peer !== undefined && workloadId(peer) === source;
  });
}

function reaches({ peer, cluster }: RequestRecord, target: string): boolean {
  if (peer === undefined || peer.name === '') return cluster.includes(target.slice(target.indexOf('/') + 1).replace(/-v\d+$/, ''));
  return workloadId(peer) === target;
}
