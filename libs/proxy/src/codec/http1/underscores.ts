import { Slot, type Head } from '../head';

/** What becomes of a field with an underscore in its name. Spec: Envoy `headers_with_underscores_action`. */
export type UnderscoreAction = 'reject' | 'drop';

const UNDERSCORE = 0x5f;

/** Fields dropped, and heads refused, for an underscore in a name, of one version of HTTP. Names are Envoy's, below `http1.` or `http2.`. */
export interface UnderscoreStats {
  dropped_headers_with_underscores: number;
  requests_rejected_with_underscores_in_headers: number;
}

/** Applies the action to a head that was just read; false: the message is refused. */
export function applyUnderscoreAction(head: Head, action: UnderscoreAction, stats?: UnderscoreStats): boolean {
  const { bytes, count } = head;
  for (let i = 0; i < count; i++) {
    if (head.slot(i, Slot.keep) === 0) continue;
    const at = bytes.indexOf(UNDERSCORE, head.slot(i, Slot.nameStart));
    if (at === -1) return true;
    if (at >= head.slot(i, Slot.nameEnd)) continue;
    if (action === 'reject') {
      if (stats !== undefined) stats.requests_rejected_with_underscores_in_headers++;
      return false;
    }
    if (stats !== undefined) stats.dropped_headers_with_underscores++;
    head.drop(i);
  }
  return true;
}
