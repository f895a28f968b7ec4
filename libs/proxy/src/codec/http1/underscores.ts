import { Slot, type Head } from '../head';

/** What becomes of a field with an underscore in its name. Spec: Envoy `headers_with_underscores_action`. */
export type UnderscoreAction = 'reject' | 'drop';

const UNDERSCORE = 0x5f;

/** Applies the action to a head that was just read; false: the message is refused. */
export function applyUnderscoreAction(head: Head, action: UnderscoreAction): boolean {
  const { bytes, count } = head;
  for (let i = 0; i < count; i++) {
    if (head.slot(i, Slot.keep) === 0) continue;
    const at = bytes.indexOf(UNDERSCORE, head.slot(i, Slot.nameStart));
    if (at === -1) return true;
    if (at >= head.slot(i, Slot.nameEnd)) continue;
    if (action === 'reject') return false;
    head.drop(i);
  }
  return true;
}
