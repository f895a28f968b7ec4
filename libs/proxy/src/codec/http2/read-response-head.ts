import { Slot, type ResponseHead } from '../head';
import { type HeadLimits } from '../http1/parse-fields';
import { BlockResult } from './block-result';
import { Flaw, type HpackDecoder, Step } from './hpack/decoder';
import { FIRST_PSEUDO, Pseudo } from './hpack/pseudo';
import { LAST_FRAMING, keepField, takeFraming } from './take-field';
import { Header } from '../http1/header-names';

/**
 * Reads a response's header block into `head`, as `readRequestHead` does a request's. 101 is malformed.
 * @returns a `BlockResult`. Spec: RFC 9113 §8.2, §8.3.2.
 */
export function readResponseHead(
  decoder: HpackDecoder,
  head: ResponseHead,
  block: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): number {
  head.resetFields();
  head.fromHttp2 = true;
  head.http10 = false;
  head.reason = '';
  head.status = 0;
  let result: number = BlockResult.ok;
  let fields = false;
  let lines = 0;
  decoder.begin(block, start, end, limits.maxHeadBytes);
  for (;;) {
    const step = decoder.next(head);
    if (step !== Step.field) {
      if (step === Step.end) break;
      if (step === Step.skipped) continue;
      return step;
    }
    // Each counts as it came, the status too.
    if (++lines > limits.maxFields) {
      result = BlockResult.tooManyFields;
      decoder.dropRest();
      continue;
    }
    const id = head.slot(head.count, Slot.id);
    if (decoder.flaw === Flaw.none) {
      if (id >= FIRST_PSEUDO) {
        if (!fields && id === Pseudo.status && head.status === 0 && takeStatus(head)) continue;
      } else {
        fields = true;
        if (id > LAST_FRAMING || id === 0 || id === Header.host) {
          keepField(head);
          continue;
        }
        if (takeFraming(head, id)) continue;
      }
    }
    result = BlockResult.malformed;
    decoder.dropRest();
  }
  if (result === BlockResult.malformed || head.status === 0) return BlockResult.malformed;
  return decoder.overflowed ? BlockResult.tooLarge : result;
}

/** Three digits from 100 to 999, and not 101, which HTTP/2 has no use for (RFC 9113 §8.6). */
function takeStatus(head: ResponseHead): boolean {
  const { bytes, count } = head;
  const start = head.slot(count, Slot.valueStart);
  if (head.slot(count, Slot.valueEnd) - start !== 3) return false;
  const hundreds = bytes[start]! - 0x30;
  const tens = bytes[start + 1]! - 0x30;
  const ones = bytes[start + 2]! - 0x30;
  if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return false;
  head.status = hundreds * 100 + tens * 10 + ones;
  return head.status !== 101;
}
