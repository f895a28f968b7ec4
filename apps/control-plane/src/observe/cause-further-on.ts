import { type Exchange, type RequestRecord } from '@lateen/observation';

/** What a sender knows of an error that it passed on. */
const PASSED_ON = 'upstream_error';

/** A record with its cause. Of an error that passed by its proxy, what the destination's proxy says of it: whose it was. */
export function withCauseFurtherOn(
  record: RequestRecord,
  { hops }: Exchange,
  enrich: (record: RequestRecord) => RequestRecord,
): RequestRecord {
  const told = enrich(record);
  if (told.cause?.code !== PASSED_ON) return told;
  const taken = hops.find(({ record: other, parent }) => parent === record.id && other.reporter === 'destination');
  const cause = taken === undefined ? undefined : enrich(taken.record).cause;
  return cause === undefined ? told : { ...told, cause };
}
