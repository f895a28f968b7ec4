import { Head } from '../head';
import { HeadError } from './head-error';
import { DEFAULT_HEAD_LIMITS, type HeadLimits, parseFields } from './parse-fields';
import { applyUnderscoreAction } from './underscores';

/** Fields that frame or route a message and therefore cannot come after it. Spec: RFC 9110 §6.5.1. */
export const NOT_IN_TRAILERS: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
  'trailer',
  'content_length',
  'transfer_encoding',
]);

/** Keeps the fields after a body in chunks for whoever wants them; one for all bodies of a connection. Spec: RFC 9112 §7.1.2. */
export class Trailers {
  private readonly head = new Head();
  private bytes: Buffer = Buffer.allocUnsafe(256);
  private length = 0;
  private known = false;

  constructor(private readonly limits: HeadLimits = DEFAULT_HEAD_LIMITS) {}

  /** Another body begins. */
  begin(): void {
    this.length = 0;
    this.known = false;
  }

  /** Takes the next byte of them; their bounds are the reader's. */
  push(byte: number): void {
    if (this.length === this.bytes.length) {
      const grown = Buffer.allocUnsafe(2 * this.length);
      this.bytes.copy(grown);
      this.bytes = grown;
    }
    this.bytes[this.length++] = byte;
  }

  /** They are all here: 0, or a negated refusal when they are more, or other, than a head may have. */
  finish(): number {
    const { head, bytes, length, limits } = this;
    head.resetFields();
    const result = parseFields(head, bytes, 0, length, 0, limits);
    if (result !== length) return result < 0 ? result : HeadError.bad_trailer;
    head.store(bytes, 0, length);
    if (limits.underscores !== undefined && !applyUnderscoreAction(head, limits.underscores)) return HeadError.underscore_framing;
    this.known = head.count > 0;
    return 0;
  }

  /** The fields, to be read before the next body begins; undefined where there are none. */
  get fields(): Head | undefined {
    return this.known ? this.head : undefined;
  }
}
